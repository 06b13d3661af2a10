"""The memory journal keeps the contract that every journal keeps."""

import pytest

from tests.contracts.handover_conformance import HandOverConformance
from tests.contracts.journal_conformance import JournalConformance
from tests.contracts.pause_conformance import PauseConformance
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Signal


class MemoryBench:
    def __init__(self) -> None:
        self.run = MemoryRun(Opening("hi", {"n": 1}, run="run-1"), conversation={})

    def journal(self) -> MemoryJournal:
        return MemoryJournal(self.run)

    async def expire(self) -> None:
        self.run.expire()

    def hold(self) -> None:
        """Nothing is written by itself here."""

    async def cancel(self) -> None:
        self.run.cancel()

    async def pause(self) -> None:
        self.run.is_paused = True

    async def resume(self) -> None:
        self.run.is_paused = False

    async def send(self, signal: Signal) -> None:
        self.run.send(signal)

    async def stored(self) -> list[Event]:
        return list(self.run.events)


class TestMemoryJournal(JournalConformance, PauseConformance, HandOverConformance):
    @pytest.fixture
    async def bench(self) -> MemoryBench:
        return MemoryBench()
