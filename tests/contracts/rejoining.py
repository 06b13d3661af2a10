"""A hundred readers of one recorded run, on a Redis that is trimmed, emptied and away, by one seed.

The server's side is the real one: `follow_batches` reads, `ConsoleConsumer` makes the messages. Only Redis
and the journal are played, from the entries of a recorded stream: they come again one by one, and what a
publisher does after a loss (say live text again as a whole) is done here as `workers/publisher.py` does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast
from unittest.mock import patch

from redis.exceptions import ConnectionError as RedisAway

from backend.runs import stream
from backend.runs.consumers import ConsoleConsumer
from backend.runs.entries import START, Entry, Place, Reset
from backend.runs.hub import Hub, Reader

READERS = 100
Json = dict[str, Any]
Message = dict[str, Any]


@dataclass
class Visit:
    """One connection of a reader: the entry it came back with, and what it was told."""

    after: str | None
    messages: list[Message] = field(default_factory=list)


@dataclass
class Reading:
    """Everything one reader was told, connection after connection."""

    visits: list[Visit] = field(default_factory=list)
    is_whole: bool = False

    @property
    def resets(self) -> int:
        """How often it was told to forget what it had."""
        return sum(m["type"] == "reset" for visit in self.visits for m in visit.messages)


class Town:
    """The run's journal, its stream in Redis, and whoever listens. Stands in for `backend.runs.hub.Hub`."""

    def __init__(self, entries: list[Json], chance: Random) -> None:
        self.chance = chance
        self.told = entries
        self.facts: list[Entry] = []
        self.redis: list[Entry] = []
        self.is_away = False
        self.readers: set[Reader] = set()
        self.texts: dict[tuple[str, int], str] = {}
        self.was_lost = False
        self.place: Place = START
        self.done: list[str] = []

    # What the hub is asked for

    def watch(self, run_id: str) -> Reader:
        reader = Reader(cast(Hub, self), run_id)
        self.readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        self.readers.discard(reader)

    async def listens_to(self, run_id: str) -> None:
        return

    async def range(self, run_id: str, after: Place) -> tuple[Place | None, list[Entry]]:
        await asyncio.sleep(0)
        if self.is_away:
            raise RedisAway
        first = self.redis[0].place if self.redis else None
        return first, [entry for entry in self.redis if entry.place > after]

    def journal(self, after: int, up_to: int | None) -> tuple[list[Entry], int]:
        """What `stream._facts` finds."""
        found = [e for e in self.facts if e.seq > after and (up_to is None or e.seq <= up_to)]
        return found, found[-1].seq if found else len(self.facts)

    # What happens

    def say(self, told: Json) -> None:
        """The next thing that the run said."""
        body = told[told["kind"]]
        if told["kind"] == "event":
            self.place = (body["seq"], 0)
            entry = Entry(self.place, "event", body)
            self.facts.append(entry)
            if body["type"] in ("node_succeeded", "node_failed"):
                self.texts = {key: text for key, text in self.texts.items() if key[0] != body["path"]}
        else:
            entry = self._live(told["kind"], body)
            if told["kind"] == "delta":
                key = (body["path"], body["attempt"])
                self.texts[key] = self.texts.get(key, "") + body["text"]
        if self.is_away:
            self.was_lost = True
            return
        entries = [entry]
        if self.was_lost:  # of what was lost, facts are in the journal; live text is said as a whole
            entries = [entry] if entry.kind == "event" else []
            entries += [
                self._live("snapshot", {"path": path, "attempt": attempt, "text": text})
                for (path, attempt), text in self.texts.items()
            ]
        self.was_lost = not self.redis and self.place != (1, 0)  # begun anew: said again with the next
        for one in entries:
            self.redis.append(one)
            for reader in self.readers:
                reader.hear(one)

    def suffer(self) -> None:
        """Something befalls Redis, or nothing."""
        luck = self.chance.random()
        if self.is_away and luck < 0.4:
            self.is_away = False
            self.done.append("back")
            for reader in self.readers:
                reader.miss()
        elif self.is_away:
            for reader in self.readers:
                reader.learn(len(self.facts))
        elif luck < 0.08 and self.redis:
            self.done.append("trimmed")
            self.redis = self.redis[self.chance.randint(1, len(self.redis)) :]
        elif luck < 0.13:
            self.done.append("emptied")
            self.redis = []
        elif luck < 0.2:
            self.done.append("away")
            self.is_away = True
            if self.chance.random() < 0.5:
                self.redis = []
        elif luck < 0.3:
            self.done.append("unheard")
            for reader in self.chance.sample(sorted(self.readers, key=id), len(self.readers) // 2):
                reader.miss()

    def _live(self, kind: Any, body: Json) -> Entry:
        self.place = (self.place[0], self.place[1] + 1)
        return Entry(self.place, kind, body)


async def readings(entries: list[Json], seed: int, readers: int = READERS) -> tuple[Town, list[Reading]]:
    """What each reader of the run was told, until all of them knew its end."""
    town = Town(entries, Random(seed))
    came = asyncio.Event()
    with _in(town):
        clients = [_Client(town, Random(seed * 1000 + n)) for n in range(readers)]
        tasks = [asyncio.ensure_future(client.read(came)) for client in clients]
        for told in entries:
            town.say(told)
            town.suffer()
            for _ in range(town.chance.choice([1, 3, 9])):
                await asyncio.sleep(0)
        town.is_away = False
        for _ in range(5000):  # the run is silent now, so the database is asked
            if all(task.done() for task in tasks):
                break
            came.set()
            for reader in list(town.readers):
                reader.learn(len(town.facts))
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*tasks), 30)
    return town, [client.reading for client in clients]


