"""A whole Treadle, started the way a person starts it: by `make up`'s own script, on a free port."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser on this machine. Fails the test, with what to do, where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.fail("Chromium is missing. As root: apt-get install -y chromium", pytrace=False)
    return found


@dataclass
class Installation:
    """A running Treadle and what it has printed."""

    process: subprocess.Popen[str]
    address: str
    data: Path
    lines: list[str] = field(default_factory=list)
    used_links: set[str] = field(default_factory=set)

    @property
    def said(self) -> str:
        """Everything printed so far."""
        return "".join(self.lines)

    def link(self) -> str:
        """A sign-in link that nobody has used: the printed one, afterwards what `make link` prints."""
        found = _links(self.said)[-1]
        if found in self.used_links:
            found = _links(self._make_link())[-1]
        self.used_links.add(found)
        return found

    def _make_link(self) -> str:
        done = subprocess.run(
            [sys.executable, "deploy/local/up.py", "link"],
            cwd=ROOT,
            env=_environment(self.data, self.address.rsplit(":", 1)[-1]),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def processes(self) -> list[str]:
        """The command lines of all processes that belong to it (they share its data folder)."""
        mark = f"TREADLE_DATA={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # it ended while we looked
        return [line for line in found if line]

    def wait_until_gone(self, within_s: float = 30) -> list[str]:
        """What is still running after at most `within_s`."""
        deadline = time.monotonic() + within_s
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes()


def start(data: Path, *, within_s: float = 240, **settings: str) -> Installation:
    """Starts one, with further settings from the environment, and waits for its link.

    Fails the test with what was printed if none comes.
    """
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "deploy/local/up.py"],
        cwd=ROOT,
        env={**_environment(data, str(port)), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    installation = Installation(process, f"http://127.0.0.1:{port}", data)
    threading.Thread(target=_collect, args=(installation,), daemon=True).start()
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and process.poll() is None:
        if "Ctrl-C" in installation.said:
            return installation
        time.sleep(0.1)
    stop(installation)
    pytest.fail(f"It did not come up:\n{installation.said}", pytrace=False)


def stop(installation: Installation) -> None:
    """Ctrl-C, and the end of its process."""
    if installation.process.poll() is None:
        installation.process.send_signal(signal.SIGINT)
        installation.process.wait(30)


def _environment(data: Path, port: str) -> dict[str, str]:
    """What a new terminal would have: nothing of the test run's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MAKELEVEL"):
        kept.pop(name, None)
    return {**kept, "PORT": port, "TREADLE_DATA": str(data)}


def _links(text: str) -> list[str]:
    return re.findall(r"http://\S+/welcome#\S+", text)


def _collect(installation: Installation) -> None:
    assert installation.process.stdout is not None
    for line in installation.process.stdout:
        installation.lines.append(line)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
