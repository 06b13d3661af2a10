"""llama-cpp-python, the runtime that is built here."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "deploy" / "local"))
import console
import llama


@pytest.mark.parametrize(
    ("given", "wanted"), [("", False), ("auto", False), ("xllamacpp", False), ("llama-cpp-python", True)]
)
def test_it_is_built_when_it_is_asked_for(given: str, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA", given)

    assert llama.is_wanted() == wanted


def test_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA", "ollama")

    with pytest.raises(console.Stop, match="llama-cpp-python"):
        llama.is_wanted()


def test_without_a_compiler_it_says_which_line_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(console.Stop, match=r"apt-get install -y g\+\+"):
        llama.build_wheel(tmp_path / "log")


def test_a_wheel_in_the_cache_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    wheel = llama.cache_folder() / "llama_cpp_python-0.3.36-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()

    assert llama.build_wheel(tmp_path / "log") == wheel
