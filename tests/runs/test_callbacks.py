"""A run that waits for another service: one call counts, by POST, while something waits."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.models import Role
from backend.runs.models import Run, Signal, Wait
from backend.runs.state import state_of
from backend.workflows.models import Version
from tests.conftest import Person, make_person
from tests.runs.asking import ella, waiting
from tests.runs.stack import Stack, graph, node
from tests.runs.test_api import post

__all__ = ["ella"]


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
