"""A person pauses a run, lets it go on, and settles what nobody knows: one winner, and nobody else's run."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from backend.accounts.models import AuditEntry, Role, Workspace
from backend.runs.models import Event, Run, Signal
from backend.workflows.models import Version
from tests.conftest import Person, make_person
from tests.runs.stack import ECHO, Stack, until
from tests.runs.test_api import post


@pytest.fixture(scope="module")
def ella(running: Stack) -> Person:
    return make_person("ella@example.com", Workspace.objects.create(name="Ella's inn"), Role.EDITOR)


@pytest.fixture(scope="module")
def app(running: Stack, ella: Person) -> Version:
    return running.app(ECHO, ella.workspace)


@pytest.fixture
def paused(running: Stack, ella: Person, app: Version) -> Run:
    """A run that was paused before its worker heard of it."""
    with transaction.atomic():
        run = running.say(app, "Hello")
        assert post(ella.client, f"/api/runs/{run.pk}/pause").status_code == 200
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "the run to wait")
    return Run.objects.get(pk=run.pk)


def test_a_paused_run_has_started_no_step_and_holds_nothing(paused: Run):
    assert (paused.lease_owner, paused.lease_until, paused.wake_at) == (None, None, None)
    assert [reason["reason"] for reason in paused.waiting] == ["paused"]
    assert not Event.objects.filter(run=paused, type="node_started").exists()


def test_a_paused_run_goes_on_where_it_was(running: Stack, ella: Person, paused: Run):
    assert post(ella.client, f"/api/runs/{paused.pk}/resume").status_code == 200

    assert running.ended(paused).status == "succeeded"
    actions = AuditEntry.objects.filter(workspace=ella.workspace, action__startswith="run.")
    assert {"run.paused", "run.resumed"} <= set(actions.values_list("action", flat=True))


def test_a_paused_run_is_cancelled_at_once(ella: Person, paused: Run):
    assert post(ella.client, f"/api/runs/{paused.pk}/cancel").json()["status"] == "cancelled"


def test_the_audit_log_says_once_who_stopped_a_run_and_of_which_app(ella: Person, paused: Run):
    for _ in range(2):
        post(ella.client, f"/api/runs/{paused.pk}/cancel")

    (entry,) = AuditEntry.objects.filter(thing_id=str(paused.pk), action="run.cancelled")
    assert (entry.who, entry.thing) == (ella.user.email, paused.workflow.name)


def test_what_has_ended_is_neither_paused_nor_resumed(running: Stack, ella: Person, app: Version):
    run = running.ended(running.say(app, "Hello"))

    for verb in ("pause", "resume"):
        assert post(ella.client, f"/api/runs/{run.pk}/{verb}").json()["status"] == "succeeded"
    assert Run.objects.get(pk=run.pk).pause_requested_at is None


def test_what_a_person_says_of_an_unknown_outcome_counts_once(running: Stack, ella: Person, paused: Run):
    told: dict[str, Any] = {"attempt": 1, "name": "#settle 1", "reason": "outcome_unknown", "until": None}
    seq, now = paused.last_seq + 1, datetime.now(UTC)
    Event.objects.create(run=paused, seq=seq, type="node_waiting", path="tool_1", at=now, data=told)
    Run.objects.filter(pk=paused.pk).update(last_seq=seq)
    path = f"/api/runs/{paused.pk}/settle"

    elsewhere = post(ella.client, path, {"path": "tool_2", "action": "done"})
    first = post(ella.client, path, {"path": "tool_1", "action": "done", "output": {"text": "sent"}})
    second = post(ella.client, path, {"path": "tool_1", "action": "again"})
    post(ella.client, f"/api/runs/{paused.pk}/resume")

    assert [elsewhere.status_code, first.status_code, second.status_code] == [409, 200, 409]
    assert second.json()["error"]["code"] == "nothing_to_settle"
    assert Signal.objects.get(run=paused).payload == {"action": "done", "output": {"text": "sent"}}
    assert AuditEntry.objects.get(action="run.settled").workspace == ella.workspace
    assert running.ended(paused).status == "succeeded"


def test_only_editors_of_the_workspace_pause_resume_and_settle_and_only_by_post(ella: Person, paused: Run):
    vera = make_person("vera2@example.com", ella.workspace, Role.VIEWER)
    bob = make_person("bob2@example.com", Workspace.objects.create(name="Bob's"), Role.OWNER)
    settle = {"path": "tool_1", "action": "done"}

    for verb, body in (("pause", None), ("resume", None), ("settle", settle)):
        path = f"/api/runs/{paused.pk}/{verb}"
        assert post(vera.client, path, body).status_code == 403
        assert post(bob.client, path, body).status_code == 404
        assert ella.client.get(path).status_code == 405
    assert Run.objects.get(pk=paused.pk).status == "waiting"
