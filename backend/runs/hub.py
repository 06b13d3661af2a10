"""One connection to Redis per web process hears all the runs that are watched there.

Pub/sub carries each entry to whoever listens at that moment and forgets it; what was missed (before we
listened, while Redis was away, when a reader was slow) is read from the stream. Redis itself may fall
silent or away: then the database is asked, for all watched runs in one query.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings

from backend.runs.entries import Entry, Place, decode
from backend.runs.models import FINAL, Run
from backend.runs.putting import BETWEEN, was_emptied
from backend.runs.reads import read
from backend.runs.redis_clients import ENDS, KEY, RedisError, client, key_of
from backend.runs.timings import TIMINGS

log = logging.getLogger(__name__)

MOST_WAITING = 500
"""Entries kept for a slow reader; beyond, it reads the stream again when it comes."""
CONFIRM_S = 2
"""How long Redis is waited for before a reader goes on without it."""
AWAY_S = 0.3
"""How often the database is asked while Redis is away."""
ENDS_KEPT = 10_000
"""Ends remembered, for those who begin to wait just after they were called out."""


@dataclass
class News:
    """What came for a reader since it last looked."""

    entries: list[Entry] = field(default_factory=list)
    missed: bool = False
    journal_seq: int | None = None
    is_gone: bool = False


class Reader:
    """One watcher of one run. `seq` is the last fact it has: what the database is compared with."""

    def __init__(self, owner: Hub, run_id: str) -> None:
        self.hub = owner
        self.run_id = run_id
        self.seq = 0
        self.heard_at = time.monotonic()
        self._entries: deque[Entry] = deque()
        self._news = News()
        self._came = asyncio.Event()

    async def is_listening(self) -> None:
        """Returns when entries will be heard from now on, or when Redis is known to be away."""
        await self.hub.listens_to(self.run_id)

    async def news(self) -> News:
        """Waits for something to come, and takes it."""
        await self._came.wait()
        self._came.clear()
        news, self._news = self._news, News()
        news.entries = list(self._entries)
        self._entries.clear()
        return news

    def hear(self, entry: Entry) -> None:
        """Takes an entry that was called out."""
        self.heard_at = time.monotonic()
        if len(self._entries) >= MOST_WAITING:
            self._entries.clear()
            self._news.missed = True
        if not self._news.missed:
            self._entries.append(entry)
        self._came.set()

    def miss(self) -> None:
        """Something may have been called out that was not heard."""
        self._news.missed = True
        self._came.set()

    def learn(self, journal_seq: int | None) -> None:
        """What the database says: its last seq for the run, or None when there is no such run."""
        self.heard_at = time.monotonic()
        if journal_seq is None:
            self._news.is_gone = True
        elif journal_seq != self.seq:
            self._news.journal_seq = journal_seq
        else:
            return
        self._came.set()

    def close(self) -> None:
        """Stops watching."""
        self.hub.leave(self)


class End:
    """Someone who waits for a run to end. Nobody has asked the database about it yet."""

    def __init__(self) -> None:
        self.asked_at = 0.0
        self._came = asyncio.Event()

    async def wait(self) -> None:
        """Returns when the run has ended."""
        await self._came.wait()

    def come(self) -> None:
        """The run has ended, or there is none."""
        self._came.set()


class Hub:
    """The readers of this process and the one connection that serves them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_connected = False
        self._readers: dict[str, set[Reader]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._redis = client()
        self._listener = client(timeout_s=None)
        self._pubsub: redis.asyncio.client.PubSub | None = None
        self._subscribing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._settled = asyncio.Event()
        self._resumed: set[str] = set()
        self._awaited: dict[str, set[End]] = {}
        self._ended: dict[str, None] = {}

    def start(self) -> None:
        """Begins to listen; what is called out from then on is heard. Safe to repeat."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._ask())]

    def end_of(self, run_id: str) -> End:
        """Something to wait on until this run ends. Whoever stops waiting says so with `forget_end`."""
        self.start()
        end = End()
        if run_id in self._ended:
            end.come()
        else:
            self._awaited.setdefault(run_id, set()).add(end)
        return end

    def forget_end(self, run_id: str, end: End) -> None:
        """Nobody waits on `end` any more."""
        waiting = self._awaited.get(run_id)
        if waiting is not None:
            waiting.discard(end)
            if not waiting:
                del self._awaited[run_id]

    def watch(self, run_id: str) -> Reader:
        """A new reader; it hears nothing before `is_listening` has returned."""
        self.start()
        reader = Reader(self, run_id)
        self._readers.setdefault(run_id, set()).add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forgets a reader; the last one of a run unsubscribes."""
        readers = self._readers.get(reader.run_id)
        if readers is None:
            return
        readers.discard(reader)
        if not readers:
            del self._readers[reader.run_id]
            if self._confirmed.pop(reader.run_id, None) is not None:
                self._tasks.append(asyncio.create_task(self._unsubscribe(reader.run_id)))
                self._tasks = [task for task in self._tasks if not task.done()]

    async def listens_to(self, run_id: str) -> None:
        """Returns when Redis has confirmed the subscription, or is known to be away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_S):  # a Redis that hangs takes connections and says nothing
                await self._settled.wait()
        if not self.is_connected or self._pubsub is None:
            return
        confirmed = self._confirmed.get(run_id)
        if confirmed is None:
            confirmed = self._confirmed[run_id] = asyncio.Event()
            try:
                async with self._subscribing:
                    await self._pubsub.subscribe(key_of(run_id))
            except RedisError:
                confirmed.set()  # the listener notices too, and subscribes again when Redis is back
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_S):
                await confirmed.wait()

    async def range(self, run_id: str, after: Place) -> tuple[Place | None, list[Entry]]:
        """The place of the stream's first entry (None: no stream), and all entries after `after`."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.xrange(key_of(run_id), count=1)
            pipe.xrange(key_of(run_id), min=f"({after[0]}-{after[1]}" if after > (0, 0) else "-")
            first, entries = await pipe.execute(raise_on_error=False)
        for answer in (first, entries):
            if isinstance(answer, Exception):
                if was_emptied(answer):
                    return None, []
                raise answer
        begins = decode(first[0][1]["e"]).place if first else None
        return begins, [decode(fields["e"]) for _, fields in entries]

    async def close(self) -> None:
        """Stops listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        with suppress(*RedisError):
            if self._pubsub is not None:
                await self._pubsub.aclose()
            await self._listener.aclose()
            await self._redis.aclose()

    async def _listen(self) -> None:
        """Hears what is called out, for ever, whatever becomes of Redis."""
        pause_s = 0.05
        while True:
            try:
                await self._connect()
                pause_s = 0.05
                assert self._pubsub is not None
                while True:
                    message = await self._pubsub.get_message(ignore_subscribe_messages=False, timeout=None)
                    if message is not None:
                        self._deliver(message)
            except RedisError as error:
                if self.is_connected or not self._settled.is_set():
                    log.warning("Redis is away (%s); live views read the database until it is back.", error)
                self._lose()
            except Exception:
                log.exception("Listening to Redis failed; trying again.")
                self._lose()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 1)

    async def _connect(self) -> None:
        self._pubsub = self._listener.pubsub()
        # It also keeps the connection from ever being without a subscription.
        await self._pubsub.subscribe(ENDS)
        asked: set[str] = set()
        while new := self._readers.keys() - asked:  # readers come while Redis is slow to answer
            await self._pubsub.subscribe(*map(key_of, new))
            asked |= new
        self._resumed = asked
        self._confirmed = {run_id: asyncio.Event() for run_id in self._readers}
        self.is_connected = True
        self._settled.set()

    def _lose(self) -> None:
        self.is_connected = False
        self._settled.set()
        for confirmed in self._confirmed.values():
            confirmed.set()
        self._confirmed.clear()
        if self._pubsub is not None:
            self._tasks.append(asyncio.create_task(_drop(self._pubsub)))
            self._pubsub = None

    def _deliver(self, message: dict[str, str]) -> None:
        if message["channel"] == ENDS:
            if message["type"] == "message":
                self._end(message["data"])
            return
        run_id = message["channel"].removeprefix(KEY)
        if message["type"] == "message":
            readers = self._readers.get(run_id)
            if readers:
                for text in message["data"].split(BETWEEN):
                    entry = decode(text)
                    for reader in readers:
                        reader.hear(entry)
        elif message["type"] == "subscribe":
            confirmed = self._confirmed.get(run_id)
            if confirmed is not None:
                confirmed.set()
            if run_id in self._resumed:
                self._resumed.discard(run_id)
                for reader in self._readers.get(run_id, ()):
                    reader.miss()

    def _end(self, run_id: str) -> None:
        self._ended[run_id] = None
        if len(self._ended) > ENDS_KEPT:
            del self._ended[next(iter(self._ended))]
        for end in self._awaited.get(run_id, ()):
            end.come()

    async def _unsubscribe(self, run_id: str) -> None:
        with suppress(*RedisError):
            async with self._subscribing:
                if run_id not in self._readers and self._pubsub is not None:
                    await self._pubsub.unsubscribe(key_of(run_id))

    async def _ask(self) -> None:
        """Asks the database about runs that say nothing: their worker may have died before it told."""
        while True:
            every_s = TIMINGS.silent_s if self.is_connected else AWAY_S
            await asyncio.sleep(min(every_s / 3, AWAY_S))
            silent_since = time.monotonic() - every_s
            silent = [r for readers in self._readers.values() for r in readers if r.heard_at <= silent_since]
            late = {
                run_id: ends
                for run_id, ends in self._awaited.items()
                if any(end.asked_at <= silent_since for end in ends)
            }
            if not silent and not late:
                continue
            try:
                found = await read(_states, late.keys() | {reader.run_id for reader in silent})
            except Exception:
                log.exception("Asking about silent runs failed; trying again.")
                continue
            for reader in silent:
                seq, _ = found.get(reader.run_id, (None, True))
                reader.learn(seq)
            for run_id, ends in late.items():
                _, has_ended = found.get(run_id, (None, True))
                for end in ends:
                    end.asked_at = time.monotonic()
                    if has_ended:
                        end.come()


def _states(run_ids: set[str]) -> dict[str, tuple[int, bool]]:
    """By run: the last seq of its journal, and whether it has ended."""
    rows = Run.objects.filter(pk__in=run_ids).values_list("pk", "last_seq", "status")
    return {str(pk): (seq, status in FINAL) for pk, seq, status in rows}


async def _drop(pubsub: redis.asyncio.client.PubSub) -> None:
    with suppress(*RedisError):
        await pubsub.aclose()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None or found.url != settings.REDIS_URL:
        found = _hubs[loop] = Hub(settings.REDIS_URL)
    return found
