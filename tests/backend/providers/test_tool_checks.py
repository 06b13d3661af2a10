"""Checks of how models call tools: begun and stopped by an owner, done by whichever worker is there."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backend.accounts.models import AuditEntry
from backend.providers import services
from backend.providers.models import ModelConnection, ToolCheck
from nodes.sdk.errors import NodeError
from nodes.sdk.models import ToolCall
from nodes.sdk.scripted import Reply, ScriptedModels
from tests.backend.providers.test_models_page import connect
from tests.conftest import Person
from workers.model_rules import KnownRules
from workers.models.tool_check import QUESTIONS
from workers.tool_checks import ToolChecks, _claim

REMOTE = "openai/gpt-x"
ARGUMENTS: dict[str, Any] = {
    "get_weather": {"place": "P", "day": "2027-03-01", "units": "°C"},
    "send_email": {"to": "a@b", "subject": "s", "body": "b"},
    "book_table": {"restaurant": "R", "day": "2027-03-01", "guests": 2},
    "convert_money": {"amount": 1.5, "source": "EUR", "target": "USD"},
    "make_order": {"customer": {"name": "N", "is_new": True}, "items": [{"what": "w", "count": 1}]}
    | {"urgency": "hoch"},
}


def ask(person: Person, what: str, model: str) -> Any:
    return person.client.post(f"/api/models/tools/{what}", {"model": model}, content_type="application/json")


def shown(person: Person) -> Any:
    return person.client.get("/api/models").json()["tool_checks"]


class Obedient:
    """Models that answer each question by `reply`, and count what they were asked and how."""

    def __init__(self, reply: Callable[[str, bool], Reply]) -> None:
        self._reply = reply
        self.asked_for: list[tuple[int, bool]] = []

    def of(self, workspace_id: UUID) -> "Obedient":
        return self

    def asked(self, *, guided: bool) -> Any:
        replies, asked_for = self._reply, self.asked_for

        class One(ScriptedModels):
            async def chat(self, request: Any) -> Any:
                number = request.seed
                asked_for.append((number, guided))
                self._replies = [replies(QUESTIONS[number][0], guided)]
                async for chunk in super().chat(request):
                    yield chunk

        return One()


def rightly(right: str, guided: bool) -> Reply:
    return [ToolCall("c", right, ARGUMENTS[right])]


def only_guided(right: str, guided: bool) -> Reply:
    return rightly(right, guided) if guided else "I would look at the weather."


def check(models: Obedient) -> None:
    """One worker does what there is to do."""

    async def once() -> None:
        worker = ToolChecks(models.of, "w1")
        row = await asyncio.to_thread(_claim, "w1")
        assert row is not None
        await worker._check(row)

    asyncio.run(once())


def test_an_owner_begins_and_stops_a_check(owner: Person):
    began = ask(owner, "check", "practice").json()["tool_checks"]
    again = ask(owner, "check", "practice")
    stopped = ask(owner, "cancel", "practice").json()["tool_checks"]

    assert [(row["model"], row["state"], row["is_guided"]) for row in began] == [
        ("practice", "running", True)
    ]
    assert began[0]["total"] == len(QUESTIONS) == 20
    assert again.status_code == 200
    assert stopped[0]["state"] == "cancelled"
    assert AuditEntry.objects.filter(action="model.tools_checked").count() == 1


@pytest.mark.parametrize("what", ["check", "cancel"])
@pytest.mark.parametrize("model", ["openai/nobody", "multilingual-e5-small", "gguf/none"])
def test_a_model_that_is_not_there_is_not_checked(owner: Person, what: str, model: str):
    answer = ask(owner, what, model)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "model_missing")
    assert shown(owner) == []


def test_a_check_goes_with_its_model(owner: Person):
    connect(owner)
    ask(owner, "check", REMOTE)

    services.remove_connection(ModelConnection.objects.get())

    assert shown(owner) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reply", "verdict", "is_guided"),
    [
        (rightly, "ok", False),
        (only_guided, "guided", True),
        (lambda right, guided: rightly("send_email", guided), "weak", True),
    ],
)
def test_a_worker_finds_out_how_a_model_is_to_be_asked(
    owner: Person, reply: Callable[[str, bool], Reply], verdict: str, is_guided: bool
):
    connect(owner)
    ask(owner, "check", REMOTE)

    check(Obedient(reply))

    [row] = shown(owner)
    assert (row["state"], row["verdict"], row["done"], row["is_guided"]) == ("done", verdict, 20, is_guided)
    rules = asyncio.run(KnownRules().of(str(owner.workspace.pk), REMOTE))
    assert rules.is_guided == (verdict != "ok")


@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on_with_the_next_question(owner: Person):
    ask(owner, "check", "practice")
    gone = timezone.now() - timedelta(seconds=1)
    ToolCheck.objects.update(done=15, fits=15, right=15, held_by="gone", held_until=gone)
    models = Obedient(rightly)

    check(models)

    assert models.asked_for == [(number, True) for number in range(15, 20)]
    [row] = shown(owner)
    assert (row["verdict"], row["fits"], row["right"]) == ("guided", 20, 20)


@pytest.mark.django_db(transaction=True)
def test_a_check_that_is_stopped_asks_no_more_and_leaves_what_was_known(owner: Person):
    ask(owner, "check", "practice")
    ToolCheck.objects.update(verdict="guided")

    models = Obedient(rightly)
    row = _claim("w1")
    ask(owner, "cancel", "practice")
    assert row is not None
    asyncio.run(ToolChecks(models.of, "w1")._check(row))

    [after] = shown(owner)
    assert len(models.asked_for) <= 1
    assert (after["state"], after["verdict"], after["done"]) == ("cancelled", "guided", 0)


@pytest.mark.django_db(transaction=True)
def test_a_model_that_cannot_be_asked_says_why(owner: Person):
    ask(owner, "check", "practice")

    check(Obedient(lambda right, guided: NodeError("model_unreachable", "It is away.", "Try later.")))

    [row] = shown(owner)
    assert (row["state"], row["error"]["code"], row["verdict"]) == ("failed", "model_unreachable", "")
