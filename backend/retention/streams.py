"""The live streams of ended runs in Redis. They pass by themselves, within an hour of their end or a week of
their last word; here they go at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from backend.retention.sizes import in_groups
from backend.runs.models import Run
from backend.runs.redis_clients import RedisError, key_of, plain_client


def count_streams(runs: QuerySet[Run]) -> int | None:
    """How many of these runs have one; None when Redis is away."""
    redis = plain_client()
    try:
        return sum(redis.exists(*map(key_of, ids)) for ids in in_groups(runs))
    except RedisError:
        return None
    finally:
        redis.close()


def remove_streams(run_ids: Sequence[UUID]) -> int:
    """Removes the streams of these runs. When Redis is away they pass by themselves."""
    if not run_ids:
        return 0
    redis = plain_client()
    try:
        return redis.unlink(*map(key_of, run_ids))
    except RedisError:
        return 0
    finally:
        redis.close()
