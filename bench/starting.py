"""`make up` on a machine that is set up already: how long until it serves, and what it holds when idle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.installation import ROOT, wait_for
from bench.processes import free_port, memory_mb, tree
from bench.results import Result, result

ROUNDS = 3
IDLE_S = 8
_PARTS = {
    "web": b"backend.project.asgi",
    "worker": b"workers.app",
    "redis": b"redis",
    "model": b"workers.models.host",
}


def start_and_idle() -> Iterator[Result]:
    """start.to_serving (s) and memory.idle.* (MB, shared pages counted once)."""
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        _serve(Path(folder))  # the first start makes the database and the sample app
        rounds = [_serve(Path(folder)) for _ in range(ROUNDS)]
    yield result("start.to_serving", "s", [seconds for seconds, _ in rounds])
    for part in (*_PARTS, "supervisor", "total"):
        yield result(f"memory.idle.{part}", "MB", [held[part] for _, held in rounds])


def _serve(data: Path) -> tuple[float, dict[str, float]]:
    """Seconds from `make up` to a well /healthz, and the memory of each part after a while of nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "deploy/local/up.py"],
        cwd=ROOT,
        env={**kept, "PORT": str(port), "TREADLE_DATA": str(data)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        took = time.monotonic() - began
        time.sleep(IDLE_S)
        return took, _memory(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _memory(supervisor: int) -> dict[str, float]:
    held = dict.fromkeys((*_PARTS, "supervisor"), 0.0)
    for pid in tree(supervisor):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if pid == supervisor:
            held["supervisor"] += memory_mb(pid, alone=True)
        elif parent == supervisor:
            part = next((name for name, mark in _PARTS.items() if mark in command), None)
            if part is None:
                raise RuntimeError(f"`make up` started something that this bench does not know: {command!r}")
            held[part] += memory_mb(pid)
    return {**held, "total": sum(held.values())}
