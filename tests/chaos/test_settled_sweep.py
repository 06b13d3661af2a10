"""A write was cut off, and a person says what became of it: done, again, or failed. Whenever they say it, and
whoever dies of writing it down or of going on from there, what they said counts once. I1 to I10 hold, on
SQLite and on PostgreSQL.

`make test` lets the worker that does it again die at every commit; TREADLE_SOAK=1 tries every way at every
pass of every failpoint.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.db.models.functions import Now

from backend.accounts.errors import ApiError
from backend.runs.models import Run, RunStatus
from backend.runs.waits import Settlement, settle_run
from backend.workflows.models import Version
from tests.chaos.nursery import Child, Nursery, at_work
from tests.chaos.pace import asking, back_to, paced
from tests.chaos.receiver import Receiver
from tests.chaos.standing import LEASE_S, dies_telling, standing, tell
from tests.chaos.stories import DONE, payment, settle_all
from tests.chaos.test_failpoint_sweep import OF_WORKERS, nursery, receiver, stack
from tests.conftest import Person, make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, graph, node

__all__ = ["nursery", "receiver", "stack"]

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
MOST_PASSES = 30
CUT_OFF: dict[Settlement, str] = {
    "done": "step_result.before:2",  # it was sent, and the answer is lost
    "fail": "step_result.before:2",
    "again": "step_intent.after:2",  # it was about to be sent
}
"""Where the worker dies, so that the person tells the truth."""
COMES_TO = {"done": "200", "again": "200", "fail": "Sorry: worker_crashed"}
COMING_TO_REST = ("timer.after", "commit.after:2", "release.before", "release.after")
"""Where a worker stands that lets the run wait, while the person says it already."""
GOING_ON = OF_WORKERS if IS_LONG else ["commit.after"]
"""Where a worker dies that goes on with what was said."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 240)]


def careful(place: str) -> dict[str, Any]:
    """The payment that must not be repeated, with a path for the case that it failed."""
    drawn = payment(place)
    return {
        **drawn,
        "nodes": [*drawn["nodes"], node("answer", 2, text="Sorry: {{ tool_1.code }}")],
        "edges": drawn["edges"] + graph([], "tool_1.error -> answer_2")["edges"],
    }


def said(action: Settlement) -> dict[str, Any]:
    return {"path": "tool_1", "action": action, **({"output": DONE} if action == "done" else {})}


@dataclass
class Town:
    """An installation, an app, and its runs by what is said of them."""

    stack: Stack
    nursery: Nursery
    version: Version
    anna: Person
    web: Child
    runs: dict[UUID, Settlement] = field(default_factory=dict)

    def cut_off(self, action: Settlement) -> Run:
        """A run whose worker died in the middle of the payment."""
        run = self.stack.say(self.version, "pay")
        self.runs[run.pk] = action
        assert self._worker(run, CUT_OFF[action])
        return run

    def waiting(self, action: Settlement) -> Run:
        """One that waits to be told."""
        run = self.cut_off(action)
        assert not self._worker(run, "")
        assert Run.objects.get(pk=run.pk).status == RunStatus.WAITING
        return run

    def settle_coming_to_rest(self, way: tuple[Settlement, str]) -> bool:
        """Says it while the worker that finds out stands at a point; gives whether that was early enough."""
        action, point = way
        try:
            run = self.cut_off(action)
            worker, folder = standing(self.stack, self.nursery, run.pk, point)
            assert (folder / "held").exists(), point
            is_early = self._settle(run, action)
            (folder / "go").touch()
            assert worker.wait() == 0
            if not is_early:
                assert self._settle(run, action)
            return is_early
        finally:
            connections.close_all()

    def die_telling(self, way: tuple[Settlement, str]) -> None:
        """A web process dies of being told; whoever told it says it once more."""
        action, side = way
        try:
            run = self.waiting(action)
            dies_telling(self.nursery, self.anna, run.pk, "settle", f"signal.{side}", **said(action))
            answer = tell(self.web, self.anna, run.pk, "settle", **said(action))
            assert answer.status_code == (200 if side == "before" else 409)
        finally:
            connections.close_all()

    def die_at_every_pass(self, way: tuple[Settlement, str]) -> int:
        """Worker after worker dies at the first, second, ... pass of going on; gives how many there are."""
        action, point = way
        return next(n for n in range(1, MOST_PASSES) if not self.die_going_on((action, f"{point}:{n}"))) - 1

    def die_going_on(self, way: tuple[Settlement, str]) -> bool:
        """A worker dies at a point after it was told; gives whether it came that far."""
        action, point = way
        try:
            run = self.waiting(action)
            assert self._settle(run, action)
            return self._worker(run, point)
        finally:
            connections.close_all()

    def _settle(self, run: Run, action: Settlement) -> bool:
        """Whether it was asked about by now."""
        try:
            settle_run(run, "tool_1", action, DONE if action == "done" else None)
        except ApiError:
            return False
        return True

    def _worker(self, run: Run, point: str) -> bool:
        """Lets a worker have the run; gives whether it died there. Nobody waits for a dead one's lease."""
        status = self.nursery.worker(runs=[run.pk], failpoint=point, lease_s=LEASE_S).wait()
        assert status in (0, 137)
        Run.objects.filter(pk=run.pk, lease_until__isnull=False).update(lease_until=Now())
        return status == 137


