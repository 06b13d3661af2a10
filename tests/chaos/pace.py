"""Whether speed comes back (I10): how long some runs take side by side, before the faults and after them.

    before = paced(ask)
    ...                                          # faults, and their healing
    world = replace(world, pace=back_to(before, ask))

`ask` makes one run and returns when it has ended. A slow answer is no proof of a slow system, as other work
may be on the machine; so runs are asked for again and again, until they are as fast as before or the
time that I10 allows is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import connections

from backend.runs.models import Run
from tests.invariants import SOON_S, Pace, slowness
from tests.runs.stack import Stack

AT_ONCE = 6

Ask = Callable[[], object]


def paced(ask: Ask) -> tuple[float, ...]:
    """How many seconds each of some runs takes that are asked for at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(_timed, [ask] * AT_ONCE))


def back_to(before_s: tuple[float, ...], ask: Ask) -> Pace:
    """The pace when it is what it was, or the last one that was taken before the patience ended."""
    healed = time.monotonic()
    while True:
        waited_s = time.monotonic() - healed
        pace = Pace(before_s, paced(ask), waited_s)
        if waited_s > SOON_S or not list(slowness(pace)):
            return pace


def asking(stack: Stack, say: Callable[[], Run], runs: list[UUID]) -> Ask:
    """Makes a run and waits for its end; each is noted in `runs`."""

    def ask() -> None:
        run = say()
        runs.append(run.pk)
        stack.ended(run)

    return ask


def _timed(ask: Ask) -> float:
    began = time.monotonic()
    try:
        ask()
    finally:
        connections.close_all()
    return time.monotonic() - began
