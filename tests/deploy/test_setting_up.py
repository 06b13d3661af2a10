"""What `make up` checks and skips before anything of ours is installed."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LOCAL = Path(__file__).parents[2] / "deploy" / "local"


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """deploy/local/install.py, looking at an empty checkout."""
    monkeypatch.syspath_prepend(str(LOCAL))
    import install as module

    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "FRONTEND", tmp_path / "frontend")
    (tmp_path / "frontend" / "src").mkdir(parents=True)
    (tmp_path / "frontend" / "src" / "main.ts").write_text("first")
    (tmp_path / "frontend" / "package-lock.json").write_text("{}")
    return module


def test_a_python_without_ensurepip_is_told_the_line_that_mends_it(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtins, "__import__", _without("ensurepip", builtins.__import__))

    with pytest.raises(Exception, match=r"sudo apt-get install -y python3\.\d+-venv") as stopped:
        install.check_python()

    assert type(stopped.value).__name__ == "Stop"


def test_a_python_that_is_too_old_is_named(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "MIN_PYTHON", (sys.version_info.major, sys.version_info.minor + 1))

    with pytest.raises(Exception, match="make up PYTHON="):
        install.check_python()


@pytest.mark.parametrize(
    ("says", "is_taken"),
    [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False), ("v18.20.0", False), ("?", False)],
)
def test_only_a_node_that_is_new_enough_is_taken(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, is_taken: bool
) -> None:
    _program(tmp_path / "bin" / "node", f"echo {says}")
    _program(tmp_path / "bin" / "npm", "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")

    found = install.node()

    assert (found == tmp_path / "bin" / "node") is is_taken


def test_a_change_of_the_sources_asks_for_a_new_build(install: ModuleType) -> None:
    dist = install.FRONTEND / "dist"
    dist.mkdir()
    install._write_stamp(dist, install._sources_stamp())
    assert install.frontend_is_built()

    (install.FRONTEND / "src" / "main.ts").write_text("second")

    assert not install.frontend_is_built()


def test_what_was_installed_for_development_serves_for_running_too(install: ModuleType) -> None:
    install.VENV.mkdir()
    install._write_stamp(install.VENV, install._python_stamp("dev"))

    assert install.python_is_ready("runtime")
    assert install.python_is_ready("dev")


def test_what_was_installed_for_running_does_not_serve_for_development(install: ModuleType) -> None:
    install.VENV.mkdir()
    install._write_stamp(install.VENV, install._python_stamp("runtime"))

    assert install.python_is_ready("runtime")
    assert not install.python_is_ready("dev")


def test_the_lock_files_have_hashes_and_no_address() -> None:
    for lock in sorted((LOCAL.parent / "locks").glob("*.lock")):
        text = lock.read_text(encoding="utf-8")
        packages = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert packages, lock
        assert text.count("--hash=sha256:") >= len(packages), lock
        assert "http://" not in text, lock
        assert "https://" not in text, lock


def _without(name: str, load: Callable[..., Any]) -> Callable[..., Any]:
    def fake(wanted: str, *args: Any, **kwargs: Any) -> Any:
        if wanted == name:
            raise ImportError(name)
        return load(wanted, *args, **kwargs)

    return fake


def _program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
