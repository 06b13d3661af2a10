"""A warm parent that forks real worker and web processes: a fresh one is at work within some milliseconds.

    nursery = Nursery(stack, TREADLE_ALLOWED_HOSTS_PRIVATE=receiver.place)
    doomed = nursery.worker(runs=[run.pk], failpoint="step_result.after:3")
    assert doomed.wait() == 137
    nursery.worker(sweeps=True)          # finds what the other left

The parent has everything loaded and nothing open: no connection, no thread. Its children are what
`workers.app` and uvicorn start, but for Celery's ear: a worker is told its runs by the parent, and one that
does not sweep touches no others. They end with the parent.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.runs.stack import ROOT, Stack, free_port, until


@dataclass
class Child:
    """A forked process. `ended` is its exit status, as a shell tells it."""

    pid: int
    port: int = 0
    ended: int | None = None
    _gone: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout_s: float = 45) -> int:
        """Its exit status, once it has ended."""
        assert self._gone.wait(timeout_s), f"process {self.pid} goes on for ever"
        assert self.ended is not None
        return self.ended

    @property
    def is_alive(self) -> bool:
        return not self._gone.is_set()

    def kill(self) -> None:
        """kill -9, and no word about it."""
        if self.is_alive:
            os.kill(self.pid, signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class Nursery:
    """Forks children on demand and hears of their ends."""

    def __init__(self, stack: Stack, **env: str) -> None:
        given = stack.environment({"TREADLE_ENABLE_FAILPOINTS": "1", **env})
        self._log = (stack.data / "nursery.log").open("ab")
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.forking"],
            cwd=ROOT,
            env=given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._born: list[Child] = []
        self._birth = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def worker(
        self,
        *,
        runs: Sequence[UUID] = (),
        failpoint: str = "",
        sweeps: bool = False,
        lease_s: float | None = None,
        hold: Path | None = None,
        then: str = "",
    ) -> Child:
        """A worker that begins with `runs` and, if it sweeps, with all that is due.

        With a folder `hold` it does not die at its failpoint: it makes a file `held` there, stands still
        until there is a file `go`, and dies at `then`, if that is given.
        """
        order = {"kind": "worker", "runs": [str(run) for run in runs], "failpoint": failpoint}
        held = {"hold": str(hold) if hold is not None else "", "then": then}
        return self._fork({**order, **held, "sweeps": sweeps, "lease_s": lease_s})

    def web(self, *, failpoint: str = "") -> Child:
        """A web process."""
        port = free_port()
        child = self._fork({"kind": "web", "port": port, "failpoint": failpoint, "hold": ""})
        child.port = port
        return child

    def close(self) -> None:
        """Ends the parent and all children."""
        self._parent.kill()  # and with it all children
        self._parent.wait(15)
        self._log.close()

    def _fork(self, order: dict[str, Any]) -> Child:
        assert self._parent.stdin is not None
        with self._lock:
            self._parent.stdin.write(json.dumps(order).encode() + b"\n")
            self._parent.stdin.flush()
            with self._birth:
                self._birth.wait_for(lambda: bool(self._born) or self._parent.poll() is not None, 60)
                assert self._born, "The parent does not answer; see nursery.log."
                return self._born.pop()

    def _listen(self) -> None:
        assert self._parent.stdout is not None
        for line in self._parent.stdout:
            told = json.loads(line)
            if "born" in told:
                child = Child(told["born"])
                with self._birth:
                    self._children[child.pid] = child
                    self._born.append(child)
                    self._birth.notify()
            else:
                child = self._children.pop(told["dead"])
                child.ended = told["status"]
                child._gone.set()
        with self._birth:
            self._birth.notify()


@contextmanager
def at_work(nursery: Nursery, lease_s: float | None = None) -> Iterator[Child]:
    """A worker that takes what is due, for as long as it is wanted."""
    worker = nursery.worker(sweeps=True, lease_s=lease_s)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def port_answers(child: Child) -> None:
    """Waits until a web process listens."""

    def listens() -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", child.port)) == 0

    until(lambda: listens() or not child.is_alive, "the web process answers")
