"""A worker dies at the N-th pass of every failpoint, N = 1, 2, 3, ... until a run ends without a death.

Another worker goes on, and I1 to I10 hold: on SQLite and on PostgreSQL, with a receiver that counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import connections

from backend.runs.failpoint import POINTS
from backend.runs.models import Run
from tests.chaos.nursery import Child, Nursery, at_work, port_answers
from tests.chaos.pace import asking, back_to, paced
from tests.chaos.receiver import Receiver, receiving
from tests.chaos.standing import dies_telling
from tests.chaos.stories import (
    ANSWER,
    DONE,
    PAPER,
    POSTS,
    READ,
    UNREPEATABLE,
    payment,
    publish_story,
    reading,
    say_with_paper,
    settle_all,
)
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, installed, looking_at, until

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
MOST_PASSES = 60
LEASE_S = 4.0
"""Long enough that no worker loses a run on a busy machine, short enough to wait for it once."""

OF_WEB = ("accept", "dispatch", "signal", "cancel", "pause", "resume")
OF_WORKERS = [point for point in POINTS if point.partition(".")[0] not in OF_WEB]
OF_ACCEPTING = ("accept", "commit", "dispatch")
NOT_PASSED = {"renew", "timer", "release"}
"""Points that this graph does not pass by itself: nothing in it waits, and it ends within a lease."""
pytestmark = pytest.mark.timeout(1800 if IS_LONG else 240)


@pytest.fixture(params=["sqlite", "postgresql"])
def stack(request: Any, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation on each database, with Redis running."""
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated_data")
        with installed(migrated, tmp_path / "data", django_db_blocker) as built:
            yield built
        return
    built = Stack(tmp_path, database_url=request.getfixturevalue("postgresql_url"))
    built.start_redis()
    try:
        with django_db_blocker.unblock(), looking_at(built):
            yield built
    finally:
        built.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as counting:
        yield counting


@pytest.fixture
def nursery(stack: Stack, receiver: Receiver) -> Iterator[Nursery]:
    stack.script('delay_s: 0\nreply: "You said: {message}"\n')
    forking = Nursery(
        stack, TREADLE_ALLOWED_HOSTS_PRIVATE=receiver.place, TREADLE_SWEEP_S="0.2", TREADLE_STOP_S="0.5"
    )
    try:
        yield forking
    finally:
        forking.close()


def test_a_worker_may_die_at_any_pass_of_any_failpoint(stack: Stack, nursery: Nursery, receiver: Receiver):
    version = publish_story(receiver.place, has_paper=IS_LONG).version

    def say() -> Run:
        return say_with_paper(stack, version, "what") if IS_LONG else stack.say(version, "what")

    calm: list[UUID] = []
    ask = asking(stack, say, calm)
    with at_work(nursery):
        before_s = paced(ask)
    with ThreadPoolExecutor(3) as pool:
        swept = dict(pool.map(lambda point: (point, deaths_at(say, nursery, point)), OF_WORKERS))
    runs = [pk for deaths in swept.values() for pk in deaths]
    with at_work(nursery):
        settled = settle_all(runs, receiver)
        pace = back_to(before_s, ask)

    runs += calm
    told = look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=POSTS,
            unrepeatable=UNREPEATABLE,
            pinned=dict.fromkeys(runs, version.pk),
            owners=dict.fromkeys(runs, version.workspace_id),
            pace=pace,
        )
    )

    assert violations(told) == []
    assert {run.answer for run in told.runs} == {f"{ANSWER} / {PAPER.decode()}" if IS_LONG else ANSWER}
    assert {p.partition(".")[0] for p, deaths in swept.items() if len(deaths) == 1} <= NOT_PASSED
    assert sum(len(deaths) - 1 for deaths in swept.values()) > 100
    assert settled > 1


def test_a_run_that_reads_a_file_survives_a_death_after_any_commit(stack: Stack, nursery: Nursery):
    """The long profile sends a file along with the whole story, and dies at every failpoint."""
    version = stack.app(reading())
    runs = deaths_at(lambda: say_with_paper(stack, version, "what"), nursery, "commit.after")
    with at_work(nursery):
        for run in runs:
            stack.ended(run)

    told = look(World(accepted=tuple(runs)))
    assert violations(told) == []
    assert {run.answer for run in told.runs} == {READ}
    assert len(runs) > 4


