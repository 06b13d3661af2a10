"""What came of an app's use: counted once, of that app alone, also where its runs are deleted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.insights.services import insights_of
from backend.runs.models import Conversation, Event, Rating, Run, Signal, Wait
from backend.usage.services import use_of
from backend.workflows.models import Version
from tests.conftest import Person
from tests.retention.old_runs import app, clear, old_run
from tests.runs.stack import Stack

NOTHING = {
    "messages": 0, "conversations": 0, "people": 0, "answered": 0, "failed": 0, "stopped": 0, "waiting": 0,
}  # fmt: skip
BUSY = {"code": "model_busy", "message": "It is busy.", "hint": ""}


def asked(stack: Stack, version: Version, who: str = "kim", **more: Any) -> Run:
    """A run that a visitor asked for, some days ago."""
    return old_run(stack, version, **{"days": 1, "audience": "visitor", "audience_ref": who, **more})


def seen(version: Version, days: int = 30, *, with_tries: bool = False) -> dict[str, Any]:
    return insights_of(version.workflow, days, with_tries=with_tries)


def facts(run: Run, *told: tuple[str, str, float]) -> None:
    """The run's facts instead of those it has: (type, path, milliseconds since its begin)."""
    Event.objects.filter(run=run).delete()
    for seq, (kind, path, ms) in enumerate(told, start=1):
        at = run.created_at + timedelta(milliseconds=ms)
        Event.objects.create(run=run, seq=seq, type=kind, path=path, at=at, data={})


def test_messages_are_counted_by_what_came_of_them_and_people_once(each_database: Stack):
    shop = app(each_database, "insights")
    first = asked(each_database, shop)
    asked(each_database, shop, conversation=first.conversation)
    asked(each_database, shop, status="failed", error=BUSY)
    asked(each_database, shop, "lee", days=3, status="timed_out")
    asked(each_database, shop, "lee", days=3, status="cancelled")
    asked(each_database, shop, "lee", days=3, status="waiting", finished_at=None)
    asked(each_database, shop, days=40)
    old_run(each_database, shop, days=1)
    asked(each_database, app(each_database, "other"))

    found = seen(shop)

    counts = {
        "messages": 6,
        "conversations": 5,
        "people": 2,
        "answered": 2,
        "failed": 2,
        "stopped": 1,
        "waiting": 1,
    }
    assert found["total"] == {**counts, "asked_people": 0, "good": 0, "bad": 0}
    assert len(found["days"]) == 30
    by_day = {(found["last"] - one.pop("day")).days: one for one in found["days"] if one["messages"]}
    three = {"messages": 3, "people": 1, "failed": 1}
    assert by_day == {
        1: {**NOTHING, **three, "conversations": 2, "answered": 2},
        3: {**NOTHING, **three, "conversations": 3, "stopped": 1, "waiting": 1},
    }
    assert seen(shop, with_tries=True)["total"]["messages"] == 7
    assert seen(shop, 2)["total"]["messages"] == 3


def test_what_was_liked_and_where_a_person_was_asked_counts(each_database: Stack):
    shop = app(each_database, "liked")
    runs = [asked(each_database, shop) for _ in range(4)]
    tried = old_run(each_database, shop, days=1)
    for run, is_good in ((runs[0], True), (runs[1], True), (runs[2], False), (tried, False)):
        Rating.objects.create(run=run, workspace_id=run.workspace_id, is_good=is_good)
    Signal.objects.create(run=runs[0], path="ask_1", name="answer", payload={"action": "yes"})
    Signal.objects.create(run=runs[0], path="ask_2", name="answer", payload={"action": "yes"})
    Signal.objects.create(run=runs[1], path="ask_1", name="answer", payload=None)  # its time was over
    Signal.objects.create(run=runs[3], path="event_1", name="reply", payload={})
    waits = {"path": "ask_1", "name": "answer", "attempt": 1, "since": timezone.now()}
    Wait.objects.create(run=runs[2], workspace_id=runs[2].workspace_id, reason="ask_human", **waits)

    total = seen(shop)["total"]

    assert (total["good"], total["bad"], total["asked_people"]) == (2, 1, 2)


