"""Everything in a workspace that waits for a person, and nothing else."""

from typing import Any

from django.utils import timezone

from backend.accounts.models import Role, Workspace
from backend.runs.models import Wait
from tests.conftest import Person, make_person
from tests.runs.asking import REFUND, answer, ella, waiting
from tests.runs.stack import Stack, graph, node
from tests.runs.test_api import post

__all__ = ["ella"]


def inbox(person: Person, **query: Any) -> Any:
    return person.client.get("/api/inbox", query).json()


def test_the_inbox_lists_what_waits_for_a_person_and_nothing_else(running: Stack, ella: Person):
    mia = make_person("mia@example.com", Workspace.objects.create(name="Mia's"), Role.EDITOR)
    asks = running.app(REFUND, mia.workspace)
    sleeps = running.app(
        graph([node("start"), node("wait", amount=9), node("answer", text="x")], "start_1 -> wait_1",
              "wait_1 -> answer_1"),
        mia.workspace,
    )  # fmt: skip
    first, second, third = (waiting(running.say(asks, f"order {n}")) for n in (1, 2, 3))
    waiting(running.say(sleeps, "Hello"))
    told = {"workspace": mia.workspace, "run": third, "path": "tool_1", "name": "#settle 1", "attempt": 1}
    Wait.objects.create(**told, reason="outcome_unknown", about={"title": "Pay"}, since=timezone.now())
    post(mia.client, f"/api/runs/{second.pk}/cancel")

    whole = inbox(mia)
    page = inbox(mia, limit=2)
    rest = inbox(mia, limit=2, after=page["next"])

    assert [(item["run_id"], item["reason"]) for item in whole["items"]] == [
        (str(first.pk), "ask_human"),
        (str(third.pk), "ask_human"),
        (str(third.pk), "outcome_unknown"),
    ]
    assert (whole["count"], whole["next"]) == (3, None)
    item = whole["items"][0]
    assert (item["app"], item["title"], item["query"]) == ("App", "Approve the refund", "order 1")
    assert item["ask"]["message"] == "Refund order 1?"
    assert [one["name"] for one in item["ask"]["actions"]] == ["approve", "refuse"]
    assert item["since"].endswith("Z")
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    assert str(first.pk) not in str(inbox(ella))

    answer(mia, first, action="refuse")
    assert [one["run_id"] for one in inbox(mia)["items"]] == [str(third.pk)] * 2


def test_what_a_tried_template_asks_is_no_work_of_the_team(running: Stack):
    mia = make_person("mia-tries@example.com", Workspace.objects.create(name="Mia's"), Role.EDITOR)
    asks = running.app(REFUND, mia.workspace)
    run = waiting(running.say(asks, "order 1"))
    assert inbox(mia)["count"] == 1

    type(asks.workflow).objects.filter(pk=asks.workflow_id).update(is_hidden=True)

    assert inbox(mia) == {"items": [], "count": 0, "next": None}
    assert answer(mia, run, action="refuse").status_code == 200
