"""The workspace's mail server: set by owners, its password told to nobody and sent to no other server."""

from __future__ import annotations

from typing import Any

import pytest

from backend.mail.models import MailServer
from backend.mail.services import password_of
from tests.conftest import Person

SERVER = {
    "host": "smtp.example.com",
    "port": 465,
    "security": "tls",
    "username": "shop",
    "password": "s3cret-of-the-shop",
    "sender": "shop@example.com",
    "sender_name": "The shop",
}


def put(person: Person, **changes: Any) -> Any:
    return person.client.put("/api/mail", {**SERVER, **changes}, "application/json")


def kept(person: Person) -> MailServer:
    return MailServer.objects.for_workspace(person.workspace).get()


def test_the_password_is_kept_encrypted_and_told_to_nobody(owner: Person):
    answer = put(owner)

    assert answer.status_code == 200
    told = owner.client.get("/api/mail")
    assert told.json()["server"]["has_password"] is True
    assert SERVER["password"] not in told.content.decode() + answer.content.decode() + kept(owner).password
    assert password_of(kept(owner)) == SERVER["password"]


def test_a_password_that_is_not_given_again_stays_for_the_same_server_alone(owner: Person):
    put(owner)

    assert put(owner, password=None, sender_name="Bakery").status_code == 200
    assert password_of(kept(owner)) == SERVER["password"]
    for elsewhere in ({"host": "smtp.evil.example"}, {"port": 587}):
        refused = put(owner, password=None, **elsewhere)
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "password")
    assert kept(owner).host == "smtp.example.com"

    assert put(owner, username="", password=None, host="smtp.other.example").status_code == 200
    assert kept(owner).password == ""


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("host", {"host": "smtp.example.com/x"}),
        ("host", {"host": "a b"}),
        ("sender", {"sender": "nobody"}),
        ("sender", {"sender": "a@example.com\r\nBcc: b@example.com"}),
        ("sender_name", {"sender_name": "Shop\nBcc: b@example.com"}),
        ("security", {"security": "none"}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(owner: Person, field: str, changes: dict[str, Any]):
    refused = put(owner, **changes)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_mail_server")
    assert refused.json()["error"]["field"] == field
    assert not MailServer.objects.exists()
