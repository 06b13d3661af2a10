"""Redis is a doorbell and a view: killing it or doubling its messages changes no result."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from celery import Celery
from celery.worker.request import Request
from django.conf import settings
from django.db import connections, transaction

from backend.runs.bell import QUEUE, TASK
from backend.runs.doorbell import doorbell
from backend.runs.models import Event, Run
from backend.runs.reads import read
from backend.runs.redis_clients import plain_client
from backend.runs.services import cancel_run
from backend.runs.stream import wait_for_end
from backend.runs.waits import pause_run
from tests.runs.stack import CHAT, ECHO, PATIENCE_S, Stack, until
from tests.runs.watching import (
    entries_of,
    facts,
    first_words,
    folded,
    journal_of,
    listening,
    public_of,
    reread,
    told,
)
from workers.app import app
from workers.tasks import execute_runs

LONG = "Please count to fifty"


async def test_redis_dies_and_comes_back_during_a_run(stack: Stack):
    await asyncio.to_thread(stack.start_worker)
    run = await read(stack.say, await read(stack.app, CHAT), LONG)

    async with listening():
        watching = asyncio.create_task(entries_of(run))
        visiting = asyncio.create_task(public_of(run))
        await first_words(run, 3)
        stack.kill_redis()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(stack.start_redis)
        entries, events = await asyncio.gather(watching, visiting)
        journal = await read(journal_of, run)

    run = await reread(run)
    assert run.status == "succeeded"
    assert list(dict.fromkeys(facts(entries))) == journal
    assert folded(run, entries).text == told(events) == run.answer


async def test_redis_stays_away_and_everything_still_arrives(stack: Stack):
    await asyncio.to_thread(stack.start_worker)
    version = await read(stack.app, CHAT)
    stack.kill_redis()
    run = await read(stack.say, version, "Hello")

    async with listening():
        entries, events, has_ended = await asyncio.gather(
            entries_of(run), public_of(run), wait_for_end(run.pk, PATIENCE_S)
        )

    run = await reread(run)
    assert has_ended
    assert run.answer == "You said: Hello"
    assert folded(run, entries).text == told(events) == run.answer
    await asyncio.to_thread(stack.start_redis)


async def test_a_worker_hears_the_bell_again_when_redis_is_back(stack: Stack):
    await asyncio.to_thread(stack.start_worker, TREADLE_SWEEP_S="600", TREADLE_LEASE_S="600")
    version = await read(stack.app, ECHO)
    assert (await read(stack.ended, await read(stack.say, version, "one"))).answer == "one!"

    stack.kill_redis()
    await asyncio.to_thread(stack.start_redis)
    run = await read(stack.say, version, "two")
    while not (await reread(run)).is_final:  # a bell rung before the worker is back is lost; so ring on
        doorbell().ring(run.pk)
        await asyncio.sleep(0.2)

    assert (await reread(run)).answer == "two!"


def test_the_sweep_alone_runs_the_system(stack: Stack, monkeypatch):
    monkeypatch.setattr("backend.runs.doorbell.Doorbell.ring", lambda self, run_id: None)
    stack.start_worker()
    version = stack.app(ECHO)
    first = stack.say(version, "one")
    runs = [
        first,
        *(stack.say(version, "more", first.conversation) for _ in range(5)),
        stack.say(version, "x"),
    ]

    assert [stack.ended(run).answer for run in runs] == ["one!", *["more!"] * 5, "x!"]


def test_doubled_and_shuffled_bells_run_nothing_twice(stack: Stack):
    stack.start_worker()
    stack.start_worker()
    version = stack.app(CHAT)

    runs = [stack.say(version, f"message {n}") for n in range(20)]
    for run in [*runs[::-1], *runs]:
        doorbell().ring(run.pk)

    for n, run in enumerate(runs):
        assert stack.ended(run).answer == f"You said: message {n}"
        kinds = list(Event.objects.filter(run=run).values_list("type", flat=True))
        assert kinds.count("run_claimed") == 1
        assert kinds.count("run_succeeded") == 1


def test_bells_of_yesterday_change_nothing_in_runs_that_ended_were_cancelled_or_wait(stack: Stack):
    version = stack.app(CHAT)
    stack.start_worker()
    ended = [stack.ended(stack.say(version, "Hello"))]
    stopped = stack.say(version, "say it for ever")
    until(lambda: Event.objects.filter(run=stopped, path="prompt_1").exists(), "it is at work")
    cancel_run(stopped)
    ended.append(stack.ended(stopped))
    with transaction.atomic():
        paused = pause_run(stack.say(version, "later"))
    until(lambda: Run.objects.get(pk=paused.pk).status == "waiting", "it waits")
    runs = [*ended, paused]
    before = [Run.objects.filter(pk=run.pk).values().get() for run in runs]

    for run in [*runs, *runs[::-1]]:
        doorbell().ring(run.pk)
    stack.ended(stack.say(version, "behind all bells"))

    # A run that waits for a person may be looked at, but nothing happens in it.
    assert [Run.objects.filter(pk=run.pk).values().get() for run in runs] == before
    assert not Event.objects.filter(run=paused, type="node_started").exists()


def by_celery(runs: object, **settings_of_it: str) -> None:
    """Rings as any program with Celery can."""
    app = Celery("ringer", set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")
    app.conf.broker_url = settings.REDIS_URL.replace("unix://", "redis+socket://", 1)
    app.send_task(TASK, [runs], queue=QUEUE, ignore_result=True, **settings_of_it)


def test_a_bell_for_runs_that_never_were_disturbs_nobody(stack: Stack):
    stack.start_worker()
    for nonsense in ([], ["3f3a7a1e-1111-4222-8333-444455556666"], ["no id"], None, [7]):
        by_celery(nonsense)

    run = stack.say(stack.app(ECHO), "Hello")

    assert stack.ended(run).answer == "Hello!"


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.place),)


def test_a_bell_that_carries_code_is_not_opened(stack: Stack, tmp_path: Path):
    stack.start_worker()
    trap = tmp_path / "sprung"
    by_celery([Trap(trap)], serializer="pickle")

    run = stack.say(stack.app(ECHO), "Hello")

    assert stack.ended(run).answer == "Hello!"
    assert not trap.exists()


def test_nothing_is_left_in_redis_but_streams_that_expire(stack: Stack):
    stack.start_worker()
    runs = [stack.say(stack.app(ECHO), "Hello") for _ in range(5)]
    for run in runs:
        stack.ended(run)

    redis = plain_client()
    lasting = [key for key in redis.keys("*") if redis.ttl(key) == -1 and "_kombu" not in key]

    assert lasting == []
    assert redis.llen(f"treadle:{QUEUE}") == 0


def test_many_writers_in_several_processes_do_not_lock_one_another_out(stack: Stack):
    stack.start_worker()
    stack.start_worker()
    version = stack.app(ECHO)
    runs: list[Run] = []

    def say_many(who: int) -> None:
        runs.extend(stack.say(version, f"{who}.{n}") for n in range(25))
        connections.close_all()

    threads = [threading.Thread(target=say_many, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 100
    assert all(stack.ended(run).answer == f"{run.query}!" for run in runs)
    assert "locked" not in (stack.data / "worker.log").read_text()


async def test_a_redis_that_hangs_keeps_no_reader_from_the_facts(stack: Stack):
    run = await read(stack.say, await read(stack.app, ECHO), "Hello")
    await read(cancel_run, run)
    assert stack.redis is not None

    async with listening():
        stack.redis.send_signal(signal.SIGSTOP)
        try:
            entries = await asyncio.wait_for(entries_of(run), 20)
        finally:
            stack.redis.send_signal(signal.SIGCONT)

    assert facts(entries) == await read(journal_of, run)


def test_a_bell_is_not_acknowledged_to_a_redis_that_may_be_gone():
    acknowledged: list[object] = []
    body = (([],), {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None})
    message = Mock(headers={"id": "1", "task": TASK}, delivery_info={}, properties={}, body=body)
    kind: type[Request] = execute_runs.Request
    request = kind(
        message,
        app=app,
        task=execute_runs,
        decoded=True,
        eventer=None,
        on_ack=lambda *given: acknowledged.append(given),
    )

    request.on_accepted(pid=1, time_accepted=time.monotonic())

    assert request.acknowledged
    assert acknowledged == []
