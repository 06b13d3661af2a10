"""Redis for the live view. Whoever uses it must go on when Redis is away: it holds nothing but a view."""

from __future__ import annotations

import redis
import redis.asyncio
from django.conf import settings
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
    """An asynchronous client that reports a broken connection at once instead of mending it unseen."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout_s,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def plain_client() -> redis.Redis:
    """The same for threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
