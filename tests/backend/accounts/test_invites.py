"""Invitations: a link by which one person joins, once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from backend.accounts.auth import hash_token
from backend.accounts.models import Invite, Member, Role, User, Workspace
from tests.conftest import PASSWORD, Person, make_person

JSON = "application/json"


def invite(by: Person, **body: Any) -> str:
    """A new invitation's token."""
    answer = by.client.post("/api/invites", {"role": "editor", **body}, JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["path"].removeprefix("/join#")


def accept(client: Client, token: str, **person: str) -> Any:
    body: dict[str, Any] = {"token": token}
    if person:
        body["person"] = {"name": "Nina", "email": "nina@example.com", "password": PASSWORD, **person}
    return client.post("/api/invites/accept", body, JSON)


def test_a_new_person_joins_by_the_link_and_is_signed_in(owner: Person, anonymous: Client):
    token = invite(owner)

    shown = anonymous.post("/api/invites/look", {"token": token}, JSON).json()
    joined = accept(anonymous, token, email=" Nina@Example.com")

    assert (shown["workspace"], shown["invited_by"], shown["role"]) == ("Anna's bakery", "Anna", "editor")
    assert joined.status_code == 200, joined.content
    assert joined.json()["workspace"]["name"] == "Anna's bakery"
    assert anonymous.get("/api/session").json()["role"] == "editor"
    assert anonymous.get("/api/session").json()["user"]["email"] == "nina@example.com"
    again = Client()
    body = {"email": "nina@example.com", "password": PASSWORD}
    assert again.post("/api/session", body, JSON).status_code == 200


def test_who_is_signed_in_joins_as_who_they_are_and_keeps_their_own_workspace(
    owner: Person, stranger: Person
):
    joined = accept(stranger.client, invite(owner, role="viewer"))

    assert joined.json()["workspace"]["name"] == "Anna's bakery"
    assert joined.json()["role"] == "viewer"
    assert len(joined.json()["workspaces"]) == 2


def test_a_link_works_once(owner: Person, anonymous: Client, stranger: Person):
    token = invite(owner)
    accept(anonymous, token, name="Nina")

    assert accept(stranger.client, token).json()["error"]["code"] == "invite_gone"
    assert Client().post("/api/invites/look", {"token": token}, JSON).status_code == 404
    assert Member.objects.filter(workspace=owner.workspace).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_in():
    owner = make_person("anna@example.com", Workspace.objects.create(name="Bakery"), Role.OWNER)
    token = invite(owner)
    start, codes = threading.Barrier(2), []

    def go(n: int) -> None:
        start.wait()
        codes.append(accept(Client(), token, email=f"person{n}@example.com").status_code)
        connections.close_all()

    threads = [threading.Thread(target=go, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [200, 404]
    assert User.objects.count() == 2


def test_only_the_hash_of_a_token_is_kept_and_it_is_told_once(owner: Person):
    token = invite(owner)

    row = Invite.objects.get()
    assert row.hash == hash_token(token)
    assert token not in owner.client.get("/api/invites").content.decode()
    assert len(token) >= 43


def test_a_late_and_a_withdrawn_invitation_open_nothing(owner: Person, anonymous: Client):
    late, withdrawn = invite(owner), invite(owner)
    Invite.objects.filter(hash=hash_token(late)).update(expires_at=timezone.now() - timedelta(seconds=1))
    row = Invite.objects.get(hash=hash_token(withdrawn))

    assert [each["id"] for each in owner.client.get("/api/invites").json()["invites"]] == [str(row.pk)]
    assert owner.client.delete(f"/api/invites/{row.pk}").status_code == 204
    assert owner.client.delete(f"/api/invites/{row.pk}").status_code == 404

    for token in (late, withdrawn, "x", "0" * 200):
        assert accept(anonymous, token, name="N").json()["error"]["code"] == "invite_gone"
    assert not User.objects.filter(email="nina@example.com").exists()


def test_an_invitation_for_one_address_is_for_nobody_else(owner: Person, anonymous: Client, stranger: Person):
    token = invite(owner, email="Nina@example.com")

    by_stranger = accept(stranger.client, token)
    by_other = accept(anonymous, token, email="mallory@example.com")
    by_nina = accept(anonymous, token, email="nina@example.com")

    assert by_stranger.json()["error"]["code"] == by_other.json()["error"]["code"] == "invite_for_other"
    assert by_nina.status_code == 200


def test_nobody_gets_into_the_account_of_another_by_an_invitation(
    owner: Person, anonymous: Client, editor: Person
):
    answer = accept(anonymous, invite(owner, role="owner"), email="emil@example.com")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account_exists")
    assert anonymous.get("/api/session").status_code == 401


def test_a_refusal_does_not_use_the_link_up(owner: Person, anonymous: Client, editor: Person):
    token = invite(owner)

    refusals = [
        accept(anonymous, token, password="short"),
        accept(anonymous, token, email="nonsense"),
        accept(anonymous, token, name="  "),
        accept(anonymous, token),
        accept(editor.client, token),
    ]

    assert [answer.json()["error"]["code"] for answer in refusals] == [
        "weak_password",
        "bad_email",
        "bad_field",
        "signed_out",
        "already_member",
    ]
    assert accept(anonymous, token, name="Nina").status_code == 200


def test_only_an_owner_invites(editor: Person, viewer: Person):
    for person in (editor, viewer):
        assert person.client.post("/api/invites", {"role": "viewer"}, JSON).status_code == 403
        assert person.client.get("/api/invites").status_code == 403


@pytest.mark.parametrize(
    "body",
    [{"role": "admin"}, {"role": "owner", "days": 0}, {"role": "owner", "days": 31}, {}, {"role": None}],
)
def test_an_invitation_that_makes_no_sense_is_refused(owner: Person, body: dict[str, Any]):
    answer = owner.client.post("/api/invites", body, JSON)

    assert answer.status_code == 422
    assert not Invite.objects.exists()


def test_a_member_is_not_invited_again(owner: Person, editor: Person):
    answer = owner.client.post("/api/invites", {"role": "owner", "email": "Emil@example.com"}, JSON)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_member")


def test_joining_changes_the_session_key(owner: Person, anonymous: Client):
    anonymous.cookies["treadle_session"] = "0123456789abcdef0123456789abcdef"

    accept(anonymous, invite(owner), name="Nina")

    assert anonymous.cookies["treadle_session"].value != "0123456789abcdef0123456789abcdef"