def test_the_cost_is_what_the_usage_page_says_and_does_not_shrink(each_database: Stack):
    shop = app(each_database, "cost")
    asked(each_database, shop, days=20, total_tokens=100, cost=0.25)
    asked(each_database, shop, days=1, total_tokens=7, cost=None)
    old_run(each_database, shop, days=1, total_tokens=1000, cost=9.0)
    before = seen(shop)["use"]
    assert before == {"runs": 2, "tokens": 107, "cost": 0.25, "unpriced": 1, "deleted": 0}

    clear(shop.workspace_id, runs_days=10)

    assert seen(shop)["use"] == {**before, "deleted": 1}
    assert seen(shop)["total"]["messages"] == 1
    everything = seen(shop, with_tries=True)["use"]
    assert {k: v for k, v in everything.items() if k != "deleted"} == use_of(
        shop.workspace_id, 30, with_people=False
    )["total"]


def test_the_slowest_steps_come_first_and_waiting_is_not_slow(each_database: Stack):
    shop = app(each_database, "slow")
    for ms in (*range(100, 2_000, 100), 60_000):  # 19 below two seconds, one far above
        facts(
            asked(each_database, shop),
            ("node_started", "start_1", 0),
            ("node_succeeded", "start_1", 1),
            ("node_started", "template_1", 1),
            ("node_failed", "template_1", 1 + ms),
            ("node_started", "answer_1", 0),
            ("node_waiting", "answer_1", 1),
            ("node_succeeded", "answer_1", 90_000),
            ("node_started", "gone_1", 0),
            ("node_succeeded", "gone_1", 90_000),
        )

    found = seen(shop)["steps"]

    assert found["runs"] == 20
    assert found["steps"] == [
        {"path": "template_1", "times": 20, "median_ms": 1_000, "slow_ms": 1_900},
        {"path": "start_1", "times": 20, "median_ms": 1, "slow_ms": 1},
    ]


def test_what_goes_wrong_most_often_is_told_with_the_step_to_mend(each_database: Stack):
    shop = app(each_database, "faults")
    failed = {"status": "failed", "error": BUSY}
    for _ in range(2):
        facts(asked(each_database, shop, **failed), ("node_failed", "template_1", 0))
    latest = asked(each_database, shop, days=0.5, **failed)
    facts(latest, ("node_failed", "start_1", 0), ("node_failed", "template_1", 5), ("run_failed", "", 6))
    gone = asked(each_database, shop, status="timed_out", error=None)
    facts(gone, ("node_failed", "gone_1", 0))

    faults = seen(shop)["faults"]

    assert faults == [
        {"error": BUSY, "count": 3, "run": latest.pk, "path": "template_1"},
        {
            "error": {"code": "run_timed_out", "message": "", "hint": ""},
            "count": 1,
            "run": gone.pk,
            "path": "",
        },
    ]


def test_the_same_number_of_queries_looks_at_few_and_at_many(each_database: Stack):
    shop = app(each_database, "queries")
    asked(each_database, shop, status="failed", error=BUSY)
    with CaptureQueriesContext(connection) as few:
        seen(shop, 7)
    for i in range(5):
        asked(each_database, shop, f"p{i}", status="failed", error={**BUSY, "code": f"c{i}"})
    with CaptureQueriesContext(connection) as many:
        seen(shop, 90)

    assert len(many) == len(few)


# --- over HTTP ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_may_see_runs_sees_this_and_nobody_else(owner: Person, viewer: Person, stranger: Person):
    path = f"/api/workflows/{_app_of(owner)}/insights"

    answer = viewer.client.get(path, {"days": 7})

    assert answer.status_code == 200
    assert answer.json()["total"] == {**NOTHING, "asked_people": 0, "good": 0, "bad": 0}
    assert len(answer.json()["days"]) == 7
    assert stranger.client.get(path).status_code == 404
    assert owner.client.get(f"/api/workflows/{uuid.uuid4()}/insights").status_code == 404
    assert owner.client.get(path, {"days": 91}).status_code == 422


@pytest.mark.django_db
def test_tries_in_the_editor_are_counted_when_that_is_wanted(owner: Person):
    workflow = _app_of(owner)
    Conversation.objects.all().delete()
    run = owner.client.post(
        f"/api/workflows/{workflow}/runs", {"query": "Hi"}, content_type="application/json"
    )
    assert run.status_code == 202
    path = f"/api/workflows/{workflow}/insights"

    assert owner.client.get(path).json()["total"]["messages"] == 0
    assert owner.client.get(path, {"tries": "true"}).json()["total"]["messages"] == 1


def _app_of(person: Person) -> str:
    made = person.client.post("/api/workflows", {"template": "chat"}, content_type="application/json")
    assert made.status_code == 201, made.content
    return made.json()["id"]
