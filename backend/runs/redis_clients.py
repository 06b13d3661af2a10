"""Redis for the live view. Whoever uses it must go on when Redis is away: it holds nothing but a view."""

from __future__ import annotations

import asyncio
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.connection import AbstractConnection
from redis.backoff import NoBackoff
from redis.retry import Retry

RedisError = (redis.RedisError, OSError)
"""What Redis being away, restarting or slow looks like."""

KEY = "treadle:run:"
CANCELS = "treadle:cancel"
"""The channel on which workers hear which run is to stop."""
ENDS = "treadle:ends"
"""The channel on which web processes hear which run has ended."""


def key_of(run_id: object) -> str:
    """The name of a run's stream, and of the channel on which its entries are called out."""
    return f"{KEY}{run_id}"


def client(*, timeout_s: float | None = 5) -> redis.asyncio.Redis:
    """An asynchronous client that reports a broken connection at once instead of mending it unseen, and whose
    caller can be cancelled at any moment."""
    made = redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout_s,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    pool = made.connection_pool
    usual = pool.connection_class
    pool.connection_class = type(f"Cancellable{usual.__name__}", (_Cancellable, usual), {})
    return made


class _Cancellable(AbstractConnection):
    """Passes on that its caller was cancelled while something was sent.

    The library sends within `asyncio.wait_for`, which before Python 3.12 forgets a cancel that comes in the
    moment in which it is done: the task would go on, and whoever waits for its end would wait for ever.
    """

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(command, check_health)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)  # nobody will read what is answered to it
            raise asyncio.CancelledError


def plain_client() -> redis.Redis:
    """The same for threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
