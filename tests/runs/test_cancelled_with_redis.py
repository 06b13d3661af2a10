"""Whoever talks to Redis can be cancelled at any moment, also when a command has just been sent."""

import asyncio

import pytest
from redis.asyncio import Redis

from backend.runs.redis_clients import client
from tests.runs.stack import Stack


async def on_and_on(redis: Redis) -> None:
    while True:
        await redis.set("treadle:test:on", "on")


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_task_that_is_cancelled_ends_whatever_it_is_at(stack: Stack, is_connected: bool) -> None:
    for turns in range(60):
        redis = client()
        if is_connected:
            await redis.ping()
        task = asyncio.create_task(on_and_on(redis))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        task.cancel()  # else what is left of it would hold up the end of the test as well
        assert done, f"cancelled after {turns} turns of the loop it goes on"
        assert task.cancelled()
        if is_connected:
            assert await redis.get("treadle:test:on") in ("on", None), "nothing is left unread"
        await redis.aclose()
