"""A run that asks a person: who may answer, what is taken, that one answer counts, and who is told what."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from backend.accounts.models import AuditEntry, Role, Workspace
from backend.publish.services import publish_workflow
from backend.runs.answer_links import answer_token
from backend.runs.models import Event, Run, Signal, Wait
from backend.runs.services import send_signal
from backend.runs.sql import dialect
from backend.runs.state import state_of
from backend.workflows.models import Version
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_api import post
from workers.engine.events import Event as Fact
from workers.engine.journal import LostLease
from workers.waits import note_wait

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


# --- by a link ---------------------------------------------------------------------------------------------


def link_for(person: Person, run: Run, **body: Any) -> str:
    """The token of a fresh link."""
    made = post(person.client, f"/api/runs/{run.pk}/answer-link", {"path": "ask_human_1", **body})
    assert made.status_code == 201, made.content
    return made.json()["url"].partition("/a#")[2]


def by_link(token: str, path: str = "answer", **body: Any) -> Any:
    return post(Client(), f"/a/{path}", {"token": token, **body})


def test_a_link_shows_the_question_to_whoever_has_it_and_takes_one_answer(
    running: Stack, ella: Person, asking: Run
):
    token, other = link_for(ella, asking), link_for(ella, asking)

    looked = [by_link(token, "look") for _ in range(2)]
    wrong = by_link(token, action="approve", fields={"amount": "much"})
    given = by_link(token, action="approve", fields={"amount": 3})
    again = [by_link(one, path) for one in (token, other) for path in ("look", "answer")]

    assert [one.json()["ask"]["message"] for one in looked] == ["Refund order 7?"] * 2
    assert looked[0].json()["app"] == "App"
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "fields.amount")
    assert given.status_code == 200
    assert {(one.status_code, one.json()["error"]["code"]) for one in again} == {(409, "already_answered")}
    assert "Ella" not in str([one.content for one in again])
    assert running.ended(asking).answer == ": 3"


def test_a_link_is_for_one_question_of_one_run(running: Stack, ella: Person, asking: Run, refund: Version):
    sister = waiting(running.say(refund, "order 8"))

    by_link(link_for(ella, sister), action="refuse")

    assert running.ended(sister).answer == "No."
    assert Wait.objects.filter(run=asking).exists()


def test_a_link_whose_time_is_over_says_so_in_words(ella: Person, asking: Run):
    wait = Wait.objects.get(run=asking)

    refused = by_link(answer_token(wait, timezone.now() - timedelta(seconds=1)), "look")

    assert (refused.status_code, refused.json()["error"]["code"]) == (410, "answer_link_expired")


def test_a_link_is_good_for_the_attempt_that_asked_and_not_for_a_stopped_run(ella: Person, asking: Run):
    token = link_for(ella, asking)
    Wait.objects.filter(run=asking).update(attempt=2)
    earlier = by_link(token, action="refuse")
    Wait.objects.filter(run=asking).update(attempt=1)
    post(ella.client, f"/api/runs/{asking.pk}/cancel")

    stopped = by_link(token, action="refuse")

    assert [one.json()["error"]["code"] for one in (earlier, stopped)] == ["nothing_to_answer"] * 2


def test_a_changed_link_is_refused_and_looking_by_get_changes_nothing(ella: Person, asking: Run):
    token = link_for(ella, asking)

    forged = by_link(f"{token[:-2]}xx", action="refuse")
    pages = [Client().get(path) for path in ("/a", f"/a?token={token}")]

    assert (forged.status_code, forged.json()["error"]["code"]) == (404, "bad_answer_link")
    assert [page.status_code for page in pages] == [200, 200]
    assert Client().get("/a/answer").status_code == 405
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"
    assert Wait.objects.filter(run=asking).exists()


def test_a_form_by_link_takes_a_file_from_whoever_has_it(running: Stack, ella: Person):
    asks_file = graph(
        [
            node("start"),
            node("ask_human", message="Your CV?", fields=[{"name": "cv", "type": "file", "required": True}]),
            node("answer", text="{{ ask_human_1.fields.cv.name }}"),
        ],
        "start_1 -> ask_human_1",
        "ask_human_1 -> answer_1",
    )
    run = waiting(running.say(running.app(asks_file, ella.workspace), "Hello"))
    token = link_for(ella, run)

    def send(token: str) -> Any:
        file = SimpleUploadedFile("cv.txt", b"Hello")
        return Client().post("/a/files", {"file": file}, headers={"Authorization": f"Bearer {token}"})

    sent, elsewhere = send(token), send("nonsense")
    by_link(token, fields={"cv": sent.json()["id"]})

    assert sent.status_code == 201, sent.content
    assert elsewhere.status_code == 404
    assert running.ended(run).answer == "cv.txt"


# --- the inbox ---------------------------------------------------------------------------------------------


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


# --- calls from other services -----------------------------------------------------------------------------

PAYMENT = graph(
    [
        node("start"),
        node("wait_for_event", time_limit=1, time_unit="hours"),
        node("answer", text="{{ wait_for_event_1.body | json }}"),
        node("answer", 2, text="nobody called"),
    ],
    "start_1 -> wait_for_event_1",
    "wait_for_event_1 -> answer_1",
    "wait_for_event_1.timeout -> answer_2",
)


@pytest.fixture(scope="module")
def payment(running: Stack, ella: Person) -> Version:
    return running.app(PAYMENT, ella.workspace)


def hook_of(person: Person, run: Run) -> str:
    """The path of the address to call."""
    found = post(person.client, f"/api/runs/{run.pk}/callback", {"path": "wait_for_event_1"})
    assert found.status_code == 200, found.content
    return urlsplit(found.json()["url"]).path


def test_a_service_calls_back_once_by_post_and_the_run_goes_on_with_what_it_sent(
    running: Stack, ella: Person, payment: Version
):
    run, sister = (waiting(running.say(payment, "Hello")) for _ in range(2))
    hook = hook_of(ella, run)

    looked = Client().get(hook)
    first = post(Client(), hook, {"state": "paid"})
    again = post(Client(), hook, {"state": "stolen"})

    assert looked.status_code == 405
    assert (first.status_code, first.json()["is_first"]) == (200, True)
    assert (again.status_code, again.json()["is_first"]) == (200, False)
    assert running.ended(run).answer == '{"state": "paid"}'
    assert state_of(Run.objects.get(pk=sister.pk), timezone.now())["reason"] == "event"


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"state=paid&item=1&item=2", "application/x-www-form-urlencoded", 200),
        (b"{", "application/json", 400),
        (b"hello", "text/plain", 415),
        (b'"' + b"x" * 1024 * 1024 + b'"', "application/json", 413),
    ],
)
def test_a_call_is_json_or_a_form_of_limited_size(
    running: Stack, ella: Person, payment: Version, sent: bytes, kind: str, status: int
):
    run = waiting(running.say(payment, "Hello"))

    called = Client().post(hook_of(ella, run), sent, content_type=kind)

    assert called.status_code == status, called.content
    if status == 200:
        assert running.ended(run).answer == '{"state": "paid", "item": ["1", "2"]}'
    else:
        assert Wait.objects.filter(run=run).exists()


def test_a_call_that_is_changed_foreign_late_or_for_a_stopped_run_is_refused(
    running: Stack, ella: Person, payment: Version
):
    run = waiting(running.say(payment, "Hello"))
    hook = hook_of(ella, run)
    forged = post(Client(), f"{hook[:-2]}xx")
    vera = make_person("vera4@example.com", ella.workspace, Role.VIEWER)
    looked = post(vera.client, f"/api/runs/{run.pk}/callback", {"path": "wait_for_event_1"})
    Wait.objects.filter(run=run).update(until=timezone.now())
    late = post(Client(), hook)
    post(ella.client, f"/api/runs/{run.pk}/cancel")
    stopped = post(Client(), hook)

    assert (forged.status_code, forged.json()["error"]["code"]) == (404, "bad_callback")
    assert looked.status_code == 403
    assert [one.json()["error"]["code"] for one in (late, stopped)] == ["callback_over"] * 2
    assert not Signal.objects.filter(run=run).exists()
