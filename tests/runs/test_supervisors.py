"""An agent that uses another app's agent as a tool: two levels on the real stack, with a person who approves.

What the inner agent asks and takes belongs to the one run: each question has its own place, and each answer
reaches the clerk that asked; what its models used is in the run's bill; its words are told to the boss alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.publish.services import publish_workflow
from backend.runs.asks import asks_of
from backend.runs.models import Event, Run, Wait
from backend.workflows.models import Version
from tests.chaos.receiver import Receiver, receiving
from tests.conftest import Person, make_person
from tests.runs.asking import answer, waiting
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_agents import post

SCRIPT = """
delay_s: 0
rules:
  - when: pay both back
    tools: true
    reply: I ask the clerks.
    calls:
      - {name: clerk, arguments: {query: give back order 7}}
      - {name: clerk, arguments: {query: give back order 8}}
  - when: give back order 7
    tools: true
    reply: The clerk looks into 7.
    calls: [{name: refund, arguments: {order: "7"}}]
  - when: give back order 8
    tools: true
    reply: The clerk looks into 8.
    calls: [{name: refund, arguments: {order: "8"}}]
  - when: refused this call
    reply: I was not allowed to.
  - when: not allowed to
    reply: One of them was not paid back.
reply: It is paid back.
"""
CLERKS = [f"agent_1[{n}].sub_workflow_1[0].agent_1[0]" for n in range(2)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as counting:
        yield counting


@pytest.fixture
def ella(stack: Stack, receiver: Receiver) -> Person:
    stack.script(SCRIPT)
    stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] = receiver.place
    stack.start_worker()
    return make_person("ella@example.com", Workspace.objects.create(name="Ella's inn"), Role.EDITOR)


def with_agent(body: dict[str, Any], **config: Any) -> dict[str, Any]:
    return graph(
        [
            node("start"),
            {**node("agent", message="{{ start_1.query }}", **config), "body": body},
            node("answer", text="{{ agent_1.text }}"),
        ],
        "start_1 -> agent_1",
        "agent_1 -> answer_1",
    )


def a_boss(stack: Stack, receiver: Receiver, ella: Person, *, use: str = "auto", **clerk: Any) -> Version:
    """An app whose agent uses the app of a clerk, whose agent pays back and asks before."""
    inside = with_agent(graph([post(1, "refund", receiver.place)]), **clerk)
    inner = publish_workflow(
        workflow=stack.app(inside, ella.workspace).workflow, by=ella.user, with_key=False
    ).version
    tool = node("sub_workflow", workflow=str(inner.workflow_id))
    body = graph([{**tool, "title": "Clerk", "tool": {"use": use}}])
    return stack.app(with_agent(body), ella.workspace)


def asked(run: Run) -> list[str]:
    return sorted(Wait.objects.filter(run=run, reason="ask_human").values_list("path", flat=True))


def test_each_answer_reaches_the_clerk_that_asked_over_a_killed_worker(
    stack: Stack, receiver: Receiver, ella: Person
):
    run = stack.say(a_boss(stack, receiver, ella), "pay both back")
    first, second = (f"{clerk}.ask_tool_1" for clerk in CLERKS)
    until(lambda: asked(run) == [first, second], "both clerks ask")
    waiting(run)
    shown = {one["ask"]["path"]: one["ask"] for one in ella.client.get("/api/inbox").json()["items"]}
    orders = {path: ask["fields"][0]["default"]["order"] for path, ask in shown.items()}
    for child in stack.children:
        child.kill()
        child.wait()
    stack.start_worker()

    refused = answer(ella, run, second, action="refuse")
    approved = answer(ella, run, first, action="approve")
    ended = stack.ended(run)

    assert (refused.status_code, approved.status_code) == (200, 200)
    assert orders == {first: "7", second: "8"}
    assert [hit.key for hit in receiver.hits] == [f"{run.pk}:{CLERKS[0]}.tool_1"]
    sent = Event.objects.get(run=run, type="node_started", path=f"{CLERKS[0]}.tool_1").data["input"]
    assert sent["json_body"] == {"order": "7"}
    assert (ended.status, ended.answer) == (
        "succeeded",
        "I ask the clerks.\n\nOne of them was not paid back.",
    )
    waited = Event.objects.filter(run=run, type="node_waiting").values_list("path", "data")
    assert sorted(path for path, data in waited if data["reason"] == "ask_human") == [first, second]


def test_what_the_clerks_models_use_is_in_the_bill_and_their_words_are_told_to_the_boss_alone(
    stack: Stack, receiver: Receiver, ella: Person
):
    run = stack.say(a_boss(stack, receiver, ella), "pay both back")
    until(lambda: len(asked(run)) == 2, "both clerks ask")
    for path in asked(waiting(run)):
        assert answer(ella, run, path, action="approve").status_code == 200
    ended = stack.ended(run)

    replies = Event.objects.filter(run=run, type="node_succeeded", path__endswith=".model")
    used = {fact.path: fact.data["usage"]["total_tokens"] for fact in replies}
    assert len(used) == 6  # two of the boss, two of each clerk
    assert all(tokens > 0 for tokens in used.values())
    assert ended.usage["total_tokens"] == sum(used.values())
    assert "clerk looks into" not in ended.answer
    output = Event.objects.get(run=run, type="node_succeeded", path="agent_1").data["output"]
    told = [call["result"] for call in output["calls"]]
    assert ["The clerk looks into 7." in told[0], "The clerk looks into 8." in told[1]] == [True, True]


def test_whom_a_clerk_asks_is_said_in_its_own_app(stack: Stack, receiver: Receiver, ella: Person):
    """Of the visitor, where it says so; and the boss asks before it uses the clerk at all, if it is to."""
    run = stack.say(a_boss(stack, receiver, ella, use="ask", approver="visitor"), "pay both back")
    until(lambda: len(asked(run)) == 2, "the boss asks about both clerks")
    bosses = asked(waiting(run))
    assert bosses == ["agent_1[0].ask_sub_workflow_1", "agent_1[1].ask_sub_workflow_1"]
    assert receiver.hits == []
    answer(ella, run, bosses[0], action="approve")
    answer(ella, run, bosses[1], action="refuse")
    until(lambda: asked(run) == [f"{CLERKS[0]}.ask_tool_1"], "one clerk asks")

    [ask] = asks_of(waiting(run))

    assert (ask["who"], ask["path"]) == ("visitor", f"{CLERKS[0]}.ask_tool_1")
    assert ask["fields"][0]["default"] == {"order": "7"}
