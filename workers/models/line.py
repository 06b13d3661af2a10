"""The line before a local model: how many are at work, and who waits behind them, in the order they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

SAID_AGAIN_S = 15.0
"""How often who waits is told the same again, so that the other end does not take us for dead."""


class Full(Exception):
    """Nobody may wait any more."""


class Turn:
    """One request's place in the line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._moved = asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many that came earlier are still here, at work or waiting."""
        return self._line.turns.index(self)

    @property
    def is_due(self) -> bool:
        """Whether it may work. Once it may, it may go on: nobody gets in before it."""
        return self.ahead < self._line.slots

    def move(self) -> None:
        """Somebody before it has left."""
        self._moved.set()

    async def waits(self) -> AsyncIterator[int]:
        """How many are before it: now, whenever that changes, and now and then; ends when it is due."""
        while not self.is_due:
            self._moved.clear()
            yield self.ahead
            with suppress(TimeoutError):
                async with asyncio.timeout(SAID_AGAIN_S):
                    await self._moved.wait()

    async def comes(self) -> None:
        """Returns when it is due."""
        async for _ in self.waits():
            pass


class Line:
    """`slots` requests at work, at most `waiting` behind them."""

    def __init__(self, slots: int, waiting: int) -> None:
        self.slots = slots
        self._most = slots + waiting
        self.turns: list[Turn] = []

    @property
    def size(self) -> int:
        return len(self.turns)

    @contextmanager
    def joined(self) -> Iterator[Turn]:
        """A place at its end, given back with the block. Raises Full at once when nobody more may wait."""
        if self.size >= self._most:
            raise Full
        turn = Turn(self)
        self.turns.append(turn)
        try:
            yield turn
        finally:
            at = turn.ahead
            del self.turns[at]
            for behind in self.turns[at:]:
                behind.move()
