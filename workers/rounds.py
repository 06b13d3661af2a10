"""Moments, twenty a second, at which the live text of all runs is read together and then said together.

Many runs at once would else wake their process, Redis and the web process for each word of each of them.
"""

from __future__ import annotations

import asyncio
from math import ceil
from weakref import WeakKeyDictionary

ROUND_S = 0.05
SAID_AFTER_S = 0.015
"""What is read in a round is said so long after, when all of it has been read."""
MANY = 8
"""From so many answers on they are read in rounds. Fewer are read as they come: none ends later for it."""


def said_at(from_s: float) -> float:
    """The first moment not before `from_s` at which live text is said, by the loop's clock."""
    return ceil((from_s - SAID_AFTER_S) / ROUND_S - 1e-6) * ROUND_S + SAID_AFTER_S


class Rounds:
    """The answers that are being read in one loop, and the moment at which they go on."""

    def __init__(self) -> None:
        self.reading = 0
        """Answers whose first word was read and whose last was not."""
        self._next: asyncio.Event | None = None

    async def wait(self, transport: asyncio.BaseTransport | None) -> None:
        """Reads nothing from `transport` until the next round; returns at once where few answers are read."""
        if self.reading < MANY or not isinstance(transport, asyncio.ReadTransport):
            return
        try:
            transport.pause_reading()
        except (NotImplementedError, RuntimeError):  # closing, or of a kind that cannot
            return
        try:
            await self._round()
        finally:
            if not transport.is_closing():
                transport.resume_reading()

    async def _round(self) -> None:
        if self._next is None:
            self._next = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.call_at(ceil(loop.time() / ROUND_S) * ROUND_S, self._begin)
        await self._next.wait()

    def _begin(self) -> None:
        if self._next is not None:
            self._next.set()
            self._next = None


_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = WeakKeyDictionary()


def rounds() -> Rounds:
    """The rounds of the running loop."""
    return _rounds.setdefault(asyncio.get_running_loop(), Rounds())
