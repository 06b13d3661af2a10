"""Coming in, going out, and what is asked of a change."""

from io import StringIO
from ipaddress import ip_address
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from backend.accounts.models import FailedSignIn, Member, User
from tests.conftest import PASSWORD, Person


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
    assert first.cookies["treadle_session"]["httponly"]
    assert first.cookies["treadle_session"]["samesite"] == "Lax"
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
    here = {"id": str(owner.workspace.pk), "name": "Anna's bakery"}
    assert answer.json()["workspace"] == here
    assert answer.json()["workspaces"] == [{**here, "role": "owner"}]


def with_password(person: Person, password: str = PASSWORD, old: str = "") -> None:
    body = {"password": password, "old_password": old}
    answer = person.client.put("/api/session/password", body, content_type="application/json")
    assert answer.status_code == 200


def try_password(client: Client, email: str, password: str, **extra: str) -> int:
    body = {"email": email, "password": password}
    return client.post("/api/session", body, content_type="application/json", **extra).status_code


def test_a_password_signs_in_whatever_the_case_of_the_address(owner: Person, anonymous: Client) -> None:
    with_password(owner)

    assert try_password(anonymous, "ANNA@example.com", PASSWORD) == 200
    assert anonymous.get("/api/session").json()["has_password"] is True


def test_signing_in_changes_the_session_key(owner: Person, anonymous: Client) -> None:
    with_password(owner)
    anonymous.cookies["treadle_session"] = "0123456789abcdef0123456789abcdef"

    try_password(anonymous, "anna@example.com", PASSWORD)

    assert anonymous.cookies["treadle_session"].value != "0123456789abcdef0123456789abcdef"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(owner: Person, anonymous: Client) -> None:
    with_password(owner)
    try_password(anonymous, "anna@example.com", PASSWORD)

    with_password(owner, "another good password", PASSWORD)

    assert anonymous.get("/api/session").status_code == 401
    assert owner.client.get("/api/session").status_code == 200


