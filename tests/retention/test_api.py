"""/api/retention, for owners: each asks about their own workspace, and what makes no sense is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from backend.runs.models import Run
from tests.conftest import Person

JSON = "application/json"


def an_old_run(person: Person) -> None:
    """A run of theirs that was cancelled a month ago."""
    app = person.client.post("/api/workflows", {"template": "chat"}, JSON).json()
    run = person.client.post(f"/api/workflows/{app['id']}/runs", {"query": "Hello"}, JSON).json()
    at = timezone.now() - timedelta(days=30)
    Run.objects.filter(pk=run["id"]).update(status="cancelled", finished_at=at)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def put(client: Client, days: Any, mb: Any = None) -> Any:
    return client.put("/api/retention", {"runs_days": days, "runs_mb": mb}, JSON)


def test_all_is_kept_until_someone_says_otherwise(owner: Person):
    an_old_run(owner)

    told = owner.client.get("/api/retention").json()

    assert told == {"runs_days": None, "runs_mb": None, "least_days": 7, "clearing": None}
    assert owner.client.get("/api/retention/preview").json()["runs"] == 0
    assert code(owner.client.post("/api/retention/run")) == (409, "nothing_to_clear")


def test_the_preview_of_a_wish_saves_nothing(owner: Person):
    an_old_run(owner)

    seen = owner.client.get("/api/retention/preview?runs_days=7").json()

    assert (seen["runs"], seen["conversations"]) == (1, 1)
    assert owner.client.get("/api/retention").json()["runs_days"] is None


def test_wishes_that_make_no_sense_are_refused(owner: Person):
    assert code(put(owner.client, 6)) == (422, "kept_too_short")
    assert code(put(owner.client, 2**40)) == (422, "kept_too_short")
    assert code(put(owner.client, None, 0)) == (422, "kept_too_little")
    assert code(put(owner.client, None, 2**40)) == (422, "kept_too_little")
    for days in ("7", -1, 7.5, True, [7]):
        assert put(owner.client, days).status_code == 422, days
    assert code(owner.client.get("/api/retention/preview?runs_days=1")) == (422, "kept_too_short")


def test_a_round_is_asked_for_once_and_stopped(owner: Person):
    an_old_run(owner)
    assert put(owner.client, 7).status_code == 200

    begun = owner.client.post("/api/retention/run")
    assert (begun.status_code, begun.json()["state"], begun.json()["expected"]["runs"]) == (202, "working", 1)
    assert code(owner.client.post("/api/retention/run")) == (409, "clearing_under_way")

    assert owner.client.post("/api/retention/cancel").json()["state"] == "stopping"
    assert owner.client.get("/api/retention").json()["clearing"]["state"] == "stopping"


def test_nobody_sees_or_deletes_what_is_of_another_workspace(owner: Person, stranger: Person):
    an_old_run(owner)
    put(owner.client, 7)
    owner.client.post("/api/retention/run")

    assert stranger.client.get("/api/retention").json()["runs_days"] is None
    assert stranger.client.get("/api/retention/preview?runs_days=7").json()["runs"] == 0
    put(stranger.client, 7)
    assert code(stranger.client.post("/api/retention/run")) == (409, "nothing_to_clear")
    assert code(stranger.client.post("/api/retention/cancel")) == (409, "no_clearing")
    assert owner.client.get("/api/retention").json()["clearing"]["state"] == "working"
