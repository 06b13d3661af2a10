"""What runs used is added up by day, app and person, and does not shrink when the runs are deleted."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import ApiKey, User
from backend.runs.models import Run
from backend.usage.models import PastUse
from backend.usage.services import use_of
from backend.workflows.models import Version
from backend.workflows.services import delete_workflow
from tests.conftest import Person
from tests.retention.old_runs import app, clear, old_run
from tests.runs.stack import Stack


def run_of(stack: Stack, version: Version, *, tokens: int, cost: float | None, **more: Any) -> Run:
    return old_run(stack, version, total_tokens=tokens, cost=cost, **more)


def figures(one: dict[str, Any]) -> tuple[int, int, float, int]:
    return one["runs"], one["tokens"], one["cost"], one["unpriced"]


def test_runs_are_added_up_by_day_and_app_the_dearest_first(each_database: Stack):
    shop = app(each_database, "shop")
    other = each_database.app({**shop.graph}, shop.workspace)
    run_of(each_database, shop, days=2, tokens=100, cost=0.001)
    run_of(each_database, shop, days=2, tokens=50, cost=None)
    run_of(each_database, other, days=0, tokens=10, cost=0.5)
    run_of(each_database, other, days=40, tokens=999, cost=9.0)

    seen = use_of(shop.workspace_id, 30, with_people=False)

    assert figures(seen["total"]) == (3, 160, 0.501, 1)
    assert [(one["id"], *figures(one)) for one in seen["apps"]] == [
        (other.workflow_id, 1, 10, 0.5, 0),
        (shop.workflow_id, 2, 150, 0.001, 1),
    ]
    assert len(seen["days"]) == 30
    assert seen["people"] is None
    by_day = {one["day"]: figures(one) for one in seen["days"] if one["runs"]}
    today = timezone.now().astimezone(UTC).date()
    assert by_day == {today - timedelta(days=2): (2, 150, 0.001, 1), today: (1, 10, 0.5, 0)}


def test_a_run_that_is_at_work_counts_when_it_has_ended(each_database: Stack):
    version = app(each_database, "working")
    each_database.say(version, "Hello")
    assert use_of(version.workspace_id, 7, with_people=False)["total"]["runs"] == 0


def test_what_deleted_runs_used_still_counts_and_once(each_database: Stack):
    version = app(each_database, "cleared")
    for tokens, cost in ((100, 0.25), (20, None), (0, None)):
        run_of(each_database, version, days=20, tokens=tokens, cost=cost)
    run_of(each_database, version, days=1, tokens=7, cost=0.5)
    before = use_of(version.workspace_id, 30, with_people=True)

    clear(version.workspace_id, runs_days=10)
    assert Run.objects.filter(workflow=version.workflow_id).count() == 1
    assert use_of(version.workspace_id, 30, with_people=True) == before

    run_of(each_database, version, days=20, tokens=5, cost=0.25)
    clear(version.workspace_id)
    after = use_of(version.workspace_id, 30, with_people=True)
    assert figures(after["total"]) == (5, 132, 1.0, 1)
    assert PastUse.objects.for_workspace(version.workspace_id).count() == 1


def test_an_app_that_was_deleted_keeps_its_name_and_its_bill(each_database: Stack):
    version = app(each_database, "gone")
    name = version.workflow.name
    run_of(each_database, version, days=3, tokens=40, cost=0.75)

    delete_workflow(version.workflow)

    seen = use_of(version.workspace_id, 7, with_people=False)
    (one,) = seen["apps"]
    assert (one["name"], one["is_gone"], *figures(one)) == (name, True, 1, 40, 0.75, 0)


def test_tests_of_models_are_no_app_and_come_last(each_database: Stack):
    shop = app(each_database, "both")
    hidden = each_database.app({**shop.graph}, shop.workspace)
    type(hidden.workflow).objects.filter(pk=hidden.workflow_id).update(is_hidden=True)
    run_of(each_database, hidden, days=1, tokens=9, cost=5.0)
    run_of(each_database, shop, days=1, tokens=1, cost=0.1)

    names = [(one["id"], one["name"]) for one in use_of(shop.workspace_id, 7, with_people=False)["apps"]]
    assert names == [(shop.workflow_id, shop.workflow.name), (None, "")]


def test_members_and_keys_have_names_and_visitors_are_one(each_database: Stack):
    version = app(each_database, "people")
    anna = User.objects.create(email=f"{uuid.uuid4().hex}@example.com", name="Anna")
    key = ApiKey.objects.create(
        workspace_id=version.workspace_id,
        workflow_id=version.workflow_id,
        name="Till",
        prefix="tk_1",
        hash=uuid.uuid4().hex,
    )
    for audience, ref, tokens in (
        ("member", str(anna.pk), 1),
        ("key", str(key.pk), 2),
        ("visitor", "one", 4),
        ("visitor", "two", 8),
        ("member", str(uuid.uuid4()), 16),
    ):
        run_of(
            each_database,
            version,
            days=20,
            tokens=tokens,
            cost=None,
            audience=audience,
            audience_ref=ref,
        )
    wanted = [("member", "", 16), ("visitor", "", 12), ("key", "Till", 2), ("member", "Anna", 1)]

    def shown() -> list[tuple[str, str, int]]:
        people = use_of(version.workspace_id, 30, with_people=True)["people"]
        return [(one["audience"], one["name"], one["tokens"]) for one in people]

    assert shown() == wanted
    clear(version.workspace_id, runs_days=7)
    assert shown() == wanted
    assert not PastUse.objects.filter(audience="visitor").exclude(audience_ref="").exists()


def test_a_workspace_sees_nothing_of_another(each_database: Stack):
    mine, theirs = app(each_database, "mine"), app(each_database, "theirs")
    for days in (1, 20):
        run_of(each_database, theirs, days=days, tokens=100, cost=1.0)
    clear(theirs.workspace_id, runs_days=10)

    seen = use_of(mine.workspace_id, 30, with_people=True)
    assert figures(seen["total"]) == (0, 0, 0.0, 0)
    assert seen["apps"] == []
    assert seen["people"] == []


def test_only_owners_read_who_used_how_much(owner: Person, editor: Person):
    assert owner.client.get("/api/usage").json()["people"] == []
    answer = editor.client.get("/api/usage", {"days": 7}).json()
    assert answer["people"] is None
    assert len(answer["days"]) == 7


@pytest.mark.parametrize("days", ["0", "-1", "367", "x", "1e9", ""])
def test_a_stretch_that_is_none_is_refused(owner: Person, days: str):
    answer = owner.client.get("/api/usage", {"days": days})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"]
