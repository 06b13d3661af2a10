"""The long profiles say which part is at work, how much time is gone, and how much is left."""

import threading
from pathlib import Path
from types import ModuleType

import pytest

LOCAL = Path(__file__).parents[2] / "deploy" / "local"


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(LOCAL))
    import progress as module

    return module


@pytest.fixture
def develop(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(LOCAL))
    import develop as module

    return module


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_tells_the_part_the_time_gone_and_the_time_left(progress: ModuleType):
    clock = Clock()
    so_far = progress.Progress({"simulation": 600.0, "reference": 1800.0, "chaos": 3600.0}, clock)
    so_far.begin("simulation")
    clock.now = 480.0
    so_far.begin("reference")
    clock.now = 480.0 + 300

    assert so_far.line() == "soak: part 2 of 3, reference (5 min); 13 min gone in all, about 85 min left"


def test_a_part_that_takes_longer_than_was_thought_leaves_what_comes_after_it(progress: ModuleType):
    clock = Clock()
    so_far = progress.Progress({"sweep": 60.0, "chaos": 120.0}, clock)
    so_far.begin("sweep")
    clock.now = 75.0

    assert so_far.line() == "soak: part 1 of 2, sweep (75 s); 75 s gone in all, about 2 min left"


def test_lines_come_all_the_time_that_the_parts_take(progress: ModuleType):
    heard, enough = [], threading.Event()
    so_far = progress.Progress({"sweep": 60.0})

    def say(line: str) -> None:
        heard.append(line)
        if len(heard) == 2:
            enough.set()

    with progress.told(so_far, say, every_s=0.001):
        so_far.begin("sweep")
        assert enough.wait(30)

    assert all(line.startswith("soak: part 1 of 1, sweep") for line in heard)


def test_the_next_time_a_part_is_thought_to_take_what_it_took(progress: ModuleType, tmp_path: Path):
    file = tmp_path / "logs" / "soak.json"
    guesses = {"sweep": 400.0, "chaos": 3600.0}
    assert progress.expectations(file, guesses) == guesses

    progress.remember(file, {"sweep": 123.4, "old": 1.0})
    progress.remember(file, {"old": 2.0})
    assert progress.expectations(file, guesses) == {"sweep": 123.0, "chaos": 3600.0}

    file.write_text("nonsense", encoding="utf-8")
    assert progress.expectations(file, guesses) == guesses


def test_what_is_soaked_is_there_and_has_a_long_profile(develop: ModuleType):
    root = LOCAL.parents[1]
    files = [file for files in develop.LONG_PROFILES.values() for file in files]

    assert len(files) == len(set(files)) > 6
    for file in files:
        text = (root / file).read_text(encoding="utf-8")
        assert "TREADLE_SOAK" in text, file
        assert "mark.timeout(" in text, f"{file} is given the time of a short test"
    assert develop._guesses().keys() == develop.LONG_PROFILES.keys()
    assert all(f"`{name}`" in (root / "CONTRIBUTING.md").read_text("utf-8") for name in develop.LONG_PROFILES)
