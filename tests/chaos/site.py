"""A site under attack: real workers and web processes, Redis and a database, and clients that keep on.

    with site(stack, receiver, cluster=None) as attacked:
        talks = attacked.talk(20, seconds=10)
        attacked.suffer(Random(seed), FAULTS)
        attacked.heal()
        assert violations(attacked.told()) == []

A client knows what a program knows that was told of nothing: it asks with an Idempotency-Key until it is
answered, watches, comes back with the last id it saw, and writes down what it got.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import redis
from django.db import connections
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from backend.publish.models import Publication
from backend.publish.services import Published
from backend.runs.bell import QUEUE
from backend.runs.doorbell import doorbell
from backend.runs.entries import Entry, Reset, place_of
from backend.runs.models import Run
from nodes.sdk.answers import AnswerFold, AnswerPlan
from tests.chaos.cluster import Cluster
from tests.chaos.pace import back_to, paced
from tests.chaos.receiver import Receiver
from tests.chaos.stories import POSTS, UNREPEATABLE, publish_story, settle_all
from tests.conftest import Person, make_person
from tests.invariants import Pace, Stream, World, look
from tests.runs.stack import Stack, until

LONGEST_TALK_S = 150
QUERIES = ["what", "a word", "Please count to fifty"]
SCRIPT = """
delay_s: 0.03
rules:
  - when: count to fifty
    reply: "ONE two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
    delay_s: 0.1
reply: "You said: {message}"
"""


@dataclass
class Talk:
    """One client's run, and what it got."""

    key: str
    run: UUID | None = None
    facts: list[tuple[int, str, str]] = field(default_factory=list)
    answer: str = ""
    is_whole: bool = False
    cancelled_at: datetime | None = None
    cuts: int = 0
    began_at: float = field(default_factory=time.monotonic)
    ended_at: float = 0.0
    watched_as: str = ""
    last: str | None = None


