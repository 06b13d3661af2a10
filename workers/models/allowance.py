"""How much of a model may be used at once, over all workers: counted in Redis, waited for with patience.

Requests and tokens a minute are token buckets, as the providers' own limits are: a minute's worth may go at
once, then it comes back evenly. Calls at once are places that a worker holds for a while and renews: those of
a worker that died come free by themselves. While Redis is away nothing is held back.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

import redis.asyncio
from redis.exceptions import RedisError

from nodes.sdk.errors import NodeError
from workers.models.rules import Limits

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""How long a call waits for its turn before it says that the model is busy."""
HELD_S = 30
_LOOK_S = 0.2

# KEYS: places, buckets. ARGV: call, at once, requests a minute, tokens a minute, tokens wanted, ms a place is
# held. A limit of 0 is none. Gives 0 when the call may begin, else the milliseconds after which to ask again.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
local most = tonumber(ARGV[2])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= most then wait = 100 end
end
local function level(name, a_minute)
  local kept = redis.call('HMGET', KEYS[2], name, name .. '_at')
  if not kept[1] then return a_minute end
  return math.min(a_minute, tonumber(kept[1]) + (now - tonumber(kept[2])) * a_minute / 60000)
end
local function missing(has, needs, a_minute)
  if has >= needs then return 0 end
  return math.ceil((needs - has) * 60000 / a_minute)
end
local requests, tokens = tonumber(ARGV[3]), tonumber(ARGV[4])
local asks, reads = 0, 0
if requests > 0 then
  asks = level('requests', requests)
  wait = math.max(wait, missing(asks, 1, requests))
end
if tokens > 0 then
  reads = level('tokens', tokens)
  -- A question that is larger than a minute's worth goes when the bucket is full.
  wait = math.max(wait, missing(reads, math.min(tonumber(ARGV[5]), tokens), tokens))
end
if wait > 0 then return wait end
if most > 0 then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[6]), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[6]))
end
if requests > 0 then redis.call('HSET', KEYS[2], 'requests', asks - 1, 'requests_at', now) end
if tokens > 0 then redis.call('HSET', KEYS[2], 'tokens', reads - tonumber(ARGV[5]), 'tokens_at', now) end
if requests > 0 or tokens > 0 then redis.call('PEXPIRE', KEYS[2], 3600000) end
return 0
"""

_RENEW = """
local t = redis.call('TIME')
local until_ms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[2])
redis.call('ZADD', KEYS[1], 'XX', until_ms, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[2]))
"""


@dataclass
class Call:
    """A call that may go on. `used_tokens` is set by who made it, before it leaves."""

    expected_tokens: int
    used_tokens: int | None = None


class Allowance:
    """What models may be used for, across the workers that share a Redis."""

    def __init__(self, client: redis.asyncio.Redis, *, patience_s: float = PATIENCE_S) -> None:
        self._redis = client
        self._patience_s = patience_s
        self._is_away = False

    @asynccontextmanager
    async def call(
        self,
        workspace_id: str,
        model_id: str,
        limits: Limits,
        tokens: int,
        *,
        patience_s: float | None = None,
    ) -> AsyncIterator[Call]:
        """Waits until a call of about `tokens` tokens may begin, and holds its place until it is left.

        Raises NodeError `model_busy` when its turn does not come within the patience, in seconds.
        """
        made = Call(tokens)
        if limits.is_free:
            yield made
            return
        keys = [f"treadle:model:{part}:{workspace_id}:{model_id}" for part in ("places", "buckets")]
        name = uuid4().hex
        patience_s = self._patience_s if patience_s is None else patience_s
        is_counted = await self._wait(keys, name, model_id, limits, tokens, patience_s)
        renewing = None
        if is_counted and limits.at_once:
            renewing = asyncio.create_task(self._renew(keys[0], name))
        try:
            yield made
        finally:
            if renewing is not None:
                renewing.cancel()
            if is_counted:
                # What was counted before a step was stopped must not stay taken.
                await asyncio.shield(self._leave(keys, name, limits, made))

    async def _wait(
        self, keys: list[str], name: str, model_id: str, limits: Limits, tokens: int, patience_s: float
    ) -> bool:
        """True once the call is counted; False while nobody counts."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + patience_s
        values = (limits.at_once or 0, limits.requests_a_minute or 0, limits.tokens_a_minute or 0)
        while True:
            try:
                wait_ms = int(await self._redis.eval(_TAKE, 2, *keys, name, *values, tokens, HELD_S * 1000))
            except (RedisError, OSError):
                if not self._is_away:  # said once, not for each call
                    log.warning("Redis is away: calls of models are not held back until it answers again.")
                self._is_away = True
                return False
            self._is_away = False
            if wait_ms == 0:
                return True
            # Until the moment it says, and a little more each for its own, so that not all come at once.
            wait_s = wait_ms / 1000 + random.uniform(0, _LOOK_S)  # noqa: S311 - no secret
            if loop.time() + wait_s > latest:
                raise NodeError(
                    "model_busy",
                    f"The model {model_id!r} is used as much as the workspace allows just now.",
                    hint="Try again in a moment, or allow more of it under Models.",
                    retry_after_s=wait_ms / 1000,
                )
            await asyncio.sleep(min(wait_s, 5.0))

    async def _renew(self, key: str, name: str) -> None:
        while True:
            await asyncio.sleep(HELD_S / 3)
            with suppress(RedisError, OSError):
                await self._redis.eval(_RENEW, 1, key, name, HELD_S * 1000)

    async def _leave(self, keys: list[str], name: str, limits: Limits, made: Call) -> None:
        more = (made.used_tokens or 0) - made.expected_tokens if made.used_tokens is not None else 0
        with suppress(RedisError, OSError):
            async with self._redis.pipeline(transaction=False) as pipe:
                if limits.at_once:
                    pipe.zrem(keys[0], name)
                if limits.tokens_a_minute and more:
                    pipe.hincrbyfloat(keys[1], "tokens", -more)
                await pipe.execute()
