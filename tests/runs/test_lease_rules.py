"""A lease is kept by who works, lost by who hangs, and no effect begins on what is left of an old one."""

import asyncio
import threading
import time
from dataclasses import replace
from uuid import UUID

import pytest

from backend.runs.reads import read
from backend.runs.redis_clients import client
from backend.runs.timings import Timings
from backend.runs.writer import Writer
from tests.runs.stack import ECHO, Stack, until
from tests.runs.test_leases import alive, claimed
from workers import journal as journals
from workers.engine.journal import Busy, LostLease
from workers.journal import DjangoJournal
from workers.leases import Leases
from workers.loop import Loop
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


@pytest.mark.usefixtures("_hurried")
async def test_a_node_that_holds_up_the_loop_for_longer_than_a_lease_costs_its_neighbours_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workers.leases.TIMINGS", replace(HURRY, stalled_s=60))
    run = (await read(stack.say, await read(stack.app, ECHO), "Hello")).pk
    writer, publisher = Writer(), Publisher(client())
    began_at = time.monotonic()

    def journal(leases: Leases) -> DjangoJournal:
        return DjangoJournal(run, writer=writer, leases=leases, voice=Voice(str(run), publisher))

    leases = Leases(lambda: began_at)  # the loop has not turned since
    leases.start()
    try:
        neighbour = journal(leases)
        await neighbour.open()

        time.sleep(3 * HURRY.lease_s)  # noqa: ASYNC251 (that is what such a node does)

        with pytest.raises(Busy):
            await journal(alive()).open()
        await neighbour.barrier()
    finally:
        leases.stop()
        writer.close()


def test_a_loop_says_when_it_last_turned(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workers.loop.TICK_S", 0.01)
    loop, is_held, may_go_on = Loop(), threading.Event(), threading.Event()

    async def hold_up() -> None:
        is_held.set()
        may_go_on.wait(30)

    try:
        loop.submit(hold_up())
        assert is_held.wait(30)
        stood_still_since = loop.ticked_at
        assert not may_go_on.wait(0.1)
        assert loop.ticked_at == stood_still_since

        may_go_on.set()
        until(lambda: loop.ticked_at > stood_still_since, "it turns again")
    finally:
        may_go_on.set()
        loop.stop()


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
