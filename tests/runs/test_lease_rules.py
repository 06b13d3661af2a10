"""A lease is kept by who works, lost by who hangs, and no effect begins on what is left of an old one."""

import asyncio
import time
from uuid import UUID

import pytest

from backend.runs.reads import read
from backend.runs.redis_clients import client
from backend.runs.timings import Timings
from backend.runs.writer import Writer
from tests.runs.stack import ECHO, Stack
from tests.runs.test_leases import alive, claimed
from workers import journal as journals
from workers.engine.journal import LostLease
from workers.journal import DjangoJournal
from workers.leases import Leases
from workers.publisher import Publisher, Voice

HURRY = Timings(lease_s=0.6, stalled_s=0.3)


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.leases.TIMINGS", HURRY)
    monkeypatch.setattr("workers.journal.TIMINGS", HURRY)


@pytest.mark.usefixtures("_hurried")
async def test_a_loop_that_no_longer_turns_loses_its_runs_to_others_and_can_write_nothing_more(stack: Stack):
    run = (await read(stack.say, await read(stack.app, ECHO), "Hello")).pk
    writer, publisher, theirs = Writer(), Publisher(client()), alive()
    stuck_since = time.monotonic() - 3_600
    hanging = Leases(lambda: stuck_since)

    def journal(run_id: UUID, leases: Leases) -> DjangoJournal:
        return DjangoJournal(run_id, writer=writer, leases=leases, voice=Voice(str(run_id), publisher))

    hanging.start()
    try:
        lost = journal(run, hanging)
        await lost.open()

        await claimed(journal(run, theirs))

        with pytest.raises(LostLease):
            await lost.barrier()
    finally:
        hanging.stop()
        writer.close()


async def test_an_effect_waits_until_enough_is_left_of_the_lease(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    run = (await read(stack.say, await read(stack.app, ECHO), "Hello")).pk
    writer, leases = Writer(), alive()
    seen: list[float] = []

    def left_s(run_id: UUID) -> float:
        seen.append(0.1 if len(seen) < 2 else 60.0)
        return seen[-1]

    monkeypatch.setattr(leases, "left_s", left_s)
    try:
        journal = DjangoJournal(run, writer=writer, leases=leases, voice=Voice(str(run), Publisher(client())))
        await journal.open()

        async with asyncio.timeout(20):
            await journal.barrier()
    finally:
        writer.close()

    # Each time too little was left the row was written once more, which renews the lease.
    assert seen == [0.1, 0.1, 60.0]
    assert journals.SAFE_S == 5
