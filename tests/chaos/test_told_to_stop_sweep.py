"""Somebody cancels a run while its worker stands at any pass of a failpoint; and whoever writes
that down dies around each write. I1 to I10 hold, on SQLite and on PostgreSQL.

`make test` goes through every commit of a small app. TREADLE_SOAK=1 takes every pass of every failpoint of
the long story twice: once the worker goes on, once it dies at a way on which STOPPING_SEED chooses.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from backend.runs.models import FINAL, Run
from backend.runs.services import cancel_run
from backend.workflows.models import Version
from tests.chaos.nursery import Nursery, at_work
from tests.chaos.pace import asking, back_to, paced
from tests.chaos.receiver import Receiver
from tests.chaos.standing import MODEL_HAS_ANSWERED, dies_telling, small, standing, tell
from tests.chaos.stories import POSTS, UNREPEATABLE, publish_story, settle_all
from tests.chaos.test_failpoint_sweep import OF_WORKERS, nursery, receiver, stack
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, until

__all__ = ["nursery", "receiver", "stack"]

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
SEED = int(os.environ.get("STOPPING_SEED", "20260101"))
MOST_PASSES = 60
LEAST_PASSES = 6
"""So often the small app commits, from its claim to its end."""
ANSWERS_WITHIN_S = 0.3
"""A cancel that needs a row which the standing worker holds is not answered before the worker goes on."""

AT_POINTS = OF_WORKERS if IS_LONG else ["commit.after"]
WAYS_ON = ("", "finish.before", "finish.after", "commit.before", "commit.after", "outbox.after")
"""Where the worker dies when it goes on, if it does."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 240)]


@dataclass
class Told:
    """The runs of a sweep, and when their cancel was answered."""

    runs: list[UUID] = field(default_factory=list)
    cancelled: dict[UUID, datetime] = field(default_factory=dict)

    def add(self, run: UUID, answered_at: datetime) -> None:
        self.runs.append(run)
        self.cancelled[run] = answered_at


@pytest.fixture
def version(stack: Stack, receiver: Receiver) -> Version:
    return publish_story(receiver.place).version if IS_LONG else stack.app(small(receiver.place))


def test_a_run_may_be_cancelled_at_any_pass_whoever_dies_of_it(
    stack: Stack, nursery: Nursery, receiver: Receiver, version: Version
):
    calm: list[UUID] = []
    ask = asking(stack, lambda: stack.say(version, "what"), calm)
    with at_work(nursery):
        before_s = paced(ask)
    told = Told()
    with ThreadPoolExecutor(3) as pool:
        passes = list(pool.map(lambda point: _sweep(stack, nursery, version, told, point), AT_POINTS))
        if not IS_LONG:
            some = [("commit.after:4", then) for then in WAYS_ON[1:]]
            list(pool.map(lambda way: _cancel_at(stack, nursery, version, told, *way), some))
    with at_work(nursery):
        settle_all(told.runs, receiver)
        pace = back_to(before_s, ask)

    seen = _look(receiver, [*told.runs, *calm], version, cancelled=told.cancelled, pace=pace)
    assert violations(seen) == [], f"STOPPING_SEED={SEED} repeats this."
    ends = [run.status for run in seen.runs if run.id in told.cancelled]
    assert set(ends) <= {"cancelled", "succeeded"}
    most_that_were_over = 6 * len(AT_POINTS) if IS_LONG else 12
    assert ends.count("cancelled") >= len(told.runs) - most_that_were_over
    assert max(passes) >= LEAST_PASSES


def test_whoever_writes_a_cancel_down_may_die_of_it(
    stack: Stack, nursery: Nursery, receiver: Receiver, version: Version
):
    """A web process that is asked; and a worker that ends the run of another that does not stop."""
    anna = make_person(f"{version.pk}@example.com", version.workspace, "owner")
    told, frozen = Told(), []
    again = nursery.web()
    for point in ("cancel.before", "cancel.after"):
        for is_held in (False, True):
            run = stack.say(version, "what")
            if is_held:
                frozen.append(standing(stack, nursery, run.pk, MODEL_HAS_ANSWERED))
            dies_telling(nursery, anna, run.pk, "cancel", point)
            assert tell(again, anna, run.pk, "cancel").status_code == 200
            told.add(run.pk, datetime.now(UTC))
    for point in ("cancel.before", "cancel.after"):
        assert nursery.worker(sweeps=True, failpoint=point).wait() == 137
    with at_work(nursery):
        until(lambda: _have_ended(told.runs), "all have ended")
    for _, folder in frozen:  # they come back, and find themselves shut out
        (folder / "go").touch()
    for worker, _ in frozen:
        worker.wait()
    again.kill()

    seen = _look(receiver, told.runs, version, cancelled=told.cancelled)
    assert violations(seen) == []
    assert {run.status for run in seen.runs} == {"cancelled"}


def _sweep(stack: Stack, nursery: Nursery, version: Version, told: Told, point: str) -> int:
    """Cancels one run after the other at the first, second, ... pass of a point; gives how many there are."""
    dice = Random(f"{SEED} {point}")
    for count in range(1, MOST_PASSES):
        if not _cancel_at(stack, nursery, version, told, f"{point}:{count}", ""):
            return count - 1
        if IS_LONG:
            _cancel_at(stack, nursery, version, told, f"{point}:{count}", dice.choice(WAYS_ON[1:]))
    pytest.fail(f"{point} was still reached at the last pass.")


def _cancel_at(stack: Stack, nursery: Nursery, version: Version, told: Told, point: str, then: str) -> bool:
    """A run whose worker stands at `point` while it is cancelled, and dies at `then` when it goes on."""
    try:
        run = stack.say(version, "what").pk
        worker, folder = standing(stack, nursery, run, point, then=then)
        is_reached = (folder / "held").exists()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_cancel, run)
            _wait(answer, ANSWERS_WITHIN_S)
            (folder / "go").touch()
            told.add(run, answer.result())
        worker.wait()
        return is_reached
    finally:
        connections.close_all()


def _cancel(run: UUID) -> datetime:
    try:
        cancel_run(Run.objects.get(pk=run))
        return datetime.now(UTC)
    finally:
        connections.close_all()


def _wait(answer: Future[datetime], most_s: float) -> None:
    with suppress(TimeoutError):
        answer.result(most_s)


def _have_ended(runs: Sequence[UUID]) -> bool:
    return not Run.objects.filter(pk__in=runs).exclude(status__in=FINAL).exists()


def _look(receiver: Receiver, runs: Sequence[UUID], version: Version, **more: Any) -> World:
    return look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=POSTS,
            unrepeatable=UNREPEATABLE if IS_LONG else frozenset(),
            pinned=dict.fromkeys(runs, version.pk),
            owners=dict.fromkeys(runs, version.workspace_id),
            **more,
        )
    )
