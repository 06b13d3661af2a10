"""A worker takes as many runs as it has room for; the others stay in the database, for whoever has room."""

import asyncio
import time

import pytest

from backend.runs.models import Event, Run
from backend.runs.reads import read
from backend.runs.redis_clients import client
from backend.runs.timings import TIMINGS
from backend.runs.writer import Writer
from nodes.sdk.catalogue import installed_catalogue
from tests.runs.stack import ECHO, Stack
from tests.runs.test_leases import alive
from workers.engine.testing import services
from workers.publisher import Publisher
from workers.runner import Runner
from workers.sweep import sweep


@pytest.mark.parametrize("room", [1, 3])
async def test_what_finds_no_room_is_begun_as_soon_as_there_is(stack: Stack, room: int):
    version = await read(stack.app, ECHO)
    runs = [(await read(stack.say, version, f"message {n}")).pk for n in range(5)]
    await read(lambda: Run.objects.filter(pk__in=runs).update(wake_at="2026-01-01T00:00:00Z"))
    writer, leases = Writer(), alive()
    runner = Runner(
        installed_catalogue(), lambda _: services(), writer, leases, Publisher(client()), most_open=room
    )
    began = time.monotonic()
    sweeping = asyncio.create_task(sweep(runner))
    try:
        runner.start(runs)
        assert runner.was_full
        async with asyncio.timeout(40):
            while await read(lambda: Run.objects.exclude(status="succeeded").exists()):
                assert len(runner.open_ids) <= room
                await asyncio.sleep(0.01)
    finally:
        sweeping.cancel()
        await runner.stop(1)
        writer.close()

    claims = await read(lambda: Event.objects.filter(type="run_claimed", run__in=runs).count())
    assert claims == len(runs)
    # Not a sweep for each: whoever was full looks again as soon as there is room.
    assert time.monotonic() - began < (len(runs) - 1) * TIMINGS.sweep_s / 2