def test_a_weak_password_is_refused_in_words(owner: Person) -> None:
    answer = owner.client.put("/api/session/password", {"password": "short"}, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "weak_password"


def test_guessing_is_stopped_per_account_and_address(owner: Person, anonymous: Client) -> None:
    with_password(owner)

    tries = [try_password(anonymous, "anna@example.com", "wrong") for _ in range(6)]

    assert tries == [401] * 5 + [429]
    assert try_password(anonymous, "anna@example.com", PASSWORD) == 429
    assert try_password(anonymous, "anna@example.com", PASSWORD, REMOTE_ADDR="198.51.100.4") == 200


def test_one_address_cannot_try_many_accounts(anonymous: Client) -> None:
    tries = [try_password(anonymous, f"person{n}@example.com", "wrong") for n in range(31)]

    assert tries == [401] * 30 + [429]


@pytest.mark.parametrize("said", ["nonsense", "203.0.113.9:51000", "fe80::1%eth0", "9" * 300, ""])
def test_whatever_a_proxy_says_an_address_is_kept(anonymous: Client, said: str) -> None:
    """PostgreSQL refuses anything else, and signing in would end as a 500."""
    assert try_password(anonymous, "anna@example.com", "wrong", REMOTE_ADDR=said) == 401

    kept = FailedSignIn.objects.get().address
    assert "%" not in kept
    ip_address(kept)


def test_a_refusal_does_not_tell_whether_the_account_exists(owner: Person, anonymous: Client) -> None:
    with_password(owner)
    body = {"password": "wrong"}

    known = anonymous.post("/api/session", {**body, "email": "anna@example.com"}, "application/json")
    unknown = anonymous.post("/api/session", {**body, "email": "nobody@example.com"}, "application/json")

    assert known.json() == unknown.json()


def test_signing_out_ends_the_session(owner: Person) -> None:
    assert owner.client.delete("/api/session").status_code == 204
    assert owner.client.get("/api/session").status_code == 401


def test_a_name_and_a_language_can_be_changed(viewer: Person) -> None:
    answer = viewer.client.patch(
        "/api/session", {"name": "王薇", "language": "zh"}, content_type="application/json"
    )

    assert answer.json()["user"] | {"id": ""} == {
        "id": "",
        "email": "vera@example.com",
        "name": "王薇",
        "language": "zh",
    }


def test_a_member_who_was_removed_is_signed_out(editor: Person) -> None:
    Member.objects.all().delete()

    assert editor.client.get("/api/workflows").status_code == 401


def test_a_change_needs_the_csrf_token(owner: Person) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = owner.client.cookies
    body = {"name": "Mallory"}

    without = strict.patch("/api/session", body, content_type="application/json")
    strict.get("/api/session")
    token = strict.cookies["csrftoken"].value
    with_token = strict.patch("/api/session", body, "application/json", headers={"X-CSRFToken": token})

    assert without.status_code == 403
    assert without.json()["error"]["code"] == "csrf_failed"
    assert with_token.status_code == 200


def test_signing_in_needs_the_csrf_token_too(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/api/session/link", {"token": "x"}, content_type="application/json")

    assert answer.json()["error"]["code"] == "csrf_failed"


def test_a_change_from_another_site_is_refused_even_with_the_token(owner: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies
    strict.get("/api/session")
    headers = {"X-CSRFToken": strict.cookies["csrftoken"].value, "Origin": "https://evil.example"}

    answer = strict.patch("/api/session", {"name": "M"}, content_type="application/json", headers=headers)

    assert answer.status_code == 403


def put(person: Person, what: str, **body: str) -> Any:
    return person.client.put(f"/api/session/{what}", body, content_type="application/json")


@pytest.mark.parametrize("what", ["password", "email"])
def test_who_has_a_password_must_know_it_to_change_how_they_sign_in(owner: Person, what: str) -> None:
    with_password(owner)
    new = {"password": "another good password"} if what == "password" else {"email": "anna@bakery.example"}

    without, wrong, right = (put(owner, what, **new, old_password=old) for old in ("", "guess", PASSWORD))

    assert (without.status_code, wrong.status_code, right.status_code) == (403, 403, 200)
    assert wrong.json()["error"]["code"] == "old_password_wrong"


def test_the_old_password_cannot_be_guessed_at_an_unlocked_screen(owner: Person) -> None:
    with_password(owner)

    tries = [put(owner, "email", email="m@evil.example", old_password=f"guess {n}") for n in range(6)]

    assert [answer.status_code for answer in tries] == [403] * 5 + [429]


def test_the_first_owner_gives_themselves_a_real_address(
    anonymous: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    anonymous.post("/api/session/link", {"token": printed_token(capsys)}, content_type="application/json")

    answer = anonymous.put(
        "/api/session/email", {"email": " Anna@Bakery.Example "}, content_type="application/json"
    )

    assert answer.json()["user"]["email"] == "anna@bakery.example"
    assert User.objects.get().email == "anna@bakery.example"


@pytest.mark.parametrize("email", ["nonsense", "a@", "a b@c.de", "@", "é" * 60 + "@x"])
def test_an_address_that_is_none_is_refused(owner: Person, email: str) -> None:
    answer = put(owner, "email", email=email)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_email")


def test_nobody_takes_the_address_of_another(owner: Person, editor: Person) -> None:
    answer = put(owner, "email", email="EMIL@example.com")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "email_taken")


def test_signing_out_elsewhere_ends_the_other_sessions_and_keeps_this_one(
    owner: Person, anonymous: Client
) -> None:
    with_password(owner)
    try_password(anonymous, "anna@example.com", PASSWORD)

    assert owner.client.delete("/api/session/others").status_code == 200

    assert anonymous.get("/api/session").status_code == 401
    assert owner.client.get("/api/session").status_code == 200
    assert try_password(anonymous, "anna@example.com", PASSWORD) == 200


def test_an_ended_session_stays_ended_after_the_secret_key_was_changed(
    owner: Person, anonymous: Client, settings: Any
) -> None:
    with_password(owner)
    try_password(anonymous, "anna@example.com", PASSWORD)
    owner.client.delete("/api/session/others")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-installation-that-is-long"

    assert anonymous.get("/api/session").status_code == 401
    assert owner.client.get("/api/session").status_code == 200


def test_a_right_password_without_a_workspace_is_answered_in_words(owner: Person, anonymous: Client) -> None:
    with_password(owner)
    Member.objects.all().delete()

    answer = anonymous.post(
        "/api/session", {"email": "anna@example.com", "password": PASSWORD}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no_workspace")
    assert anonymous.get("/api/session").status_code == 401


def test_who_runs_the_server_gives_a_new_password_to_who_forgot_theirs(
    owner: Person, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_password(owner)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "a password told by phone")

    call_command("changepassword", "anna@example.com", stdout=StringIO())

    assert owner.client.get("/api/session").status_code == 401
    assert try_password(anonymous, "anna@example.com", "a password told by phone") == 200
