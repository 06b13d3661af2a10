"""How entries are put on the streams of runs: of many runs in one call, each at its place or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import redis.asyncio
from redis.exceptions import NoScriptError

from backend.runs.entries import Entry, encode
from backend.runs.redis_clients import ENDS, key_of

KEEP_AFTER_END_S = 3600
KEEP_OPEN_S = 7 * 24 * 3600
BETWEEN = "\n"
"""Stands between entries that are called out together; no JSON of ours has one in it."""

Words = tuple[object, Sequence[Entry]]
"""The id of a run, and what is to be put on its stream."""
Heard = tuple[int, int]
"""How many entries were refused, and 1 if there was no stream before."""

# Redis refuses an id that is not above the last one, and any on a stream that was emptied: so a worker that
# lost its run cannot speak for it, nobody hears what was refused, and it does not keep an ended run's key.
_PUT = """
local heard, at = {}, 4
for k, key in ipairs(KEYS) do
  local count, ended = tonumber(ARGV[at]), ARGV[at + 1]
  local is_new, taken = 1 - redis.call('EXISTS', key), {}
  for i = at + 2, at + 2 * count, 2 do
    local answer = redis.pcall('XADD', key, ARGV[i], 'e', ARGV[i + 1])
    if type(answer) ~= 'table' then
      taken[#taken + 1] = ARGV[i + 1]
    end
  end
  if #taken > 0 then
    redis.call('PUBLISH', key, table.concat(taken, '\\n'))
  end
  if ended ~= '' then
    redis.call('EXPIRE', key, ARGV[2])
    redis.call('PUBLISH', ARGV[3], ended)
  elseif #taken > 0 then
    redis.call('EXPIRE', key, ARGV[1])
  end
  heard[2 * k - 1], heard[2 * k] = count - #taken, is_new
  at = at + 2 + 2 * count
end
return heard
"""
_FIXED = (KEEP_OPEN_S, KEEP_AFTER_END_S, ENDS)

# What is no stream any more takes no entry from anyone, and is 105 bytes smaller than an empty stream.
_EMPTY = """
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    redis.call('SET', key, '', 'KEEPTTL')
  end
end
"""


def put(redis: Any, run_id: object, entries: Sequence[Entry]) -> Any:
    """Puts entries on a run's stream and calls them out, in one step; Redis answers as in `Heard`, a list.

    `redis` is a client or a pipeline, asynchronous or not; what it returns is returned.
    """
    return redis.eval(_PUT, 1, *_arguments([(run_id, entries)]))


class Putter:
    """Puts entries of many runs on their streams, each run's as `put` does."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._redis = client
        self._script = ""

    async def put(self, words: Sequence[Words]) -> list[Heard]:
        """What Redis answered for each of `words`, in one round trip. Raises RedisError."""
        arguments = _arguments(words)
        if not self._script:
            self._script = await self._redis.script_load(_PUT)
        try:
            heard: Any = await self._redis.evalsha(self._script, len(words), *arguments)  # pyright: ignore
        except NoScriptError:  # Redis was restarted
            heard = await self._redis.eval(_PUT, len(words), *arguments)  # pyright: ignore
        return list(zip(heard[::2], heard[1::2], strict=True))


def empty(redis: Any, run_ids: Sequence[str]) -> Any:
    """Takes everything off the streams of runs that have ended: their journals tell all of it.

    `redis` and what is returned are as with `put`.
    """
    return redis.eval(_EMPTY, len(run_ids), *map(key_of, run_ids))


def was_emptied(error: Exception) -> bool:
    """Whether a stream could not be read because it was emptied after its run's end."""
    return "WRONGTYPE" in str(error)


def _arguments(words: Sequence[Words]) -> list[Any]:
    """The keys of the script, and what it is to do with each."""
    arguments: list[Any] = [key_of(run_id) for run_id, _ in words]
    arguments += _FIXED
    for run_id, entries in words:
        arguments += (len(entries), str(run_id) if entries[-1].is_end else "")
        for entry in entries:
            arguments += (entry.id, encode(entry))
    return arguments