def test_a_web_process_may_die_while_it_accepts_a_run(stack: Stack, nursery: Nursery, receiver: Receiver):
    published = publish_story(receiver.place)
    calm: list[UUID] = []
    ask = asking(stack, lambda: stack.say(published.version, "what"), calm)
    with at_work(nursery):
        before_s = paced(ask)
    points = [f"{write}.{side}:1" for write in OF_ACCEPTING for side in ("before", "after")]
    accepted: list[UUID] = []
    for point in points:
        doomed = nursery.web(failpoint=point)
        with suppress(httpx.TransportError):
            _post(doomed, published.api_key, key_of_request=point)
        assert doomed.wait() == 137
        again = nursery.web()  # the client asks again with the same key until it is answered
        answer = _post(again, published.api_key, key_of_request=point)
        assert answer.status_code == 202, answer.text
        accepted.append(UUID(answer.json()["id"]))
        again.kill()
    with at_work(nursery):
        for run in accepted:
            stack.ended(run)
        pace = back_to(before_s, ask)

    runs = Run.objects.filter(version=published.version).values_list("pk", flat=True)
    told = look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=POSTS,
            unrepeatable=UNREPEATABLE,
            owners=dict.fromkeys(accepted, published.version.workspace_id),
            pace=pace,
        )
    )
    assert violations(told) == []
    assert sorted(run.id for run in told.runs) == sorted([*accepted, *calm])


def test_a_run_that_waits_for_a_person_survives_the_deaths_around_its_wait(
    stack: Stack, nursery: Nursery, receiver: Receiver
):
    version = stack.app(payment(receiver.place))
    calm: list[UUID] = []
    ask = asking(stack, lambda: stack.say(version, "pay"), calm)
    with at_work(nursery):
        before_s = paced(ask)
    anna = make_person("anna@example.com", version.workspace, "owner")
    points = [f"{write}.{side}" for write in ("timer", "release", "signal") for side in ("before", "after")]
    runs = {point: stack.say(version, "pay") for point in points}
    for run in runs.values():  # the payment is sent, and its answer is not stored
        assert nursery.worker(runs=[run.pk], failpoint="step_result.before:2", lease_s=1).wait() == 137
    time.sleep(1.2)
    for point, run in runs.items():
        if not point.startswith("signal"):
            assert nursery.worker(runs=[run.pk], failpoint=f"{point}:1", lease_s=1).wait() == 137
    with at_work(nursery):
        waiting = Run.objects.filter(version=version, status="waiting")
        until(lambda: waiting.count() == len(runs), "all are waiting")
        assert violations(look(World(accepted=tuple(run.pk for run in runs.values())))) == []

        for point, run in runs.items():
            if point.startswith("signal"):
                said = {"path": "tool_1", "action": "done", "output": DONE}
                dies_telling(nursery, anna, run.pk, "settle", point, **said)
        settle_all([run.pk for run in runs.values()], receiver)
        pace = back_to(before_s, ask)

    told = look(
        World(
            accepted=(*calm, *(run.pk for run in runs.values())),
            pace=pace,
            hits=tuple(receiver.hits),
            posts=POSTS,
            unrepeatable=frozenset({"tool_1"}),
        )
    )
    assert violations(told) == []
    assert {run.status for run in told.runs} == {"succeeded"}
    assert len(receiver.hits) == len(runs) + len(calm)


def _post(web: Child, key: str | None, *, key_of_request: str) -> httpx.Response:
    port_answers(web)
    return httpx.post(
        f"http://127.0.0.1:{web.port}/v1/runs",
        json={"query": "what", "mode": "async"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": key_of_request},
        timeout=30,
    )


def deaths_at(say: Callable[[], Run], nursery: Nursery, point: str) -> list[UUID]:
    """The runs whose worker died at the first, second, third, ... pass, and the one that lived."""
    runs = []
    try:
        for count in range(1, MOST_PASSES):
            run = say()
            runs.append(run.pk)
            doomed = nursery.worker(runs=[run.pk], failpoint=f"{point}:{count}", lease_s=LEASE_S)
            if doomed.wait() != 137:
                return runs
    finally:
        connections.close_all()
    pytest.fail(f"{point} was still reached at the last pass.")
