"""Keeps the processes of one machine running, and takes all of them down when it goes.

No process outlives it: each child asks the kernel to be killed with its parent (PR_SET_PDEATHSIG), so
even `kill -9` of the supervisor leaves nothing behind. Killing is safe: runs live in the database.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from services import Place, Service

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 10_000_000
STOP_WITHIN_S = 8.0
LONGEST_PAUSE_S = 30.0
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(with_signal: int = signal.SIGKILL) -> None:
    """Asks the kernel to send `with_signal` to this process when its parent dies."""
    _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)


@dataclass
class Child:
    """A service that was started, and what is known of its health."""

    service: Service
    process: subprocess.Popen[bytes]
    started: float
    pause_s: float = 1.0
    restart_at: float | None = None


class Supervisor:
    """Starts services, restarts what falls over with a growing pause, stops everything in reverse order."""

    def __init__(self, place: Place, root: Path) -> None:
        self.place = place
        self.root = root
        self.children: dict[str, Child] = {}
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, service: Service) -> None:
        """Starts `service`; its output goes to logs/<name>.log."""
        self.children[service.name] = Child(service, self._spawn(service), time.monotonic())

    def tend(self) -> list[str]:
        """Restarts what has died and whose pause is over. Returns the names of those that have just died."""
        died = []
        now = time.monotonic()
        for child in self.children.values():
            if self.stopping or child.process.poll() is None:
                continue
            if child.restart_at is None:
                died.append(child.service.name)
                # One that ran well for a minute starts again at once; one that keeps falling waits longer.
                child.pause_s = 0.2 if now - child.started > 60 else min(child.pause_s * 2, LONGEST_PAUSE_S)
                child.restart_at = now + child.pause_s
            elif now >= child.restart_at:
                child.process, child.started, child.restart_at = self._spawn(child.service), now, None
        return died

    def stop(self) -> None:
        """Ends every process: asked politely first, then killed. Afterwards none is left."""
        self.stopping = True
        children = [c for c in reversed(self.children.values()) if c.process.poll() is None]
        for child in children:
            _signal_group(child.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child.process, signal.SIGKILL)
                child.process.wait()
            # What the service itself started shares its group; nothing of it may stay.
            _signal_group(child.process, signal.SIGKILL)

    def log_of(self, name: str) -> Path:
        """The file `name` writes to."""
        return self.place.logs / f"{name}.log"

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with self._open_log(service.name) as log:
            return subprocess.Popen(
                service.command,
                cwd=self.root,
                env=dict(self.place.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us only; we stop the rest in order
                preexec_fn=die_with_parent,
            )

    def _open_log(self, name: str) -> IO[bytes]:
        path = self.log_of(name)
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):  # it may have gone already
        os.killpg(process.pid, number)
