"""Values over 64 KiB stand apart from the journal: on SQLite and PostgreSQL, with real workers and Redis."""

import asyncio
import subprocess
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections, transaction
from redis import Redis

from backend.accounts.models import Workspace
from backend.runs.blobs import forget_unused, put_away, read_whole, release
from backend.runs.columns import dumps
from backend.runs.large_values import LARGE
from backend.runs.models import Blob, Event, Run, RunBlob
from backend.runs.reads import read
from backend.runs.redis_clients import key_of
from backend.runs.services import cancel_run
from backend.runs.sql import dialect
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, graph, node, until
from tests.runs.watching import entries_of, listening, public_of, told

QUERY = "All the world's a stage. " * 4_000
"""100 kB."""
DOUBLED = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query }}{{ start_1.query }}"),
        node("set_variable", name="said", operator="set", value="{{ template_1.text }}"),
        node("prompt", user="count to fifty"),
        node("answer", text="{{ vars.said | length }}: {{ template_1.text }}"),
    ],
    "start_1 -> template_1",
    "template_1 -> set_variable_1",
    "set_variable_1 -> prompt_1",
    "prompt_1 -> answer_1",
)
"""Makes twice the text of what was said, thinks for a while, and says it."""
WITHIN = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query }}{{ start_1.query }}"),
        node("answer", text="{{ template_1.text | length }}"),
    ],
    "start_1 -> template_1",
    "template_1 -> answer_1",
)
"""Large inside, with a short answer."""
SAYS_AND_WAITS = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query }}{{ start_1.query }}"),
        node("answer", text="{{ template_1.text }}"),
        node("ask_human", message="Go on?"),
    ],
    "start_1 -> template_1",
    "template_1 -> answer_1",
    "answer_1 -> ask_human_1",
)


@pytest.fixture(scope="module")
def worker(each_database: Stack) -> subprocess.Popen[bytes]:
    return each_database.start_worker()


@pytest.fixture
def stack(each_database: Stack, worker: subprocess.Popen[bytes]) -> Stack:
    return each_database


@pytest.fixture
def calm(stack: Stack) -> Iterator[None]:
    before = set(Run.objects.values_list("pk", flat=True))  # other tests may have left theirs at work
    yield
    begun = set(Run.objects.values_list("pk", flat=True)) - before
    assert begun
    assert violations(look(World(accepted=tuple(begun)))) == []


def held_by(run: Run) -> set[int]:
    return set(Blob.objects.filter(uses__run=run).values_list("pk", flat=True))


def facts_of(run: Run) -> list[dict[str, Any]]:
    return list(Event.objects.filter(run=run).order_by("seq").values_list("data", flat=True))


def sizes(run: Run) -> list[int]:
    rows = Event.objects.filter(run=run).exclude(type__startswith="run_")
    with connection.cursor() as cursor:
        cursor.execute(*rows.values_list("data").query.sql_with_params())
        return [len(text) for (text,) in cursor.fetchall()]


@pytest.mark.usefixtures("calm")
def test_a_large_value_is_written_once_and_every_fact_is_small(stack: Stack):
    run = stack.ended(stack.say(stack.app(DOUBLED), QUERY))

    assert run.answer == f"{2 * len(QUERY)}: {QUERY * 2}", run.error
    assert max(sizes(run)) < LARGE
    assert len(held_by(run)) == 3  # what was said, twice that, and the answer, in whatever facts they stand
    outputs = [data["output"]["text"] for data in facts_of(run) if "text" in (data.get("output") or {})]
    assert outputs[0]["preview"].startswith("All the world's a stage.")
    assert outputs[0]["bytes"] == 2 * len(QUERY) + 2


async def test_no_large_value_goes_through_redis_or_to_who_looks_at_the_trace(stack: Stack):
    run = await read(stack.say, await read(stack.app, WITHIN), QUERY)

    async with listening():
        entries = await asyncio.wait_for(entries_of(run), 45)

    kept = Redis.from_url(stack.redis_url).xrange(key_of(run.pk))
    assert sum(len(text) for _, fields in kept for text in fields.values()) < LARGE
    assert sum(len(str(entry)) for entry in entries) < LARGE
    assert (await read(stack.ended, run)).answer == str(2 * len(QUERY))


async def test_who_follows_the_answer_gets_it_whole(stack: Stack):
    run = await read(stack.say, await read(stack.app, DOUBLED), QUERY)

    async with listening():
        during, after = await asyncio.wait_for(public_of(run), 45), await public_of(run)

    assert told(during) == told(after) == f"{2 * len(QUERY)}: {QUERY * 2}"
    assert during[-1].data["answer"] == told(during)
    assert [event.data["text"] for event in during if event.event == "answer"] == [told(during)]


@pytest.mark.usefixtures("calm")
def test_a_run_whose_worker_is_killed_goes_on_with_its_large_values(
    stack: Stack, worker: subprocess.Popen[bytes]
):
    run = stack.say(stack.app(DOUBLED), QUERY)
    until(lambda: Event.objects.filter(run=run, path="prompt_1").exists(), "the model is asked")

    worker.kill()
    stack.start_worker()

    assert stack.ended(run).answer == f"{2 * len(QUERY)}: {QUERY * 2}"
    assert Event.objects.filter(run=run, type="run_claimed").count() == 2


