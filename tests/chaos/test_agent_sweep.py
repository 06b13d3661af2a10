"""A worker dies at every write of a run in which an agent works: the calls it made are made once, and what a
person approved is asked about once. On SQLite and on PostgreSQL.

The receiver counts; a person says truthfully what became of a call that was cut off, and approves the one
that asks first; another worker goes on in the round that the agent was in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from backend.accounts.errors import ApiError
from backend.files.services import Sender
from backend.runs.answers import Answerer, answer_run
from backend.runs.models import Run, Signal, Wait
from backend.workflows.models import Version
from tests.chaos.nursery import Nursery, at_work
from tests.chaos.receiver import Receiver
from tests.chaos.stories import settle_all
from tests.chaos.test_failpoint_sweep import LEASE_S, deaths_at, nursery, receiver, stack
from tests.invariants import Story, World, look, violations
from tests.runs.stack import Stack, graph, node

__all__ = ["nursery", "receiver", "stack"]

SCRIPT = """
delay_s: 0
rules:
  - when: pay four
    tools: true
    reply: I do it.
    calls:
      - {name: again, arguments: {order: "1"}}
      - {name: once, arguments: {order: "2"}}
      - {name: once, arguments: {order: "3"}}
      - {name: refund, arguments: {order: "4"}}
      - {name: count, arguments: {formula: 6 * 7}}
reply: Done.
"""
POINTS = (
    "commit.before",
    "commit.after",
    "step_intent.before",
    "step_intent.after",
    "step_result.before",
    "step_result.after",
    "timer.after",
)
"""Where a worker dies of a run that nobody was asked about yet. The last one is where it asks."""
APPROVED = ("commit.after", "step_result.before")
"""Where one dies that goes on with what was approved."""
CALLS = ("0].tool_1", "0].tool_2", "1].tool_2", "0].tool_3")
QUESTION = "agent_1[0].ask_tool_3"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def post(n: int, name: str, place: str, use: str | None, **more: Any) -> dict[str, Any]:
    config = {
        "method": "POST",
        "address": f"http://{place}/{name}",
        "body": "json",
        "json_body": {"order": "{{ args.order }}"},
        "arguments": [{"name": "order"}],
    }
    tool = node("tool", n, **config, **more)
    return {**tool, "title": name, **({"tool": {"use": use}} if use else {})}


def an_agent(place: str) -> dict[str, Any]:
    count = {**node("calculate"), "tool": {"name": "count"}}
    body = graph(
        [
            post(1, "again", place, "auto", may_repeat=True),
            post(2, "once", place, "auto"),
            post(3, "refund", place, None),  # it writes, so it asks first
            count,
        ]
    )
    return graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}"), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )


def approve(run: Run) -> None:
    """What a person presses who is asked about a call of this run."""
    sender = Sender(run.workspace_id, run.workflow_id, "member", "anna")
    for path in Wait.objects.filter(run=run, reason="ask_human").values_list("path", flat=True):
        with suppress(ApiError):  # it was answered already, and the run goes on in a moment
            by = Answerer("member", "anna", "Anna")
            answer_run(run, path=path, action="approve", fields={}, by=by, sender=sender)


def approved(stack: Stack, version: Version, nursery: Nursery) -> Run:
    """A run whose call is approved, and which nobody has gone on with."""
    run = stack.say(version, "pay four")
    assert nursery.worker(runs=[run.pk], lease_s=LEASE_S).wait() == 0
    approve(run)
    return run


def test_no_call_of_an_agent_is_made_twice_wherever_its_worker_dies(
    stack: Stack, nursery: Nursery, receiver: Receiver
):
    stack.script(SCRIPT)
    version = stack.app(an_agent(receiver.place))

    def swept(way: tuple[Callable[[], Run], str]) -> list[UUID]:
        try:
            return deaths_at(way[0], nursery, way[1])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        fresh = list(pool.map(swept, [(lambda: stack.say(version, "pay four"), p) for p in POINTS]))
        later = list(pool.map(swept, [(lambda: approved(stack, version, nursery), p) for p in APPROVED]))
    runs = [pk for deaths in (*fresh, *later) for pk in deaths]
    with at_work(nursery):
        settled = settle_all(runs, receiver, besides=approve)

    told = look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=frozenset({"tool_1", "tool_2", "tool_3"}),
            unrepeatable=frozenset({"tool_2", "tool_3"}),
        )
    )
    assert violations(told) == []
    assert {(run.status, run.answer) for run in told.runs} == {("succeeded", "I do it.\n\nDone.")}
    assert settled > 0
    assert all(len(deaths) > 1 for deaths in (*fresh, *later)), "each point was reached"
    assert len(fresh[POINTS.index("commit.after")]) > 5
    for run in told.runs:
        keys = {hit.key for hit in receiver.hits if hit.key.startswith(f"{run.id}:")}
        assert keys == {f"{run.id}:agent_1[{at}" for at in CALLS}
        assert len([fact for fact in run.facts if fact.path.endswith(".model") and fact.is_last_word]) == 2
        assert asked_once_and_before(run)
        assert Signal.objects.filter(run=run.id, name="answer").count() == 1


def asked_once_and_before(run: Story) -> bool:
    """Whether a person was asked about the refund alone, once, and it was sent after that."""
    asked = Counter(
        fact.path for fact in run.facts if fact.type == "node_waiting" and fact.data["reason"] == "ask_human"
    )
    answered = [fact.seq for fact in run.facts if fact.path == QUESTION and fact.type == "node_succeeded"]
    sent = [
        fact.seq
        for fact in run.facts
        if fact.path == "agent_1[0].tool_3" and fact.type in ("node_started", "node_succeeded")
    ]
    return asked == {QUESTION: 1} and len(answered) == 1 and answered[0] < min(sent)
