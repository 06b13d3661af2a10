"""Waiting outlives everything: all is killed and started again, and each answer still reaches who asked.

A dozen runs here; 200 with TREADLE_SOAK=1.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.accounts.errors import ApiError
from backend.files.services import Sender
from backend.runs.answers import Answerer, answer_run
from backend.runs.models import Event, Run, RunStatus, Wait
from tests.runs.stack import Stack, graph, node, until

SOAK = bool(os.environ.get("TREADLE_SOAK"))
RUNS = 200 if SOAK else 12
HASTY = RUNS // 3
pytestmark = pytest.mark.timeout(1800 if SOAK else 120)

NAME = {"message": "Who?", "fields": [{"name": "who", "required": True}]}
TWO = graph(
    [
        node("start"),
        node("ask_human", **NAME),
        node("ask_human", 2, **NAME),
        node(
            "template",
            text="{{ start_1.query }}: {{ ask_human_1.fields.who }} {{ ask_human_2.fields.who }}",
        ),
        node("answer", text="{{ template_1.text }}"),
    ],
    "start_1 -> ask_human_1",
    "start_1 -> ask_human_2",
    "ask_human_1 -> template_1",
    "ask_human_2 -> template_1",
    "template_1 -> answer_1",
)
"""Two questions side by side; says its own message and both answers."""
LATE = graph(
    [
        node("start"),
        node("ask_human", message="Quick?", time_limit=2, time_unit="seconds"),
        node("answer", text="answered"),
        node("answer", 2, text="nobody"),
    ],
    "start_1 -> ask_human_1",
    "ask_human_1 -> answer_1",
    "ask_human_1.timeout -> answer_2",
)


def answer(run: Run, path: str, who: str | None = None) -> Run:
    sender = Sender(run.workspace_id, run.workflow_id, "member", "anna")
    fields: dict[str, Any] = {} if who is None else {"who": who}
    return answer_run(run, path=path, action="", fields=fields, by=Answerer("member", "anna"), sender=sender)


def all_wait(runs: list[Run]) -> bool:
    return Run.objects.filter(pk__in=[run.pk for run in runs], status=RunStatus.WAITING).count() == len(runs)


def test_killed_and_restarted_every_answer_reaches_its_waiter_and_each_time_out_fires_once(stack: Stack):
    worker = stack.start_worker()
    two, late = stack.app(TWO), stack.app(LATE)
    asking = [stack.say(two, f"run {n}") for n in range(RUNS)]
    hasty = [stack.say(late, "Hello") for _ in range(HASTY)]
    until(lambda: all_wait(asking), "all wait", stack.log_tail)
    held = Run.objects.filter(pk__in=[run.pk for run in asking], lease_owner__isnull=False)

    assert (held.count(), Wait.objects.filter(run__in=asking).count()) == (0, 2 * RUNS)
    worker.kill()
    stack.kill_redis()
    said = [(run, path) for run in asking for path in ("ask_human_1", "ask_human_2")]
    random.Random(7).shuffle(said)
    for run, path in said[:RUNS]:  # while nothing runs that could take them
        answer(run, path, f"{run.query}/{path[-1]}")
    stack.start_redis()
    with ThreadPoolExecutor() as side_by_side:  # two sweeps look for what is due
        list(side_by_side.map(lambda _: stack.start_worker(), range(2)))
    for run, path in said[RUNS:]:
        answer(run, path, f"{run.query}/{path[-1]}")

    for run in asking:
        assert stack.ended(run).answer == f"{run.query}: {run.query}/1 {run.query}/2"
    for run, path in said[:3]:
        with pytest.raises(ApiError, match="already_answered"):
            answer(run, path, "someone else")
    given = Event.objects.filter(run__in=asking, type="signal_received")
    assert given.count() == 2 * RUNS
    for run in hasty:
        assert stack.ended(run).answer == "nobody"
        overs = Event.objects.filter(run=run, type="step_done", data__contains="#over answer")
        assert overs.count() == 1
        with pytest.raises(ApiError, match="answer_too_late"):
            answer(run, "ask_human_1")
    assert not Wait.objects.filter(run__in=[*asking, *hasty]).exists()
