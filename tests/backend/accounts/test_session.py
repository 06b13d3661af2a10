"""Coming in, going out, and what is asked of a change."""

import pytest
from django.core.management import call_command
from django.test import Client

from backend.accounts.models import Member, User
from tests.conftest import Person


def printed_token(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("sign_in_link")
    address, _, token = capsys.readouterr().out.strip().partition("/welcome#")
    assert address == "http://127.0.0.1:8000"
    return token


def test_a_printed_link_makes_the_first_owner_and_signs_in_once(
    anonymous: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    token = printed_token(capsys)

    first = anonymous.post("/api/session/link", {"token": token}, content_type="application/json")
    again = Client().post("/api/session/link", {"token": token}, content_type="application/json")

    assert first.status_code == 200
    assert first.json()["role"] == "owner"
    assert first.json()["has_password"] is False
    assert again.status_code == 401
    assert again.json()["error"]["code"] == "link_used"
    assert User.objects.count() == Member.objects.count() == 1


def test_a_link_is_refused_from_another_machine(
    capsys: pytest.CaptureFixture[str], anonymous: Client
) -> None:
    token = printed_token(capsys)

    answer = anonymous.post(
        "/api/session/link", {"token": token}, content_type="application/json", REMOTE_ADDR="192.0.2.7"
    )

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_local"


def test_signed_out_is_401_with_a_csrf_cookie(anonymous: Client) -> None:
    answer = anonymous.get("/api/session")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "signed_out"
    assert answer.cookies["csrftoken"].value


def test_who_is_signed_in_is_told(owner: Person) -> None:
    answer = owner.client.get("/api/session")

    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "anna@example.com"
    assert answer.json()["workspace"] == {"id": str(owner.workspace.pk), "name": "Anna's bakery"}