@dataclass
class Site:
    """The processes, and what became of whom."""

    stack: Stack
    receiver: Receiver
    published: Published
    member: Person
    chance: random.Random
    cluster: Cluster | None = None
    webs: list[tuple[subprocess.Popen[bytes], int]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    old_bells: list[bytes] = field(default_factory=list)
    unwatched: list[UUID] = field(default_factory=list)
    before_s: tuple[float, ...] = ()
    pace: Pace | None = None
    done: list[str] = field(default_factory=list)
    is_over: bool = False

    # What clients do

    def talk(self, key: str, chance: random.Random) -> None:
        """One more client, in a thread of its own."""
        talk = Talk(key)
        self.talks.append(talk)
        talk.watched_as = "member" if chance.random() < 0.5 else "program"
        watch = self._watch_as_member if talk.watched_as == "member" else self._watch_as_program
        cancels = chance.random() < 0.1
        query = chance.choice(QUERIES)

        def live() -> None:
            try:
                talk.run = self._ask(talk.key, query)
                if cancels:
                    time.sleep(chance.random() * 2)
                    talk.cancelled_at = self._cancel(talk.run)
                self._until_done(lambda: watch(talk, chance))
                talk.ended_at = time.monotonic()
            finally:
                connections.close_all()

        thread = threading.Thread(target=live, name=f"client {key}", daemon=True)
        self.threads.append(thread)
        thread.start()

    @property
    def url(self) -> str:
        """One of the web processes; which one is not the seed's to say, as clients come in any order."""
        return f"http://127.0.0.1:{random.choice(self.webs)[1]}"

    def ask_and_listen(self) -> None:
        """One run more, heard from its first word to its end, and never cut off."""
        run = self._ask(str(uuid4()), QUERIES[0])
        self.unwatched.append(run)
        self._until_done(lambda: any(event == "end" for event, _, _ in self._events(run, None)))

    def _ask(self, key: str, query: str) -> UUID:
        def ask() -> UUID | None:
            body = {"query": query, "mode": "async"}
            answer = self._send("/v1/runs", body, **{"Idempotency-Key": key})
            return UUID(answer.json()["id"]) if answer.status_code == 202 else None

        return self._until_done(ask)

    def _cancel(self, run: UUID) -> datetime:
        def cancel() -> datetime | None:
            answer = self._send(f"/v1/runs/{run}/cancel", {})
            return datetime.now(UTC) if answer.status_code == 200 else None

        return self._until_done(cancel)

    def _send(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers=self._bearer | headers, timeout=20)

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.published.api_key}"}

    def _until_done(self, work: Callable[[], Any]) -> Any:
        """What `work` gives, tried again whenever something between us and it was broken."""
        end = time.monotonic() + LONGEST_TALK_S
        while time.monotonic() < end:
            with suppress(httpx.HTTPError, OSError, WebSocketException, json.JSONDecodeError, EOFError):
                if given := work():
                    return given
            time.sleep(0.2)
        raise AssertionError(f"{threading.current_thread().name} waited in vain")

    def _watch_as_program(self, talk: Talk, chance: random.Random) -> bool:
        """Server-sent events with an app key: the answer, cut off and taken up again."""
        last: str | None = None
        while True:
            most = chance.randint(1, 12)
            with suppress(httpx.HTTPError, OSError):
                for event, data, place in self._events(talk.run, last):
                    last = talk.last = place or last
                    if event == "answer":
                        talk.answer = talk.answer[: data["offset"]] + data["text"]
                    if event == "end":
                        talk.is_whole = True
                        return True
                    most -= 1
                    if most == 0:
                        break
            talk.cuts += 1
            self._pause()

    def _events(self, run: UUID | None, last: str | None) -> Iterator[tuple[str, Any, str | None]]:
        headers = self._bearer | ({"Last-Event-ID": last} if last else {})
        timeout = httpx.Timeout(20, read=30)
        with httpx.stream("GET", f"{self.url}/v1/runs/{run}/events", headers=headers, timeout=timeout) as got:
            if got.status_code != 200:
                raise httpx.ReadError(f"{got.status_code}")
            event: dict[str, str] = {}
            for line in got.iter_lines():
                if not line and event:
                    yield event["event"], json.loads(event["data"]), event.get("id")
                    event = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = value

    def _watch_as_member(self, talk: Talk, chance: random.Random) -> bool:
        """The console's socket: every fact, cut off and taken up again."""
        plan = AnswerPlan.from_json(self.published.version.answer_plan)
        fold, last = AnswerFold(plan), None
        cookie = self.member.client.cookies["treadle_session"].value
        while True:
            most = chance.randint(1, 25)
            with suppress(WebSocketException, OSError, TimeoutError, EOFError):
                url = self.url
                socket = connect(
                    f"{url.replace('http', 'ws')}/ws/console",
                    additional_headers={"Cookie": f"treadle_session={cookie}"},
                    origin=Origin(url),
                    open_timeout=10,
                    close_timeout=1,
                )
                with socket:
                    socket.send(json.dumps({"type": "watch", "run": str(talk.run), "after": last}))
                    while most > 0:
                        message = json.loads(socket.recv(timeout=30))
                        if message["type"] == "reset":
                            fold, talk.facts, last = AnswerFold(plan), [], None
                        for entry in map(_entry, message.get("entries", [])):
                            last = talk.last = entry.id
                            _fold_in(fold, entry)
                            if entry.kind == "event":
                                talk.facts.append((entry.seq, entry.body["type"], entry.body["path"]))
                            if entry.is_end:
                                talk.answer, talk.is_whole = fold.text, True
                                return True
                            most -= 1
            talk.cuts += 1
            self._pause()

    def _pause(self) -> None:
        if self.is_over:
            raise AssertionError("it is over, and the run has not ended")
        time.sleep(0.1)

    # What is done to the site

    def start(self, workers: int, webs: int) -> None:
        """Starts all processes, keeps a bell that was rung long ago, and takes the time of a calm day."""
        self.old_bells = self._record_a_bell()
        for _ in range(webs):
            self._start_web()
        for _ in range(workers):
            self.workers.append(self._start_worker())
        self.before_s = paced(self.ask_and_listen)

    def kill_worker(self) -> None:
        victim = self.chance.randrange(len(self.workers))
        self.workers[victim].kill()
        self.workers[victim].wait()
        self.workers[victim] = self._start_worker()

    def kill_web(self) -> None:
        victim = self.chance.randrange(len(self.webs))
        process, port = self.webs[victim]
        process.kill()
        process.wait()
        self.webs[victim] = (self.stack.start_web_on(port), port)

    def lose_redis(self) -> None:
        self.stack.kill_redis()
        time.sleep(self.chance.random())
        self.stack.start_redis()

    def stop_database(self) -> None:
        """PostgreSQL stops as if its machine had gone, and comes back."""
        assert self.cluster is not None
        self.cluster.stop_immediately()
        time.sleep(self.chance.random())
        self.cluster.start()
        connections.close_all()  # ours broke with it

    def freeze_worker(self) -> None:
        """A worker sleeps longer than its lease, and wakes up among those who took over."""
        sleeper = self.chance.choice(self.workers)
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(3)
        sleeper.send_signal(signal.SIGCONT)

    def double_bells(self) -> None:
        """What Celery was told comes twice, in another order, and with it a bell of long ago."""
        known = [talk.run for talk in self.talks if talk.run]
        for run in self.chance.choices(known, k=2 * len(known)) if known else []:
            doorbell().ring(run)
        with suppress(redis.RedisError):
            client = redis.Redis.from_url(self.stack.redis_url)
            for bell in self.old_bells * 3:
                client.lpush(f"treadle:{QUEUE}", bell)
            waiting = client.lrange(f"treadle:{QUEUE}", 0, -1)
            for bell in self.chance.sample(waiting, len(waiting)):
                client.lpush(f"treadle:{QUEUE}", bell)
            client.close()

    def suffer(self, faults: Sequence[str]) -> None:
        """One fault after another, by name."""
        for fault in faults:
            time.sleep(0.3 + self.chance.random())
            self.done.append(fault)
            getattr(self, fault)()

    def heal(self) -> None:
        """Waits until every client has its end, and speed is back; settles for runs that ask a person."""
        end = time.monotonic() + LONGEST_TALK_S
        until(lambda: all(talk.run for talk in self.talks) or time.monotonic() > end, "all are accepted")
        time.sleep(2)  # what a sleeper had in its hands arrives
        settle_all(self.accepted, self.receiver)
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
        self.is_over = True
        late = self._late()
        assert not late, f"clients still wait for their end: {late}"
        self.threads.clear()
        self.is_over = False
        self.pace = back_to(self.before_s, self.ask_and_listen)

    def _late(self) -> list[str]:
        """Who still waits, for which run, and how far each has come."""
        alive = {thread.name for thread in self.threads if thread.is_alive()}
        late = [talk for talk in self.talks if f"client {talk.key}" in alive]
        states = dict(Run.objects.filter(pk__in=[talk.run for talk in late]).values_list("pk", "status"))
        return [
            f"{talk.watched_as} {talk.key}: run {talk.run} is {states.get(talk.run)},"
            f" read up to {talk.last}, cut {talk.cuts} times"
            for talk in late
        ]

    @property
    def accepted(self) -> list[UUID]:
        """The runs that were answered with 2xx."""
        return [*self.unwatched, *(talk.run for talk in self.talks if talk.run)]

    def told(self) -> World:
        """What all of them saw, for the invariants."""
        accepted = tuple(self.accepted)
        version = self.published.version
        streams = [
            Stream(talk.run, tuple(talk.facts), talk.answer) for talk in self.talks if talk.run and talk.facts
        ]
        answers = [talk for talk in self.talks if talk.run and not talk.facts]
        cancelled = {talk.run: talk.cancelled_at for talk in self.talks if talk.run and talk.cancelled_at}
        orphans = [f"client {talk.key} did not hear the end" for talk in self.talks if not talk.is_whole]
        world = look(
            World(
                accepted=accepted,
                hits=tuple(self.receiver.hits),
                streams=tuple(streams),
                posts=POSTS,
                unrepeatable=UNREPEATABLE,
                cancelled=cancelled,
                pinned=dict.fromkeys(accepted, version.pk),
                owners=dict.fromkeys(accepted, version.workspace_id),
                orphans=(*orphans, *self._left_over()),
                pace=self.pace,
            )
        )
        said = {run.id: run.answer for run in world.runs}
        wrong = [
            f"client {talk.key} read {talk.answer!r}, the answer is {said[talk.run]!r}"
            for talk in answers
            if talk.run and said.get(talk.run) != talk.answer
        ]
        return World(**{**world.__dict__, "orphans": (*world.orphans, *wrong)})

    def _left_over(self) -> Iterator[str]:
        ours = Run.objects.filter(version=self.published.version)
        if ours.count() != len(set(self.accepted)):
            yield f"{ours.count()} runs were made for {len(self.talks)} requests and one of ours"
        client = redis.Redis.from_url(self.stack.redis_url)
        until(lambda: client.llen(f"treadle:{QUEUE}") == 0, "the queue is empty")
        client.close()

    def _record_a_bell(self) -> list[bytes]:
        run = self.stack.say(self.published.version, "what")
        client = redis.Redis.from_url(self.stack.redis_url)
        until(lambda: client.llen(f"treadle:{QUEUE}") > 0, "the bell is in the queue")
        bells = client.lrange(f"treadle:{QUEUE}", 0, -1)
        client.close()
        self.unwatched.append(run.pk)
        return bells

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self.stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=self.receiver.place)

    def _start_web(self) -> None:
        process = self.stack.start_web()
        self.webs.append((process, self.stack.port))


