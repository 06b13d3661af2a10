"""Model hosts for the model files on this server: one process a file, started when it is first asked for.

The host listens on a socket named after the file's row, so the workers of one machine share it: whoever finds
nobody there starts it. It ends with the worker that started it, and by itself after some idle minutes; the
next request starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import IO

from nodes.sdk.errors import NodeError
from workers.outgoing.http import read_capped
from workers.outgoing.local import LocalHttp

log = logging.getLogger(__name__)

IDLE_S = 600
_START_WITHIN_S = 180.0
_LOOK_EVERY_S = 0.1
_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "TREADLE_LLAMA", "TREADLE_LLAMA_SERVER")


class LocalHosts:
    """The hosts as one worker knows them. `running` gives what those it started take of the memory."""

    def __init__(self, sockets: Path, *, idle_s: int = IDLE_S) -> None:
        self._sockets = sockets
        self._idle_s = idle_s
        self._doors: dict[str, LocalHttp] = {}
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def door(self, key: str, path: Path, title: str) -> LocalHttp:
        """The way to the host of a file, which answers by then. Raises NodeError when it cannot."""
        if not await asyncio.to_thread(path.is_file):
            raise NodeError(
                "model_missing",
                f"The file of the model {title!r} is not there any more.",
                hint="Download it again under Models.",
            )
        place = self._sockets / f"m-{key[:13]}.sock"
        door = self._doors.setdefault(key, LocalHttp(str(place)))
        async with self._locks.setdefault(key, asyncio.Lock()):
            if not await _answers(door):
                await self._start(key, place, path, title, door)
        return door

    async def running(self) -> dict[str, int]:
        """What the hosts that this worker started take of the memory, in bytes."""
        found: dict[str, int] = {}
        for key, child in self._children.items():
            if child.returncode is None and (health := await _health(self._doors[key])) is not None:
                found[key] = int(health.get("memory_bytes") or 0)
        return found

    async def close(self) -> None:
        """Ends the hosts that this worker started, and closes all connections."""
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        for child in self._children.values():
            try:
                async with asyncio.timeout(5):
                    await child.wait()
            except TimeoutError:
                child.kill()
        self._children.clear()
        for door in self._doors.values():
            await door.close()

    async def _start(self, key: str, place: Path, path: Path, title: str, door: LocalHttp) -> None:
        end = time.monotonic() + _START_WITHIN_S
        lock = place.with_suffix(".lock").open("w")
        try:
            while not _locked(lock):  # there is a host, which does not answer yet
                if await _answers(door):
                    return
                _check_time(end, title)
                await asyncio.sleep(_LOOK_EVERY_S)
            if await _answers(door):
                return
            child = self._children[key] = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "workers.models.host", "--socket", str(place), "--model", str(path)),
                *(f"--name={title}", "--idle", str(self._idle_s), "--parent", str(os.getpid())),
                cwd=_ROOT,
                env={name: value for name, value in os.environ.items() if name in _KEPT},
                # It holds the lock for as long as it lives: who started it may leave before it answers.
                pass_fds=(lock.fileno(),),
            )
            while not await _answers(door):
                if child.returncode is not None:
                    raise NodeError(
                        "model_failed",
                        f"The model {title!r} could not be loaded.",
                        hint="The server may have too little memory for it; the worker's log says more.",
                    )
                _check_time(end, title)
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            lock.close()


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_time(end: float, title: str) -> None:
    if time.monotonic() > end:
        raise NodeError(
            "model_timeout",
            f"The model {title!r} was not loaded within {_START_WITHIN_S:.0f} seconds.",
            hint="Try again, or choose a smaller model.",
        )


async def _answers(door: LocalHttp) -> bool:
    health = await _health(door)
    return health is not None and health.get("status") == "ok"


async def _health(door: LocalHttp) -> dict[str, object] | None:
    try:
        async with door.open("GET", "http://localhost/health", read_timeout_s=5) as response:
            said = json.loads(await read_capped(response, 10_000))
    except (NodeError, ValueError, OSError):
        return None
    return said if isinstance(said, dict) else None
