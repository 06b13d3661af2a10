"""The audit log: complete, without secrets, and written once."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from backend.accounts.append_only import make_append_only
from backend.accounts.audit import HIDDEN, audit
from backend.accounts.models import AuditEntry
from tests.conftest import PASSWORD, Person

JSON = "application/json"


def entries(person: Person, **only: Any) -> list[dict[str, Any]]:
    answer = person.client.get("/api/audit", only)
    assert answer.status_code == 200, answer.content
    return answer.json()["entries"]


def test_an_entry_says_who_did_what_to_whom_when_and_from_where(owner: Person, editor: Person):
    member = editor.user.memberships.get()
    answer = owner.client.patch(
        f"/api/members/{member.pk}", {"role": "viewer"}, JSON, REMOTE_ADDR="192.0.2.7"
    )

    (entry,) = entries(owner)

    assert entry["action"] == "member.role_changed"
    assert (entry["who"], entry["who_id"]) == ("anna@example.com", str(owner.user.pk))
    assert (entry["thing"], entry["thing_id"]) == ("emil@example.com", str(member.pk))
    assert entry["details"] == {"before": "editor", "role": "viewer"}
    assert entry["address"] == "192.0.2.7"
    assert entry["request_id"] == answer.headers["X-Request-ID"]


def test_people_coming_and_going_is_logged(owner: Person, anonymous: Client):
    path = owner.client.post("/api/invites", {"role": "viewer"}, JSON).json()["path"]
    person = {"name": "Nina", "email": "nina@example.com", "password": PASSWORD}
    anonymous.post("/api/invites/accept", {"token": path[6:], "person": person}, JSON)
    anonymous.delete("/api/members/me")

    assert [(row["action"], row["who"]) for row in reversed(entries(owner))] == [
        ("invite.created", "anna@example.com"),
        ("member.joined", "nina@example.com"),
        ("person.signed_in", "nina@example.com"),
        ("member.left", "nina@example.com"),
    ]


def test_no_secret_reaches_the_log(owner: Person, anonymous: Client):
    path = owner.client.post("/api/invites", {"role": "viewer"}, JSON).json()["path"]
    person = {"name": "Nina", "email": "nina@example.com", "password": PASSWORD}
    anonymous.post("/api/invites/accept", {"token": path[6:], "person": person}, JSON)
    anonymous.put("/api/session/password", {"password": "a new one 99", "old_password": PASSWORD}, JSON)

    stored = repr(list(AuditEntry.objects.values()))

    assert AuditEntry.objects.count() == 4
    for secret in (path[6:], PASSWORD, "a new one 99"):
        assert secret not in stored


@pytest.mark.parametrize(
    "details",
    [
        {"api_key": "abcd"},
        {"password": "abcd"},
        {"inner": {"token": "abcd"}},
        {"text": "the key tk_Zm9vYmFyYmF6cXV4"},
        {"texts": ["Authorization: Bearer abcdefgh12345678"]},
        {"value": "abcd"},
    ],
)
def test_what_looks_like_a_secret_is_hidden(owner: Person, details: dict[str, Any]):
    audit("key.created", owner.workspace, "sk-abcdefghijklmnop", **details)

    row = AuditEntry.objects.get()
    assert HIDDEN in repr(row.details)
    assert not any(part in repr(row.details) for part in ("abcd", "Zm9v"))
    assert row.thing == HIDDEN


def test_a_limit_of_tokens_is_no_secret(owner: Person):
    audit("app.limits_changed", owner.workspace, "Chat", limits={"tokens_per_day_app": 5_000})

    assert AuditEntry.objects.get().details == {"limits": {"tokens_per_day_app": 5_000}}


@pytest.mark.parametrize(
    ("field", "time"), [("since", "0001-01-01T00:00:00+14:00"), ("until", "9999-12-31T23:59:59-12:00")]
)
def test_a_time_beyond_the_calendar_is_refused(owner: Person, field: str, time: str):
    answer = owner.client.get("/api/audit", {field: time})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_an_unknown_action_is_no_action(owner: Person):
    with pytest.raises(ValueError, match=r"audit\.ACTIONS"):
        audit("member.vanished", owner.workspace, "x")


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_the_transaction_of_its_change_is_refused(owner: Person):
    with pytest.raises(transaction.TransactionManagementError):
        audit("workspace.renamed", owner.workspace, "x")


def test_what_was_not_done_is_not_logged(owner: Person):
    answer = owner.client.delete("/api/members/me")

    assert answer.status_code == 409
    assert not AuditEntry.objects.exists()


def test_the_database_refuses_to_change_or_delete_an_entry(owner: Person):
    audit("workspace.renamed", owner.workspace, "x")
    make_append_only(connection, AuditEntry._meta.db_table)

    for change in (
        lambda: AuditEntry.objects.update(who="nobody"),
        lambda: AuditEntry.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()

    assert AuditEntry.objects.get().thing == "x"


def test_no_route_changes_the_log(owner: Person):
    for method in ("post", "put", "patch", "delete"):
        assert getattr(owner.client, method)("/api/audit", {}, JSON).status_code == 405


@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_the_log_is_for_owners(request: pytest.FixtureRequest, who: str):
    assert request.getfixturevalue(who).client.get("/api/audit").status_code == 403


def test_a_workspace_sees_its_own_log(owner: Person, stranger: Person):
    owner.client.patch("/api/workspace", {"name": "Bakery"}, JSON)
    stranger.client.patch("/api/workspace", {"name": "Garage"}, JSON)

    assert [row["thing"] for row in entries(stranger)] == ["Garage"]


def test_the_log_is_read_page_by_page_and_by_what_one_looks_for(owner: Person):
    for n in range(5):
        owner.client.patch("/api/workspace", {"name": f"Bakery {n}"}, JSON)
    owner.client.post("/api/invites", {"role": "viewer"}, JSON)

    first = owner.client.get("/api/audit", {"limit": 4}).json()
    second = owner.client.get("/api/audit", {"limit": 4, "before": first["next"]}).json()

    assert [len(first["entries"]), len(second["entries"]), second["next"]] == [4, 2, None]
    assert len({row["id"] for row in first["entries"] + second["entries"]}) == 6
    assert [row["action"] for row in entries(owner, group="invite")] == ["invite.created"]
    assert len(entries(owner, who_id=str(owner.user.pk))) == 6
    assert entries(owner, since="2999-01-01T00:00:00Z") == []
    assert len(entries(owner, until="2999-01-01T00:00")) == 6
    assert len(entries(owner, thing_id=str(owner.workspace.pk))) == 5
    for nonsense in ({"group": "x"}, {"limit": 0}, {"before": 0}, {"who_id": "x"}, {"since": "x"}):
        assert owner.client.get("/api/audit", nonsense).status_code == 422
