"""How a worker says that it lives, and how it is: to the health page through Redis, to a container's health
check through a file that it touches. A loop that stands still says nothing, and that is the point.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import redis.asyncio

from backend.runs.redis_clients import RedisError
from backend.runs.timings import TIMINGS
from workers.outgoing.addresses import is_public
from workers.outgoing.allow import SETTING, AllowList

log = logging.getLogger(__name__)


async def heartbeat(name: str, redis_client: redis.asyncio.Redis) -> None:
    """Goes on for ever; at the end takes back what it said."""
    key, keep_s = f"worker:{name}", max(1, int(3 * TIMINGS.heartbeat_s))
    alive = os.environ.get("TREADLE_ALIVE_FILE")
    try:
        while True:
            if alive:
                _touch(Path(alive))
            report = {"at": datetime.now(UTC).isoformat(), "parts": {"outgoing": outgoing()}}
            with suppress(*RedisError):
                await redis_client.set(key, json.dumps(report), ex=keep_s)
            await asyncio.sleep(TIMINGS.heartbeat_s)
    finally:
        with suppress(*RedisError):
            await redis_client.delete(key)


def outgoing() -> dict[str, str]:
    """The state of the guard in front of every outgoing connection. Tells no address: anyone may read it."""
    if is_public("169.254.169.254") or is_public("127.0.0.1"):
        return {"state": "down", "detail": "private addresses are not refused"}
    try:
        allowed = len(AllowList.from_env().places)
    except ValueError:
        return {"state": "down", "detail": f"{SETTING} cannot be read"}
    detail = (
        f"private addresses are refused, but for {allowed}" if allowed else "private addresses are refused"
    )
    return {"state": "ok", "detail": detail}


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        log.warning("The sign of life cannot be written: %s", error)