def test_a_run_that_is_stopped_by_the_web_process_has_said_the_whole_of_it(stack: Stack):
    run = stack.say(stack.app(SAYS_AND_WAITS), QUERY)
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "it waits")

    assert cancel_run(run).status == "cancelled"

    assert Run.objects.get(pk=run.pk).answer == QUERY * 2


def test_what_two_runs_hold_goes_with_the_second(stack: Stack):
    version, query = stack.app(WITHIN), f"{uuid.uuid4()} {QUERY}"
    first, second = (stack.ended(stack.say(version, query)) for _ in range(2))
    held = held_by(first)
    assert held
    assert held_by(second) == held

    assert release([first.pk]) == 0
    assert read_whole(second.pk, facts_of(second))[1]["query"] == query

    assert release([second.pk]) > 2 * len(query)
    assert not Blob.objects.filter(pk__in=held).exists()
    assert not RunBlob.objects.filter(blob__in=held).exists()
    Run.objects.filter(pk__in=[first.pk, second.pk]).delete()


def test_what_was_held_only_by_runs_of_a_deleted_app_is_forgotten(stack: Stack):
    run = stack.ended(stack.say(stack.app(WITHIN), f"{uuid.uuid4()} {QUERY}"))
    held = held_by(run)
    assert forget_unused() == 0

    run.workflow.delete()

    assert forget_unused() > 2 * len(QUERY)
    assert held
    assert not Blob.objects.filter(pk__in=held).exists()


def test_a_workspace_goes_with_its_values_and_no_other_has_them(stack: Stack):
    query = f"{uuid.uuid4()} {QUERY}"
    bakery, garage = (Workspace.objects.create(name=name) for name in ("Bakery", "Garage"))
    one, other = (stack.ended(stack.say(stack.app(WITHIN, w), query)) for w in (bakery, garage))
    assert held_by(one)
    assert not held_by(one) & held_by(other)

    bakery.delete()

    assert not Blob.objects.filter(workspace_id=bakery.pk).exists()
    assert read_whole(other.pk, facts_of(other))[1]["query"] == query
    assert forget_unused() == 0


def test_a_value_that_a_run_takes_hold_of_at_this_moment_is_not_deleted(stack: Stack):
    version, query = stack.app(WITHIN), f"{uuid.uuid4()} {QUERY}"
    first, second = (stack.ended(stack.say(version, query if n == 0 else "short")) for n in range(2))
    is_held, may_commit = threading.Event(), threading.Event()

    def take_hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            put_away(cursor, dialect(), second.pk, {"value": query})
            is_held.set()
            may_commit.wait(10)
        connections.close_all()

    holding = threading.Thread(target=take_hold)
    holding.start()
    assert is_held.wait(10)
    threading.Timer(0.3, may_commit.set).start()  # long enough to pass by what is not committed yet
    release([first.pk])
    holding.join()

    assert list(Blob.objects.filter(uses__run=second).values_list("body", flat=True)) == [dumps(query)]
    release([second.pk])
    Run.objects.filter(pk__in=[first.pk, second.pk]).delete()


def test_the_oracle_sees_a_value_that_is_gone_and_one_that_nothing_names(stack: Stack):
    run = stack.ended(stack.say(stack.app(WITHIN), f"{uuid.uuid4()} {QUERY}"))
    told = World(accepted=(run.pk,))
    loose = Blob.objects.create(workspace_id=run.workspace_id, sha256="0" * 64, bytes=2, body="{}")
    with_loose = violations(look(told))
    loose.delete()

    assert violations(look(told)) == []
    assert len(with_loose) == 1
    RunBlob.objects.filter(run=run).delete()
    assert len([why for why in violations(look(told)) if str(run.pk) in why]) == 2
    forget_unused()
    Run.objects.filter(pk=run.pk).delete()


def test_a_fork_holds_the_large_values_that_it_reuses_when_its_origin_goes(stack: Stack):
    anna = make_person(f"{uuid.uuid4()}@example.com", Workspace.objects.create(name="Anna's"), "editor")
    run = stack.ended(stack.say(stack.app(WITHIN, anna.workspace), f"{uuid.uuid4()} {QUERY}"))
    asked = anna.client.post(
        f"/api/runs/{run.pk}/fork", {"from": "answer_1"}, content_type="application/json"
    )
    fork = stack.ended(asked.json()["id"])
    assert fork.answer == run.answer
    assert held_by(fork) == held_by(run)
    assert violations(look(World(accepted=(run.pk, fork.pk)))) == []

    release([run.pk])
    run.delete()

    reused = [data for data in read_whole(fork.pk, facts_of(fork)) if data.get("reused") and "port" in data]
    assert reused[-1]["output"]["text"] == run.query * 2
    release([fork.pk])
    fork.delete()