class _Socket(ConsoleConsumer):
    """The server's end of a connection; what it would send is kept."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit

    async def _send(self, message: Message) -> None:
        self.visit.messages.append(message)


class _Client:
    """The console's end of a socket, as `frontend/src/api/socket.ts` is it; cut off anywhere."""

    def __init__(self, town: Town, chance: Random) -> None:
        self.town = town
        self.chance = chance
        self.reading = Reading()
        self.last: str | None = None

    async def read(self, hurry: asyncio.Event) -> None:
        while not self.reading.is_whole:
            for _ in range(0 if hurry.is_set() else self.chance.randint(0, 60)):
                await asyncio.sleep(0)
            await self._visit(self.chance.randint(1, 8))

    async def _visit(self, most: int) -> None:
        visit = Visit(self.last)
        self.reading.visits.append(visit)
        consumer = _Socket(visit)
        async with aclosing(stream.follow_batches("run", self.last, len(self.town.facts))) as batches:
            async for batch in batches:
                await consumer._tell("run", batch)
                self._take(visit.messages, batch)
                most -= 1
                if most == 0 or self.reading.is_whole:
                    return

    def _take(self, messages: list[Message], batch: list[Entry | Reset]) -> None:
        for message in messages[-len(batch) :] if batch else []:
            if message["type"] == "reset":
                self.last = None
            for entry in message.get("entries", ()):
                if is_after(entry["id"], self.last):
                    self.last = entry["id"]
        self.reading.is_whole = any(isinstance(entry, Entry) and entry.is_end for entry in batch)


def is_after(id: str, other: str | None) -> bool:
    """The rule of the browser: an entry that is not after the last one is known already."""
    return other is None or tuple(map(int, id.split("-"))) > tuple(map(int, other.split("-")))


def taken(reading: Reading, take: Callable[[Json], None], forget: Callable[[], None]) -> None:
    """Does with everything that a reader was told what the browser does."""
    last: str | None = None
    for visit in reading.visits:
        assert visit.after == last, "it comes back with the last entry it knows"
        for message in visit.messages:
            if message["type"] == "reset":
                last = None
                forget()
            for entry in message.get("entries", ()):
                if is_after(entry["id"], last):
                    last = entry["id"]
                    take(entry)


@contextmanager
def _in(town: Town) -> Iterator[None]:
    async def read(work: Any, run_id: str, after: int, up_to: int | None) -> Any:
        await asyncio.sleep(0)
        return town.journal(after, up_to)

    with patch.object(stream, "hub", lambda: town), patch.object(stream, "read", read):
        yield
