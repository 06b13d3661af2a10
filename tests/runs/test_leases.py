"""A worker keeps the runs it is at work on, and no others."""

import asyncio
import time
from uuid import UUID

import pytest

from backend.runs.reads import read
from backend.runs.redis_clients import client
from backend.runs.timings import Timings
from backend.runs.writer import Writer
from tests.runs.stack import ECHO, PATIENCE_S, Stack
from workers.engine.journal import Busy
from workers.journal import DjangoJournal
from workers.leases import Leases
from workers.publisher import Publisher, Voice

HURRY = Timings(lease_s=0.6)


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.leases.TIMINGS", HURRY)
    monkeypatch.setattr("workers.journal.TIMINGS", HURRY)


@pytest.mark.usefixtures("_hurried")
async def test_a_run_that_was_given_up_goes_to_others_though_the_worker_is_busy_with_more(stack: Stack):
    app = await read(stack.app, ECHO)
    kept, given_up = [(await read(stack.say, app, "Hello")).pk for _ in range(2)]
    writer, publisher, mine, theirs = Writer(), Publisher(client()), alive(), alive()

    def journal(run_id: UUID, leases: Leases) -> DjangoJournal:
        return DjangoJournal(run_id, writer=writer, leases=leases, voice=Voice(str(run_id), publisher))

    mine.start()
    try:
        await journal(kept, mine).open()
        lost = journal(given_up, mine)
        await lost.open()
        lost.lose()

        await claimed(journal(given_up, theirs))

        with pytest.raises(Busy):
            await journal(kept, theirs).open()
    finally:
        mine.stop()
        writer.close()


def alive() -> Leases:
    """The leases of a process whose loop turns."""
    return Leases(time.monotonic)


async def claimed(journal: DjangoJournal) -> None:
    """Returns once the run could be claimed."""
    async with asyncio.timeout(PATIENCE_S / 10):
        while True:
            try:
                await journal.open()
            except Busy:
                await asyncio.sleep(0.05)
            else:
                return
