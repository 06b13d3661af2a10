"""The parent that `nursery.py` starts: loads everything once, opens nothing, forks what it is told to."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import threading
import time
from pathlib import Path
from typing import IO, Any
from uuid import UUID


def _main() -> None:
    """The parent: reads orders, forks, tells births and deaths."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")
    django.setup()
    import workers.process
    import workers.tasks  # noqa: F401
    from nodes.sdk.catalogue import installed_catalogue

    installed_catalogue()
    assert threading.active_count() == 1, threading.enumerate()
    tell = os.fdopen(os.dup(1), "wb", buffering=0)
    orders = os.fdopen(0, "rb", buffering=0)
    alive: set[int] = set()
    while True:
        readable, _, _ = select.select([orders], [], [], 0.02 if alive else None)
        if readable:
            line = orders.readline()
            if not line:
                break
            pid = os.fork()
            if pid == 0:
                _grow_up(tell, orders)
                _live(json.loads(line))
                os._exit(0)
            alive.add(pid)
            tell.write(json.dumps({"born": pid}).encode() + b"\n")
        for pid in list(alive):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                alive.discard(pid)
                code = os.waitstatus_to_exitcode(status)
                told = {"dead": pid, "status": 128 - code if code < 0 else code}
                tell.write(json.dumps(told).encode() + b"\n")
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _grow_up(tell: IO[bytes], orders: IO[bytes]) -> None:
    """Lets go of what belongs to the parent, and dies with it."""
    tell.close()
    orders.close()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _live(order: dict[str, Any]) -> None:
    from backend.runs.failpoint import arm

    if order["hold"]:
        arm(order["failpoint"], lambda: _hold(Path(order["hold"]), order["then"]))
    elif order["failpoint"]:
        arm(order["failpoint"])
    if order["kind"] == "web":
        _be_web(order["port"])
    else:
        _be_worker(order)


def _hold(folder: Path, then: str) -> None:
    """Tells that the failpoint is reached, and stands still there until told to go on."""
    from backend.runs.failpoint import arm

    (folder / "held").touch()
    while not (folder / "go").exists():
        time.sleep(0.002)
    if then:
        arm(then)


def _be_worker(order: dict[str, Any]) -> None:
    import workers.process as parts
    from backend.runs.timings import TIMINGS

    async def nothing(*_: Any) -> None:
        await asyncio.Event().wait()

    parts.heartbeat = nothing
    parts.tell_of_hosts = nothing
    if not order["sweeps"]:
        parts.sweep = nothing
    if order["lease_s"] is not None:
        object.__setattr__(TIMINGS, "lease_s", order["lease_s"])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    process = parts.process()
    process.start()
    process.ring([UUID(run) for run in order["runs"]])
    assert process._runner is not None
    assert process._loop is not None
    begun = threading.Event()
    process._loop.loop.call_soon_threadsafe(begun.set)
    begun.wait()  # the runs came before it: that none is open means from now on that all have ended
    while not stop.wait(0.01):
        if not order["sweeps"] and not process._runner.open_ids:
            # What it was told to do is done; its last words may still be on their way.
            stop.wait(0.05)
            break
    process.stop()


def _be_web(port: int) -> None:
    import uvicorn

    uvicorn.run("backend.project.asgi:application", port=port, log_level="warning")


if __name__ == "__main__":
    _main()