def test_an_unknown_outcome_may_be_settled_in_each_way_whoever_dies_of_it(
    stack: Stack, nursery: Nursery, receiver: Receiver
):
    version = stack.app(careful(receiver.place))
    anna = make_person(f"{version.pk}@example.com", version.workspace, "owner")
    town = Town(stack, nursery, version, anna, nursery.web())
    calm: list[UUID] = []
    ask = asking(stack, lambda: stack.say(version, "pay"), calm)
    with at_work(nursery):
        before_s = paced(ask)

    with ThreadPoolExecutor(3) as pool:
        early = list(pool.map(town.settle_coming_to_rest, _ways(COMING_TO_REST)))
        list(pool.map(town.die_telling, _ways(("before", "after"))))
        if not IS_LONG:
            some: list[tuple[Settlement, str]] = [("done", "commit.after:2"), ("fail", "commit.after:2")]
            assert all(pool.map(town.die_going_on, some))
        actions: list[Settlement] = list(CUT_OFF) if IS_LONG else ["again"]
        passes = list(pool.map(town.die_at_every_pass, [(a, p) for a in actions for p in GOING_ON]))
    with at_work(nursery):
        asked_anew = settle_all(list(town.runs), receiver)
        pace = back_to(before_s, ask)

    seen = look(
        World(
            accepted=(*town.runs, *calm),
            hits=tuple(receiver.hits),
            posts=frozenset({"tool_1"}),
            unrepeatable=frozenset({"tool_1"}),
            pinned=dict.fromkeys(town.runs, version.pk),
            owners=dict.fromkeys(town.runs, version.workspace_id),
            pace=pace,
        )
    )
    assert violations(seen) == []
    assert {run.id: run.answer for run in seen.runs if run.id in town.runs} == {
        run: COMES_TO[action] for run, action in town.runs.items()
    }
    assert len(receiver.hits) == len(town.runs) + len(calm), "each payment arrived once"
    assert early.count(True) > 1, "the note came while the run was still held"
    assert max(passes) >= 3
    assert asked_anew > 0, "what was done again may be cut off again"


def _ways(points: Sequence[str]) -> list[tuple[Settlement, str]]:
    """Each point with one of the three; every one of them where there is time for it."""
    actions = list(CUT_OFF)
    if IS_LONG:
        return [(action, point) for action in actions for point in points]
    return [(actions[n % 3], point) for n, point in enumerate(points)]
