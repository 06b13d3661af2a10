"""The test letter of Settings ▸ E-mail goes the guarded way, and says in words what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backend.accounts.models import Role
from backend.mail.services import remove_server, set_server
from backend.runs.models import Run
from tests.conftest import make_person
from tests.runs.office import Office, office
from tests.runs.stack import Stack, free_port

__all__ = ["office"]


@pytest.fixture
def boss(stack: Stack) -> Client:
    """The owner of the bakery, signed in."""
    return make_person("boss@example.org", stack.bakery, Role.OWNER).client


def send(client: Client, to: str = "boss@example.org", **more: Any) -> Any:
    return client.post("/api/mail/test", {"to": to, **more}, content_type="application/json")


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_letter_is_sent_to_who_is_named_and_the_answer_says_so(stack: Stack, office: Office, boss: Client):
    office.serve(stack.bakery.pk)
    stack.start_worker()

    answer = send(boss, language="zh")

    assert (answer.status_code, answer.json()) == (200, {"to": "boss@example.org"})
    (letter,) = office.kept
    assert (letter["To"], letter["From"]) == ("boss@example.org", "The shop <shop@example.org>")
    assert Run.objects.filter(workspace=stack.bakery, workflow__is_hidden=True).count() == 1


def test_what_went_wrong_is_said(stack: Stack, office: Office, boss: Client):
    office.serve(stack.bakery.pk)
    silent = free_port()
    stack.env["TREADLE_ALLOWED_HOSTS_PRIVATE"] += f",127.0.0.1:{silent}"
    stack.start_worker()
    server = {"workspace_id": stack.bakery.pk, "host": "127.0.0.1", "username": "", "password": None}
    server |= {"sender": "shop@example.org", "sender_name": ""}

    set_server(**server, port=silent, security="tls")
    nobody_there = error_of(send(boss))
    set_server(**server, port=office.port, security="starttls")
    no_starttls = error_of(send(boss))
    set_server(**server, port=2525, security="none")
    not_allowed = error_of(send(boss))
    remove_server(stack.bakery.pk)

    assert nobody_there == (422, "address_unreachable")
    assert no_starttls == (422, "mail_refused")
    assert not_allowed == (422, "address_refused")
    assert error_of(send(boss)) == (404, "not_found")
    assert office.kept == []


@pytest.mark.parametrize("to", ["nobody", "a@b\nBcc: x@example.org", "{{ start_1.query }}", "a@b, c@d"])
def test_what_is_no_address_is_refused_before_anything_runs(
    stack: Stack, office: Office, boss: Client, to: str
):
    office.serve(stack.bakery.pk)
    before = Run.objects.count()

    answer = send(boss, to)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "to")
    assert Run.objects.count() == before
