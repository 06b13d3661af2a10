"""An app that asks its team before a refund, someone of the team, and runs that wait."""

from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.runs.models import Run
from backend.workflows.models import Version
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_api import post

FORM = {
    "message": "Refund {{ start_1.query }}?",
    "who": "team",
    "fields": [{"name": "amount", "label": "Amount", "type": "number", "required": True}],
    "actions": [{"name": "approve", "title": "Approve"}, {"name": "refuse", "needs_form": False}],
}
REFUND = graph(
    [
        node("start"),
        {**node("ask_human", **FORM), "title": "Approve the refund"},
        node("answer", text="{{ ask_human_1.answered_by }}: {{ ask_human_1.fields.amount }}"),
        node("answer", 2, text="No."),
    ],
    "start_1 -> ask_human_1",
    "ask_human_1.approve -> answer_1",
    "ask_human_1.refuse -> answer_2",
)
"""Asks the team for an amount and an approval."""


@pytest.fixture(scope="module")
def ella(running: Stack) -> Person:
    ella = make_person("ella@example.com", Workspace.objects.create(name="Ella's inn"), Role.EDITOR)
    ella.user.name = "Ella"
    ella.user.save()
    return ella


@pytest.fixture(scope="module")
def refund(running: Stack, ella: Person) -> Version:
    return running.app(REFUND, ella.workspace)


def waiting(run: Run) -> Run:
    """The run, once it waits."""
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "the run waits")
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def asking(running: Stack, refund: Version) -> Run:
    return waiting(running.say(refund, "order 7"))


def answer(person: Person, run: Run, path: str = "ask_human_1", **body: Any) -> Any:
    return post(person.client, f"/api/runs/{run.pk}/answer", {"path": path, **body})