def _entry(value: dict[str, Any]) -> Entry:
    place = place_of(value["id"])
    assert place is not None
    return Entry(place, value["kind"], value[value["kind"]])


def _fold_in(fold: AnswerFold, entry: Entry | Reset) -> None:
    assert isinstance(entry, Entry)
    body = entry.body
    if entry.kind == "event":
        fold.event(body["type"], body["path"], body["data"])
    elif entry.kind == "delta":
        fold.delta(body["path"], body["attempt"], body["offset"], body["text"])
    elif entry.kind == "snapshot":
        fold.snapshot(body["path"], body["attempt"], body["text"])


@contextmanager
def site(
    stack: Stack, receiver: Receiver, seed: int, *, workers: int, webs: int, cluster: Cluster | None = None
) -> Iterator[Site]:
    """A site at work, whose app may be asked as often as one likes."""
    stack.script(SCRIPT)
    published = publish_story(receiver.place)
    many = 1_000_000
    Publication.objects.filter(pk=published.publication.pk).update(
        requests_per_minute_key=many,
        requests_per_minute_app=many,
        tokens_per_day_key=1000 * many,
        tokens_per_day_app=1000 * many,
    )
    member = make_person("watcher@example.com", published.version.workspace, "owner")
    built = Site(stack, receiver, published, member, random.Random(seed), cluster)
    built.start(workers, webs)
    yield built
