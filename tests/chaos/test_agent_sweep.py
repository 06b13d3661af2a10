"""A worker dies at every write of a run in which an agent works: the calls it made are made once.

The receiver counts; a person says truthfully what became of a call that was cut off; another worker goes on
in the round that the agent was in.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backend.runs.models import Event
from tests.chaos.nursery import Nursery, at_work
from tests.chaos.receiver import Receiver, receiving
from tests.chaos.stories import settle_all
from tests.chaos.test_failpoint_sweep import deaths_at
from tests.invariants import World, look, violations
from tests.runs.stack import Stack, graph, installed, node

SCRIPT = """
delay_s: 0
rules:
  - when: pay three
    tools: true
    reply: I do it.
    calls:
      - {name: again, arguments: {order: "1"}}
      - {name: once, arguments: {order: "2"}}
      - {name: once, arguments: {order: "3"}}
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
)
pytestmark = pytest.mark.timeout(400)


def post(n: int, name: str, place: str, **more: Any) -> dict[str, Any]:
    config = {
        "method": "POST",
        "address": f"http://{place}/{name}",
        "body": "json",
        "json_body": {"order": "{{ args.order }}"},
        "arguments": [{"name": "order"}],
    }
    tool = node("tool", n, **config, **more)
    return {**tool, "title": name, "tool": {"use": "auto"}}


def an_agent(place: str) -> dict[str, Any]:
    count = {**node("calculate"), "tool": {"name": "count"}}
    body = graph([post(1, "again", place, may_repeat=True), post(2, "once", place), count])
    return graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}"), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )


@pytest.fixture
def stack(migrated_data: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    with installed(migrated_data, tmp_path / "data", django_db_blocker) as built:
        yield built


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as counting:
        yield counting


def test_no_call_of_an_agent_is_made_twice_wherever_its_worker_dies(stack: Stack, receiver: Receiver):
    stack.script(SCRIPT)
    nursery = Nursery(
        stack, TREADLE_ALLOWED_HOSTS_PRIVATE=receiver.place, TREADLE_SWEEP_S="0.2", TREADLE_STOP_S="0.5"
    )
    version = stack.app(an_agent(receiver.place))
    try:
        with ThreadPoolExecutor(2) as pool:
            swept = dict(
                pool.map(
                    lambda point: (point, deaths_at(lambda: stack.say(version, "pay three"), nursery, point)),
                    POINTS,
                )
            )
        runs = [pk for deaths in swept.values() for pk in deaths]
        with at_work(nursery):
            settled = settle_all(runs, receiver)
    finally:
        nursery.close()

    told = look(
        World(
            accepted=tuple(runs),
            hits=tuple(receiver.hits),
            posts=frozenset({"tool_1", "tool_2"}),
            unrepeatable=frozenset({"tool_2"}),
        )
    )
    assert violations(told) == []
    assert {run.answer for run in told.runs} == {"I do it.\n\nDone."}
    assert settled > 0
    assert len(swept["commit.after"]) > 5
    for pk in runs:
        keys = {hit.key for hit in receiver.hits if hit.key.startswith(f"{pk}:")}
        assert keys == {f"{pk}:agent_1[{at}" for at in ("0].tool_1", "0].tool_2", "1].tool_2")}
        replies = Event.objects.filter(run=pk, type="node_succeeded", path__endswith=".model")
        assert replies.count() == 2
