"""A run that goes on from a step of another, with a changed result, whose worker dies at every durable write.

It comes to what a fresh run with that data comes to, and of the run that it goes on from no fact is touched.
I1 to I10 hold, on SQLite and on PostgreSQL. `make test` lets workers die in every transaction and after it;
TREADLE_SOAK=1 at every pass of every failpoint, and from a step in a round too.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from backend.accounts.auth import Principal
from backend.accounts.models import Role
from backend.runs.blobs import read_whole
from backend.runs.forks import Edits, fork_run
from backend.runs.models import Event, Run, RunBlob
from tests.chaos.nursery import Nursery, at_work
from tests.chaos.receiver import Receiver
from tests.chaos.stories import ANSWER, POSTS, UNREPEATABLE, publish_story, settle_all
from tests.chaos.test_failpoint_sweep import OF_WORKERS, deaths_at, nursery, receiver, stack
from tests.conftest import make_person
from tests.invariants import World, look, violations
from tests.runs.stack import Stack

__all__ = ["nursery", "receiver", "stack"]

IS_LONG = os.environ.get("TREADLE_SOAK") == "1"
POINTS = OF_WORKERS if IS_LONG else ["commit.before", "commit.after"]
STORIES: dict[str, tuple[Edits, str, set[str]]] = {
    "template_1": (
        {"template_1": {"output": {"text": "WHAM"}}},
        "wham",
        {"start_1", "branch_1", "template_5", "sub_workflow_1"},
    ),
    "loop_1[1].template_2": ({}, "what", {"template_1", "tool_2", "loop_1[0].answer_2", "template_5"}),
}
"""By the step that is gone on from: the edits, what a fresh run is asked to have that data, and some of what
is kept. The first run was asked something else that goes the same way."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 600)]


@pytest.mark.parametrize("path", list(STORIES) if IS_LONG else ["template_1"])
def test_a_fork_whose_worker_dies_at_any_write_comes_to_what_a_fresh_run_with_its_data_does(
    stack: Stack, nursery: Nursery, receiver: Receiver, path: str
):
    edits, word, kept = STORIES[path]
    version = publish_story(receiver.place).version
    anna = make_person(f"anna-{version.pk}@example.com", version.workspace, "owner")
    by = Principal("member", version.workspace_id, Role.OWNER, user=anna.user)
    with at_work(nursery):
        origin = stack.ended(stack.say(version, "what"))
        fresh = stack.ended(stack.say(version, word))
    assert fresh.answer == ANSWER.replace("WHAT", word.upper())
    before = all_of(origin)

    def fork() -> Run:
        return fork_run(Run.objects.get(pk=origin.pk), path=path, edits=edits, by=by)

    with ThreadPoolExecutor(3) as pool:
        swept = dict(pool.map(lambda point: (point, deaths_at(fork, nursery, point)), POINTS))
    forks = [pk for runs in swept.values() for pk in runs]
    with at_work(nursery):
        settle_all(forks, receiver)

    told = look(
        World(
            accepted=(origin.pk, fresh.pk, *forks),
            hits=tuple(receiver.hits),
            posts=POSTS,
            unrepeatable=UNREPEATABLE,
            pinned=dict.fromkeys(forks, version.pk),
            owners=dict.fromkeys(forks, version.workspace_id),
        )
    )
    assert violations(told) == []
    assert all_of(origin) == before
    assert {run.answer for run in told.runs if run.id in forks} == {fresh.answer}
    want = given_by(fresh.pk)
    assert all(given_by(pk) == want for pk in forks)
    reused = [
        fact.path for run in told.runs if run.id in forks for fact in run.facts if "reused" in fact.data
    ]
    assert kept <= set(reused)
    assert sum(len(runs) - 1 for runs in swept.values()) > 10


def all_of(run: Run) -> list[Any]:
    """A run as the database has it: its row, its facts, and the large values that it holds."""
    return [
        Run.objects.filter(pk=run.pk).values().get(),
        list(Event.objects.filter(run=run).order_by("seq").values_list("seq", "type", "path", "at", "data")),
        set(RunBlob.objects.filter(run=run).values_list("blob", flat=True)),
    ]


def given_by(run: UUID) -> dict[str, Any]:
    """What each step gave and by which way it was left. What began the run and what a receiver answered are
    left out: the first was asked something else, and a person may have told the rest."""
    facts = Event.objects.filter(run=run, type="node_succeeded").values_list("path", "data").order_by("seq")
    whole = dict(zip([path for path, _ in facts], read_whole(run, [data for _, data in facts]), strict=True))
    return {
        path: (data["output"], data["port"])
        for path, data in whole.items()
        if not path.startswith(("start", "tool"))
    }
