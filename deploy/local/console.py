"""What a person sees while `make up` works: numbered steps, how long each takes, plain words on failure."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(Exception):
    """Set-up cannot go on. The text says what happened and what to do."""


class Steps:
    """Prints `[2/7] Installing Python packages … 9 s`, counting seconds while it waits when on a terminal."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0
        self.live = sys.stdout.isatty()

    @contextmanager
    def step(self, title: str, hint: str = "") -> Iterator[None]:
        """One step; `hint` says what to expect ("about a minute the first time")."""
        self.number += 1
        head = f"[{self.number}/{self.total}] {title}"
        started = time.monotonic()
        finished = threading.Event()
        note = f" ({hint})" if hint else ""
        sys.stdout.write(f"{head}{note} …")
        sys.stdout.flush()
        ticker = threading.Thread(target=self._tick, args=(head + note, started, finished), daemon=True)
        if self.live:
            ticker.start()
        try:
            yield
        except BaseException:
            finished.set()
            sys.stdout.write(" stopped\n")
            raise
        finished.set()
        if self.live:
            ticker.join()
            sys.stdout.write(f"\r\033[K{head} … {time.monotonic() - started:.1f} s\n")
        else:
            sys.stdout.write(f" {time.monotonic() - started:.1f} s\n")
        sys.stdout.flush()

    def _tick(self, text: str, started: float, finished: threading.Event) -> None:
        while not finished.wait(1.0):
            sys.stdout.write(f"\r\033[K{text} … {time.monotonic() - started:.0f} s")
            sys.stdout.flush()


def say(text: str = "") -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
