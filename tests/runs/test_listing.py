"""The list of runs says of each what it is doing, and why it does not go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import Role, Workspace
from backend.runs.models import Conversation, Run, RunStatus
from backend.runs.state import OVERDUE, state_of
from backend.runs.timings import TIMINGS
from tests.conftest import Person, make_person
from tests.runs.stack import CHAT, ECHO, Stack

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LONG_AGO = NOW - OVERDUE - timedelta(seconds=1)
HELD = {"status": "running", "lease_owner": "w", "lease_until": NOW + timedelta(seconds=TIMINGS.lease_s)}
EVENT = {"path": "ask_1", "name": "reply", "reason": "event", "until": None, "since": NOW.isoformat()}
UNKNOWN = {**EVENT, "path": "each_1[2].http_1", "name": "#settle 1", "reason": "outcome_unknown"}


@pytest.mark.parametrize(
    ("row", "kind", "reason"),
    [
        ({"status": "queued", "wake_at": NOW}, "queued", ""),
        ({"status": "queued", "wake_at": LONG_AGO}, "stuck", "no_worker"),
        (HELD, "working", ""),
        ({**HELD, "recoveries": 1}, "recovered", "worker_gone"),
        ({**HELD, "cancel_requested_at": NOW}, "stopping", ""),
        ({**HELD, "pause_requested_at": NOW}, "pausing", ""),
        ({**HELD, "lease_until": NOW + timedelta(seconds=TIMINGS.lease_s / 10)}, "stuck", "worker_gone"),
        ({**HELD, "lease_until": LONG_AGO}, "stuck", "no_worker"),
        ({"status": "running", "wake_at": NOW}, "queued", ""),
        ({"status": "running", "wake_at": LONG_AGO}, "stuck", "no_worker"),
        ({"status": "waiting", "wake_at": None}, "waiting", ""),
        ({"status": "waiting", "wake_at": NOW + timedelta(days=1)}, "waiting", ""),
        ({"status": "waiting", "wake_at": LONG_AGO}, "stuck", "no_worker"),
        ({"status": "waiting", "waiting": [EVENT]}, "waiting", "event"),
        ({"status": "waiting", "waiting": [EVENT, UNKNOWN]}, "waiting", "outcome_unknown"),
        ({"status": "waiting", "waiting": [EVENT], "pause_requested_at": NOW}, "paused", ""),
        ({"status": "succeeded", "finished_at": NOW, "recoveries": 2}, "ended", ""),
    ],
)
def test_a_run_says_what_it_is_doing(row: dict[str, Any], kind: str, reason: str):
    state = state_of(Run(created_at=NOW, **row), NOW)

    assert (state["kind"], state["reason"]) == (kind, reason)


def test_a_message_behind_another_is_not_called_stuck():
    waiting_its_turn = Run(status=RunStatus.QUEUED, created_at=LONG_AGO, wake_at=LONG_AGO)

    assert state_of(waiting_its_turn, NOW, is_behind=True)["reason"] == "behind"


def test_a_run_whose_wait_is_over_goes_on_after_the_message_that_is_being_answered():
    woken = Run(status=RunStatus.WAITING, created_at=LONG_AGO, wake_at=LONG_AGO, waiting=[EVENT])
    waiting = Run(status=RunStatus.WAITING, created_at=LONG_AGO, waiting=[EVENT])

    assert state_of(woken, NOW, is_behind=True)["reason"] == "behind"
    assert state_of(waiting, NOW, is_behind=True)["reason"] == "event"


def test_a_run_that_waits_for_a_person_says_at_which_step_and_since_when():
    state = state_of(Run(status=RunStatus.WAITING, created_at=NOW, waiting=[EVENT, UNKNOWN]), NOW)

    assert (state["path"], state["since"]) == ("each_1[2].http_1", NOW)


@pytest.fixture(scope="module")
def anna(running: Stack) -> Person:
    return make_person("anna-lists@example.com", Workspace.objects.create(name="Anna's list"), Role.OWNER)


def test_runs_come_page_by_page_each_once(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    runs = [str(running.ended(running.say(app, f"message {n}")).pk) for n in range(5)]
    path = f"/api/workflows/{app.workflow_id}/runs"

    seen: list[str] = []
    before = ""
    while True:
        page = anna.client.get(f"{path}?limit=2{before}").json()
        seen += [run["id"] for run in page["runs"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"

    assert seen == runs[::-1]


def test_the_list_shows_what_was_asked_answered_and_used(running: Stack, anna: Person):
    app = running.app(CHAT, anna.workspace)
    running.ended(running.say(app, "Hello"))

    (run,) = anna.client.get(f"/api/workflows/{app.workflow_id}/runs").json()["runs"]

    assert (run["query"], run["answer"], run["status"]) == ("Hello", "You said: Hello", "succeeded")
    assert run["state"]["kind"] == "ended"
    assert run["elapsed_ms"] >= 0
    assert run["recoveries"] == 0


def test_only_one_kind_of_runs_can_be_listed(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    ended = running.ended(running.say(app, "done"))
    path = f"/api/workflows/{app.workflow_id}/runs"
    Run.objects.filter(pk=ended.pk).update(recoveries=1)

    def listed(only: str) -> list[str]:
        return [run["id"] for run in anna.client.get(f"{path}?only={only}").json()["runs"]]

    assert listed("succeeded") == listed("recovered") == [str(ended.pk)]
    assert listed("failed") == listed("open") == listed("waiting") == listed("stopped") == []
    assert anna.client.get(f"{path}?only=nonsense").status_code == 422


def test_a_page_after_a_foreign_run_is_not_found(running: Stack, anna: Person):
    stranger = running.app(ECHO, Workspace.objects.create(name="Strangers"))
    foreign = running.ended(running.say(stranger, "theirs"))
    app = running.app(ECHO, anna.workspace)

    assert anna.client.get(f"/api/workflows/{app.workflow_id}/runs?before={foreign.pk}").status_code == 404


def test_the_list_and_the_run_itself_say_that_a_message_waits_for_another(running: Stack, anna: Person):
    app = running.app(ECHO, anna.workspace)
    conversation = Conversation.objects.create(
        workspace=anna.workspace, workflow_id=app.workflow_id, audience="member", turns=3
    )
    own = {"workspace": anna.workspace, "workflow_id": app.workflow_id, "version": app, "audience": "member",
           "conversation": conversation}  # fmt: skip
    later = timezone.now() + timedelta(days=1)
    held = {"status": "running", "lease_owner": "w", "lease_until": later, "wake_at": None}
    first = Run.objects.create(**own, **held, turn=2, created_at=LONG_AGO)
    woken = Run.objects.create(
        **own, turn=1, status="waiting", created_at=LONG_AGO - OVERDUE, wake_at=LONG_AGO
    )
    second = Run.objects.create(**own, turn=3, created_at=NOW, wake_at=LONG_AGO)

    listed = anna.client.get(f"/api/workflows/{app.workflow_id}/runs").json()["runs"]
    alone = {run.pk: anna.client.get(f"/api/runs/{run.pk}").json()["state"] for run in (second, first, woken)}

    assert [run["state"]["reason"] for run in listed] == ["behind", "", "behind"]
    assert [run["state"] for run in listed] == list(alone.values())
