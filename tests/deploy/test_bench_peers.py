"""Peers are installed apart from Treadle, and their figures stand beside ours with the right ratio."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.peers import places
from bench.peers.compare import KEPT, comparison, ratio
from bench.peers.engines import ENGINES
from bench.results import Result, read

ROOT = Path(__file__).parents[2]


def figure(name: str, value: float, unit: str = "ms", rounds: int = 1, **more: object) -> Result:
    return Result(name, value, unit, rounds, value, value, **more)  # type: ignore[arg-type]


def test_a_peer_that_takes_twice_the_time_makes_a_ratio_of_two() -> None:
    assert ratio(figure("a", 10), figure("a@x", 20)) == 2


def test_a_peer_that_does_half_as_much_a_second_makes_a_ratio_of_two() -> None:
    assert ratio(figure("a", 10, "runs/s"), figure("a@x", 5, "runs/s")) == 2


def test_a_figure_of_the_same_run_takes_the_place_of_the_kept_one() -> None:
    kept = [figure("a@x", 30, rounds=0, of="x 1", run="2026-11")]
    results = [figure("a", 10, run="today"), figure("a@x", 20, of="x 2", run="today", load=0.1)]

    (line,) = comparison(results, kept).splitlines()[1:]

    assert line.split()[2:6] == ["10", "x", "20", "2x"]
    assert line.endswith("x 2, this run, load 0.1")


def test_a_figure_of_another_day_is_marked_and_says_from_when_it_is() -> None:
    kept = [figure("a@x", 30, rounds=0, of="x 1", run="2026-11")]

    (line,) = comparison([figure("a", 10, run="today")], kept).splitlines()[1:]

    assert line.split()[2:6] == ["10", "x", "30", "3x?"]
    assert line.endswith("x 1, kept from 2026-11")


def test_what_ours_did_not_measure_has_no_ratio() -> None:
    results = [figure("a@x", 20, of="x 2", run="today", load=0.1), figure("b", 1, run="today")]

    (line,) = comparison(results, []).splitlines()[1:]

    assert line.split()[2:6] == ["-", "x", "20", "-"]


def test_kept_figures_say_their_version_and_date() -> None:
    kept = read(KEPT)

    assert kept
    assert all(found.of and found.run and "@" in found.name for found in kept)


def test_every_peer_is_pinned_to_exact_versions() -> None:
    for place in places.PLACES.values():
        if place.kind == "python":
            pins = place.pins.read_text().splitlines()
        else:
            pins = [f"{n}=={v}" for n, v in json.loads(place.pins.read_text())["dependencies"].items()]
        assert pins
        assert [line for line in pins if not line.partition("==")[2][:1].isdigit()] == []


def test_every_engine_has_a_program_of_tasks() -> None:
    programs = {path.stem.removesuffix("_tasks") for path in (places.HERE / "inside").glob("*_tasks.*")}

    assert {name.replace("-", "_") for name in ENGINES} == programs


def test_what_is_written_by_another_version_of_the_pins_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLE_PEERS", str(tmp_path))
    place = places.PLACES["dbos"]
    place.folder.mkdir()

    assert not place.is_ready()
    (place.folder / "ready").write_text("older")
    assert not place.is_ready()
    (place.folder / "ready").write_text(place.stamp)
    assert place.is_ready()


def test_a_peer_that_cannot_be_installed_is_said_in_words_and_the_next_follows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers", "dbos", "pydantic-graph"],
        cwd=ROOT,
        env={
            **os.environ,
            "TREADLE_PEERS": str(tmp_path),
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": str(tmp_path / "uv"),
        },
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert done.returncode == 1
    assert "dbos is left out: it could not be installed." in done.stdout
    assert "pydantic-graph is left out: it could not be installed." in done.stdout
    assert "Not installed: pydantic-graph, dbos." in done.stdout
    assert "Traceback" not in done.stderr
