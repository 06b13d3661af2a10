"""Who is in a workspace, as what; and that there is always an owner."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from backend.accounts.errors import ApiError
from backend.accounts.members import change_role, leave, remove_member
from backend.accounts.models import Invite, Member, Role, Workspace
from tests.conftest import Person, make_person

JSON = "application/json"


def member_of(person: Person) -> Member:
    return Member.objects.get(user=person.user, workspace=person.workspace)


def set_role(by: Person, whom: Person, role: str) -> Any:
    return by.client.patch(f"/api/members/{member_of(whom).pk}", {"role": role}, JSON)


def remove(by: Person, whom: Person) -> Any:
    return by.client.delete(f"/api/members/{member_of(whom).pk}")


def test_every_member_sees_who_is_there(owner: Person, editor: Person, viewer: Person, stranger: Person):
    listed = viewer.client.get("/api/members").json()["members"]

    assert [(row["email"], row["role"], row["is_you"]) for row in listed] == [
        ("anna@example.com", "owner", False),
        ("emil@example.com", "editor", False),
        ("vera@example.com", "viewer", True),
    ]


def test_a_role_holds_from_the_next_request_on(owner: Person, viewer: Person):
    assert viewer.client.post("/api/workflows", {"template": "chat"}, JSON).status_code == 403

    assert set_role(owner, viewer, "editor").json()["role"] == "editor"

    assert viewer.client.post("/api/workflows", {"template": "chat"}, JSON).status_code == 201


def test_a_removed_member_is_out_at_once(owner: Person, editor: Person):
    assert remove(owner, editor).status_code == 204

    assert editor.client.get("/api/workflows").status_code == 401
    assert editor.client.get("/api/session").json()["error"]["code"] == "signed_out"


@pytest.mark.parametrize("by", ["editor", "viewer"])
def test_only_an_owner_changes_who_is_there(owner: Person, request: pytest.FixtureRequest, by: str):
    person: Person = request.getfixturevalue(by)

    assert set_role(person, person, "owner").status_code == 403
    assert remove(person, owner).status_code == 403


def test_the_last_owner_cannot_be_removed_demoted_or_leave(owner: Person, editor: Person):
    answers = [
        set_role(owner, owner, "viewer"),
        remove(owner, owner),
        owner.client.delete("/api/members/me"),
    ]

    assert [answer.json()["error"]["code"] for answer in answers] == ["last_owner"] * 3
    assert member_of(owner).role == "owner"


def test_with_a_second_owner_the_first_may_go(owner: Person, editor: Person):
    set_role(owner, editor, "owner")

    assert owner.client.delete("/api/members/me").status_code == 204
    assert owner.client.get("/api/session").status_code == 401
    assert editor.client.get("/api/session").json()["role"] == "owner"


def go_at_once(workspace: Workspace, people: list[Person], verb: str) -> list[str]:
    """All of them give up being an owner at the same moment; the codes of the refusals."""
    start = threading.Barrier(len(people))
    refused: list[str] = []

    def go(person: Person) -> None:
        member = member_of(person)
        start.wait()
        try:
            if verb == "demote":
                change_role(workspace_id=workspace.pk, member_id=member.pk, role="viewer")
            elif verb == "remove":
                remove_member(workspace_id=workspace.pk, member_id=member.pk)
            else:
                leave(workspace_id=workspace.pk, user=person.user)
        except ApiError as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["demote", "remove", "leave"])
def test_two_owners_who_go_at_once_leave_one_behind(verb: str):
    workspace = Workspace.objects.create(name="Anna's bakery")
    people = [make_person(f"owner{n}@example.com", workspace, Role.OWNER) for n in range(2)]

    assert go_at_once(workspace, people, verb) == ["last_owner"]
    assert Member.objects.filter(workspace=workspace, role=Role.OWNER).count() == 1


def test_who_may_not_invite_any_more_cannot_come_back_by_an_old_invitation(owner: Person, editor: Person):
    set_role(owner, editor, "owner")
    path = editor.client.post("/api/invites", {"role": "owner"}, JSON).json()["path"]

    set_role(owner, editor, "viewer")

    token = path.partition("#")[2]
    assert Client().post("/api/invites/look", {"token": token}, JSON).status_code == 404
    assert not Invite.objects.exists()


def test_a_workspace_gets_another_name(owner: Person, editor: Person):
    renamed = owner.client.patch("/api/workspace", {"name": "  Bakery "}, JSON)

    assert renamed.json()["name"] == "Bakery"
    assert owner.client.patch("/api/workspace", {"name": "  "}, JSON).status_code == 422
    assert editor.client.patch("/api/workspace", {"name": "Mine"}, JSON).status_code == 403
    assert owner.client.get("/api/session").json()["workspace"]["name"] == "Bakery"


def test_a_person_in_two_workspaces_works_in_one_at_a_time(owner: Person, stranger: Person):
    owner.client.post("/api/workflows", {"template": "chat"}, JSON)
    Member.objects.create(workspace=owner.workspace, user=stranger.user, role=Role.VIEWER)
    assert stranger.client.get("/api/workflows").json() == {"workflows": []}

    there = stranger.client.put("/api/session/workspace", {"workspace_id": str(owner.workspace.pk)}, JSON)

    assert (there.json()["workspace"]["name"], there.json()["role"]) == ("Anna's bakery", "viewer")
    assert len(stranger.client.get("/api/workflows").json()["workflows"]) == 1
    assert stranger.client.post("/api/workflows", {"template": "chat"}, JSON).status_code == 403
    assert [row["role"] for row in there.json()["workspaces"]] == ["viewer", "owner"]


def test_nobody_switches_into_a_workspace_that_is_not_theirs(owner: Person, stranger: Person):
    for workspace_id in (owner.workspace.pk, uuid.uuid4()):
        answer = stranger.client.put("/api/session/workspace", {"workspace_id": str(workspace_id)}, JSON)
        assert answer.status_code == 404

    assert stranger.client.get("/api/session").json()["workspace"]["name"] == "Bob's garage"


def test_who_was_removed_does_nothing_in_their_other_workspace_by_mistake(owner: Person, stranger: Person):
    Member.objects.create(workspace=owner.workspace, user=stranger.user, role=Role.EDITOR)
    stranger.client.put("/api/session/workspace", {"workspace_id": str(owner.workspace.pk)}, JSON)
    Member.objects.filter(workspace=owner.workspace, user=stranger.user).delete()

    assert stranger.client.post("/api/workflows", {"template": "chat"}, JSON).status_code == 401
    assert stranger.client.get("/api/session").json()["workspace"]["name"] == "Bob's garage"
    assert stranger.client.post("/api/workflows", {"template": "chat"}, JSON).status_code == 201


def test_an_owner_opens_another_workspace_and_others_do_not(owner: Person, editor: Person):
    made = owner.client.post("/api/workspaces", {"name": "Second shop"}, JSON)

    assert made.status_code == 201
    assert owner.client.get("/api/session").json()["workspace"]["name"] == "Anna's bakery"
    assert {row["name"] for row in owner.client.get("/api/session").json()["workspaces"]} == {
        "Anna's bakery",
        "Second shop",
    }
    assert editor.client.post("/api/workspaces", {"name": "Mine"}, JSON).status_code == 403


def test_the_list_of_members_takes_the_same_queries_however_many_there_are(
    owner: Person, django_assert_num_queries: Any
):
    for n in range(5):
        make_person(f"person{n}@example.com", owner.workspace, Role.VIEWER)

    with django_assert_num_queries(4):  # session, user, membership, members
        answer = owner.client.get("/api/members")

    assert len(answer.json()["members"]) == 6
