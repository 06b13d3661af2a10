"""Redis does not keep what runs said: their streams are emptied soon after they have ended."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

import workers.publisher
from backend.runs.putting import was_emptied
from backend.runs.redis_clients import client, key_of
from tests.runs.stack import PATIENCE_S, Stack
from workers.engine.events import Event, EventType
from workers.publisher import Publisher, Voice


def fact(seq: int, kind: EventType) -> tuple[Event, None]:
    return Event(seq, kind, "", datetime.now(UTC), {}), None


async def held(redis: Redis, run: str) -> int | None:
    """How many entries a stream holds; None once it takes no more."""
    try:
        return await redis.xlen(key_of(run))
    except ResponseError as error:
        if not was_emptied(error):
            raise
        return None


async def test_streams_are_emptied_after_the_end_and_not_before(
    running: Stack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(workers.publisher, "EMPTIED_AFTER_S", 0.2)
    monkeypatch.setattr(workers.publisher, "EMPTIED_AT_ONCE", 3)
    redis, publisher = client(), Publisher(client())
    serving = asyncio.create_task(publisher.serve())
    ended = [str(uuid4()) for _ in range(8)]
    going_on = str(uuid4())

    for run in [*ended, going_on]:
        voice = Voice(run, publisher)
        voice.say([fact(1, "run_claimed"), fact(2, "run_started")])
        if run != going_on:
            voice.say([fact(3, "run_succeeded")])
    async with asyncio.timeout(PATIENCE_S):
        while [await held(redis, run) for run in ended] != [None] * 8:  # noqa: ASYNC110 (only Redis knows)
            await asyncio.sleep(0.02)
        while await held(redis, going_on) != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    await asyncio.sleep(0.5)
    assert await held(redis, going_on) == 2
    await publisher.close()
    serving.cancel()
    await redis.aclose()
