"""Somebody pauses a run while its worker stands anywhere, and lets it go on; and whoever writes that down
dies around each write. I1 to I10 hold, on SQLite and on PostgreSQL.

A commit that was over when the run was paused does not tell of it. So where only pure steps are left then, a
run may end before it has heard; before a step that acts it hears of it without fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.db import connections
from django.db.models.functions import Now

from backend.runs.models import FINAL, Run
from backend.runs.waits import pause_run, resume_run
from backend.workflows.models import Version
from tests.chaos.nursery import Child, Nursery, at_work
from tests.chaos.pace import asking, back_to, paced
from tests.chaos.receiver import Receiver
from tests.chaos.standing import MODEL_HAS_ANSWERED, Verb, dies_telling, small, standing, tell
from tests.chaos.stories import POSTS
from tests.chaos.test_failpoint_sweep import nursery, receiver, stack
from tests.conftest import Person, make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, until

__all__ = ["nursery", "receiver", "stack"]

MOST_PASSES = 20
COMING_TO_REST = ("timer.before", "timer.after", "outbox.after", "release.before", "release.after")
"""Where a worker dies that lets a paused run go."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@dataclass
class Town:
    """An installation, an app, and its runs: all of them, and those that are paused and must not act."""

    stack: Stack
    nursery: Nursery
    version: Version
    anna: Person
    web: Child
    runs: list[UUID] = field(default_factory=list)
    resting: list[UUID] = field(default_factory=list)

    def say(self) -> Run:
        run = self.stack.say(self.version, "what")
        self.runs.append(run.pk)
        return run

    def pause_at_every_pass(self, point: str) -> int:
        """Pauses one run after the other at each pass of a point; gives how many there are."""
        try:
            return next(n for n in range(1, MOST_PASSES) if not self.pause_at(self.say(), f"{point}:{n}")) - 1
        finally:
            connections.close_all()

    def die_coming_to_rest(self, then: str) -> None:
        """A run that is paused before it acts, and whose worker dies of letting it go."""
        try:
            run = self.say()
            self.resting.append(run.pk)
            self.pause_at(run, MODEL_HAS_ANSWERED, then)
        finally:
            connections.close_all()

    def die_telling(self, run: UUID, verb: Verb, side: str) -> None:
        """A web process dies of telling the run; whoever asked asks once more."""
        dies_telling(self.nursery, self.anna, run, verb, f"{verb}.{side}")
        assert tell(self.web, self.anna, run, verb).status_code == 200

    def pause_at(self, run: Run, point: str, then: str = "") -> bool:
        """The run's worker stands at `point` while it is paused, and dies at `then` when it goes on."""
        worker, folder = standing(self.stack, self.nursery, run.pk, point, then=then)
        is_reached = (folder / "held").exists()
        pause_run(run)
        (folder / "go").touch()
        assert worker.wait() == (137 if then else 0)
        # Nobody renews what a dead worker held: let it be over now, and not in a minute.
        Run.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=Now())
        return is_reached


def test_a_run_may_be_paused_and_continued_anywhere_whoever_dies_of_it(
    stack: Stack, nursery: Nursery, receiver: Receiver
):
    version = stack.app(small(receiver.place))
    anna = make_person(f"{version.pk}@example.com", version.workspace, "owner")
    town = Town(stack, nursery, version, anna, nursery.web())
    ask = asking(stack, lambda: stack.say(version, "what"), town.runs)
    with at_work(nursery):
        before_s = paced(ask)

    with ThreadPoolExecutor(3) as pool:
        passes = pool.submit(town.pause_at_every_pass, "commit.after")
        resting = pool.map(town.die_coming_to_rest, COMING_TO_REST)
        queued = [town.say().pk for _ in range(2)]
        list(pool.map(town.die_telling, queued, ("pause", "pause"), ("before", "after")))
        list(resting)
    town.resting += queued

    with at_work(nursery):
        until(lambda: _are_at_rest(town.runs), "all wait or have ended")
        assert violations(look(World(accepted=tuple(town.runs)))) == []
        assert not {str(run) for run in town.resting} & {hit.key.partition(":")[0] for hit in receiver.hits}
        waiting = list(Run.objects.filter(pk__in=town.runs, status="waiting"))
        assert {run.pk for run in waiting} >= set(town.resting)
    with ThreadPoolExecutor(2) as pool:
        some = [run.pk for run in waiting]
        list(pool.map(town.die_telling, some, ("resume", "resume"), ("before", "after")))
    for run in waiting:
        resume_run(run)
    with at_work(nursery):
        until(lambda: _have_ended(town.runs), "all have ended")
        pace = back_to(before_s, ask)

    seen = look(
        World(
            accepted=tuple(town.runs),
            hits=tuple(receiver.hits),
            posts=POSTS,
            pinned=dict.fromkeys(town.runs, version.pk),
            owners=dict.fromkeys(town.runs, version.workspace_id),
            pace=pace,
        )
    )
    assert violations(seen) == []
    assert {(run.status, run.answer) for run in seen.runs} == {("succeeded", "You said: what 200 2")}
    assert len(receiver.hits) == len(town.runs)
    assert passes.result() >= 6


def _are_at_rest(runs: Sequence[UUID]) -> bool:
    return not Run.objects.filter(pk__in=runs).exclude(status__in=[*FINAL, "waiting"]).exists()


def _have_ended(runs: Sequence[UUID]) -> bool:
    return not Run.objects.filter(pk__in=runs).exclude(status__in=FINAL).exists()
