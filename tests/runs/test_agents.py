"""An agent on the real stack: people approve its calls by the console's API, and its words reach a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.runs.models import Event, Run, Signal, Wait
from tests.chaos.receiver import Receiver, receiving
from tests.conftest import Person, make_person
from tests.runs.asking import answer, waiting
from tests.runs.stack import Stack, graph, node, until

SCRIPT = """
delay_s: 0
rules:
  - when: pay three
    tools: true
    calls:
      - {name: refund, arguments: {order: "1"}}
      - {name: refund, arguments: {order: "2"}}
      - {name: letter, arguments: {order: "3"}}
  - when: refused this call
    reply: Not all of it was done.
reply: Done.
"""
FIRST, SECOND, LETTER = "agent_1[0].ask_tool_1", "agent_1[1].ask_tool_1", "agent_1[0].ask_tool_2"


def post(n: int, name: str, place: str) -> dict[str, Any]:
    config = {
        "method": "POST",
        "address": f"http://{place}/{name}",
        "body": "json",
        "json_body": {"order": "{{ args.order }}"},
        "arguments": [{"name": "order"}],
    }
    return {**node("tool", n, **config), "title": name}


def an_agent(place: str, **config: Any) -> dict[str, Any]:
    body = graph([post(1, "refund", place), post(2, "letter", place)])
    return graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}", **config), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as counting:
        yield counting


@pytest.fixture
def ella(stack: Stack) -> Person:
    return make_person("ella@example.com", Workspace.objects.create(name="Ella's inn"), Role.EDITOR)


@pytest.fixture
def asking(stack: Stack, receiver: Receiver, ella: Person) -> Run:
    stack.script(SCRIPT)
    stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = receiver.place
    stack.start_worker()
    return waiting(stack.say(stack.app(an_agent(receiver.place), ella.workspace), "pay three"))


def test_each_call_is_approved_changed_or_refused_by_itself_over_a_killed_worker(
    stack: Stack, receiver: Receiver, ella: Person, asking: Run
):
    assert sorted(Wait.objects.filter(run=asking).values_list("path", flat=True)) == [FIRST, LETTER, SECOND]
    assert receiver.hits == []

    changed = answer(ella, asking, LETTER, action="change", fields={"arguments": {"order": "33"}})
    assert changed.status_code == 200, changed.content
    until(lambda: len(receiver.hits) == 1, "the letter was sent")
    waiting(asking)
    for child in stack.children:
        child.kill()
        child.wait()
    stack.start_worker()
    refused = answer(ella, asking, SECOND, action="refuse", fields={"words": "Twice is too much."})
    approved = answer(ella, asking, FIRST, action="approve")
    assert (refused.status_code, approved.status_code) == (200, 200)
    ended = stack.ended(asking)

    assert ended.status == "succeeded"
    assert {hit.key for hit in receiver.hits} == {
        f"{asking.pk}:agent_1[0].tool_1",
        f"{asking.pk}:agent_1[0].tool_2",
    }
    output = Event.objects.get(run=asking, type="node_succeeded", path="agent_1").data["output"]
    assert [(c["path"], c["outcome"]) for c in output["calls"]] == [
        ("agent_1[0].tool_1", "done"),
        ("", "refused"),
        ("agent_1[0].tool_2", "done"),
    ]
    sent = Event.objects.get(run=asking, type="node_started", path="agent_1[0].tool_2").data["input"]
    assert sent["json_body"] == {"order": "33"}


def test_a_second_answer_changes_nothing_and_what_is_no_answer_is_refused(
    stack: Stack, receiver: Receiver, ella: Person, asking: Run
):
    nonsense = answer(ella, asking, FIRST, action="approve_all")
    no_object = answer(ella, asking, FIRST, action="change", fields={"arguments": "all of it"})
    elsewhere = answer(ella, asking, "agent_1[0].tool_1", action="approve")
    first = answer(ella, asking, FIRST, action="refuse")
    second = answer(ella, asking, FIRST, action="approve")

    assert [r.status_code for r in (nonsense, no_object, elsewhere, first, second)] == [
        400,
        400,
        409,
        200,
        409,
    ]
    assert second.json()["error"]["code"] == "already_answered"
    assert Signal.objects.filter(run=asking, name="answer").count() == 1
    assert receiver.hits == []


def test_looking_at_the_questions_approves_nothing(
    stack: Stack, receiver: Receiver, ella: Person, asking: Run
):
    item = next(one for one in ella.client.get("/api/inbox").json()["items"] if one["ask"]["path"] == FIRST)
    assert item["ask"]["fields"][0] == {
        **item["ask"]["fields"][0],
        "name": "arguments",
        "default": {"order": "1"},
    }
    assert [one["name"] for one in item["ask"]["actions"]] == ["approve", "change", "refuse", "answer"]
    assert ella.client.get(f"/api/runs/{asking.pk}/answer").status_code in (404, 405)
    assert Wait.objects.filter(run=asking).count() == 3
    assert receiver.hits == []
