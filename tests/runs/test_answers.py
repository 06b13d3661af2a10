"""A run that asks a person: who may answer, what is taken, that one answer counts, and who is told what."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.accounts.models import AuditEntry, Role, Workspace
from backend.publish.services import publish_workflow
from backend.runs.models import Event, Run, Wait
from backend.runs.services import send_signal
from backend.runs.sql import dialect
from backend.runs.state import state_of
from backend.workflows.models import Version
from tests.conftest import Person, make_person
from tests.runs.asking import REFUND, answer, asking, ella, refund, waiting
from tests.runs.stack import Stack, graph, node
from tests.runs.test_api import post
from workers.engine.events import Event as Fact
from workers.engine.journal import LostLease
from workers.waits import note_wait

__all__ = ["asking", "ella", "refund"]


def test_a_run_that_asks_holds_nothing_and_says_for_whom_it_waits(asking: Run, refund: Version):
    wait = Wait.objects.get(run=asking)
    state = state_of(asking, timezone.now())

    assert (asking.lease_owner, asking.lease_until, asking.wake_at) == (None, None, None)
    assert (state["reason"], state["path"], state["title"]) == (
        "ask_human",
        "ask_human_1",
        "Approve the refund",
    )
    assert (wait.workspace_id, wait.reason) == (refund.workspace_id, "ask_human")
    assert wait.about["message"] == "Refund order 7?"


def test_the_flow_goes_on_by_the_button_with_the_form_and_who_answered(
    running: Stack, ella: Person, asking: Run
):
    answered = answer(ella, asking, action="approve", fields={"amount": 12.5})

    assert answered.status_code == 200, answered.content
    assert running.ended(asking).answer == "Ella: 12.5"
    output = Event.objects.get(run=asking, type="node_succeeded", path="ask_human_1").data["output"]
    assert (output["action"], output["answered_by_id"]) == ("approve", str(ella.user.pk))
    assert output["answered_at"].endswith("Z")
    assert not Wait.objects.filter(run=asking).exists()
    logged = AuditEntry.objects.filter(action="run.answered", thing_id=str(asking.pk))
    assert [(entry.who, entry.workspace) for entry in logged] == [("ella@example.com", ella.workspace)]


def test_a_second_answer_is_told_who_was_faster_and_changes_nothing(
    running: Stack, ella: Person, asking: Run
):
    answer(ella, asking, action="refuse")
    second = answer(ella, asking, action="approve", fields={"amount": 1})
    running.ended(asking)
    third = answer(ella, asking, action="approve", fields={"amount": 1})

    for late in (second, third):
        assert (late.status_code, late.json()["error"]["code"]) == (409, "already_answered")
        assert "by Ella at 20" in late.json()["error"]["message"]
        assert late.json()["answer"]["answered_by"] == "Ella"
    assert running.ended(asking).answer == "No."


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"action": "approve"}, "info_missing", "fields.amount"),
        ({"action": "approve", "fields": {"amount": "much"}}, "bad_field", "fields.amount"),
        ({"action": "approve", "fields": {"amount": 1, "more": 2}}, "unknown_field", "fields.more"),
        ({"action": "maybe", "fields": {"amount": 1}}, "bad_field", "action"),
        ({"fields": {"amount": 1}}, "bad_field", "action"),
    ],
)
def test_what_the_form_does_not_take_is_refused_at_its_field(
    ella: Person, asking: Run, body: dict[str, Any], code: str, field: str
):
    refused = answer(ella, asking, **body)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert refused.json()["error"]["field"] == field
    assert Wait.objects.filter(run=asking).exists()


def test_only_editors_of_the_workspace_answer_and_only_by_post(ella: Person, asking: Run):
    vera = make_person("vera3@example.com", ella.workspace, Role.VIEWER)
    bob = make_person("bob3@example.com", Workspace.objects.create(name="Bob's"), Role.OWNER)
    path = f"/api/runs/{asking.pk}/answer"

    assert answer(vera, asking, action="refuse").status_code == 403
    assert answer(bob, asking, action="refuse").status_code == 404
    assert ella.client.get(path).status_code == 405
    assert answer(ella, asking, path="ask_human_2", action="refuse").json()["error"]["code"] == (
        "nothing_to_answer"
    )
    assert Run.objects.get(pk=asking.pk).status == "waiting"


def test_a_stopped_run_takes_no_answer(ella: Person, asking: Run):
    post(ella.client, f"/api/runs/{asking.pk}/cancel")

    refused = answer(ella, asking, action="refuse")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_to_answer")


def test_parallel_questions_and_rounds_each_get_their_own_answer(running: Stack, ella: Person):
    name = {"message": "Who?", "fields": [{"name": "who", "required": True}]}
    inside = {
        "nodes": [node("ask_human", **name)],
        "edges": [],
    }
    several = running.app(
        graph(
            [
                node("start"),
                node("ask_human", 2, **name),
                {
                    **node("each", items=["a", "b", "c"], at_once=3),
                    "body": inside,
                },
                node("template", text="{{ ask_human_2.fields.who }} {{ each_1.items | json }}"),
                node("answer", text="{{ template_1.text }}"),
            ],
            "start_1 -> ask_human_2",
            "start_1 -> each_1",
            "ask_human_2 -> template_1",
            "each_1 -> template_1",
            "template_1 -> answer_1",
        ),
        ella.workspace,
    )
    run = waiting(running.say(several, "a,b,c"))
    paths = ["each_1[2].ask_human_1", "ask_human_2", "each_1[0].ask_human_1", "each_1[1].ask_human_1"]
    assert set(Wait.objects.filter(run=run).values_list("path", flat=True)) == set(paths)

    for path in paths:
        assert answer(ella, run, path, fields={"who": path[:9]}).status_code == 200

    running.ended(run)
    given = Event.objects.filter(run=run, type="node_succeeded", path__endswith="1")
    said = {e.path: e.data["output"]["fields"]["who"] for e in given if e.path.endswith("ask_human_1")}
    assert said == {path: path[:9] for path in paths if path != "ask_human_2"}
    assert Run.objects.get(pk=run.pk).status == "succeeded"


def test_a_question_of_an_app_that_another_uses_is_answered_by_its_path(running: Stack, ella: Person):
    inner = running.app(REFUND, ella.workspace).workflow
    publish_workflow(workflow=inner, by=None, with_key=False)
    outer = graph(
        [
            node("start"),
            node("sub_workflow", workflow=str(inner.pk), query="7"),
            node("sub_workflow", 2, workflow=str(inner.pk), query="8"),
            node("template", text="{{ sub_workflow_1.answer }} {{ sub_workflow_2.answer }}"),
            node("answer", text="{{ template_1.text }}"),
        ],
        "start_1 -> sub_workflow_1",
        "start_1 -> sub_workflow_2",
        "sub_workflow_1 -> template_1",
        "sub_workflow_2 -> template_1",
        "template_1 -> answer_1",
    )
    run = waiting(running.say(running.app(outer, ella.workspace), "Hello"))

    second = answer(ella, run, "sub_workflow_2[0].ask_human_1", action="approve", fields={"amount": 8})
    first = answer(ella, run, "sub_workflow_1[0].ask_human_1", action="refuse")

    assert (first.status_code, second.status_code) == (200, 200)
    assert running.ended(run).answer == "No. Ella: 8"


def test_a_question_that_nobody_answers_in_time_goes_on_by_its_own_way_out_and_takes_no_answer_then(
    running: Stack, ella: Person
):
    hasty = running.app(
        graph(
            [
                node("start"),
                node("ask_human", message="Quick!", time_limit=0.2, time_unit="seconds"),
                node("answer", text="late"),
            ],
            "start_1 -> ask_human_1",
            "ask_human_1.timeout -> answer_1",
        ),
        ella.workspace,
    )
    run = running.say(hasty, "Hello")

    assert running.ended(run).answer == "late"
    refused = answer(ella, run)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "answer_too_late")
    assert Event.objects.filter(run=run, type="step_done", data__contains="#over answer").count() == 1


def test_a_run_waits_for_a_while_and_goes_on_by_itself(running: Stack, ella: Person):
    pause = running.app(
        graph(
            [node("start"), node("wait", amount=0.5, unit="seconds"), node("answer", text="done")],
            "start_1 -> wait_1",
            "wait_1 -> answer_1",
        ),
        ella.workspace,
    )
    run = waiting(running.say(pause, "Hello"))

    assert run.lease_owner is None
    assert run.wake_at is not None
    assert running.ended(run).answer == "done"


def test_a_run_that_waits_costs_nobody_anything(running: Stack, ella: Person, asking: Run):
    def rows() -> Any:
        return Run.objects.filter(pk=asking.pk).values().get(), Event.objects.filter(run=asking).count()

    before = rows()
    sleeps = graph(
        [node("start"), node("wait", amount=1.2, unit="seconds"), node("answer", text="done")],
        "start_1 -> wait_1",
        "wait_1 -> answer_1",
    )

    running.ended(running.say(running.app(sleeps, ella.workspace), "Hello"))  # a sweep has passed meanwhile

    assert (
        Run.objects.filter(pk=asking.pk).values().get(),
        Event.objects.filter(run=asking).count(),
    ) == before


def test_an_answer_and_the_clock_cannot_both_win(running: Stack, refund: Version, asking: Run):
    over = Fact(99, "step_done", "ask_human_1", asking.created_at, {"name": "#over answer", "value": None})
    refused = {"action": "refuse", "fields": {}}
    with transaction.atomic():
        assert send_signal(asking, "ask_human_1", "answer", refused)
        with connection.cursor() as cursor, pytest.raises(LostLease):
            note_wait(cursor, dialect(), dialect().uuid(asking.pk), over)
    late = waiting(running.say(refund, "Hello"))
    with transaction.atomic(), connection.cursor() as cursor:
        note_wait(cursor, dialect(), dialect().uuid(late.pk), over)

    assert running.ended(asking).answer == "No."
    assert not send_signal(late, "ask_human_1", "answer", refused)
