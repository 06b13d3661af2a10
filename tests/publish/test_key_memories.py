"""What an app remembers of a program's people is seen and deleted by the app's key, and by no other."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from backend.accounts.models import AuditEntry
from backend.memory.models import Memory
from backend.publish.models import Publication
from backend.publish.visitors import COOKIE, visitor_of
from tests.backend.project.walk.world import furnish, public_slug
from tests.conftest import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def remembered(person: Person, ids: dict[str, Any], text: str, who: str, audience: str = "key") -> Memory:
    old = (
        Memory.objects.for_workspace(person.workspace)
        .filter(workflow_id=ids["workflow_id"])
        .earliest("said_at")
    )
    return Memory.objects.create(
        workspace=person.workspace,
        workflow_id=ids["workflow_id"],
        run=old.run,
        said_at=old.said_at,
        audience=audience,
        audience_ref=who,
        identity=text,
        text=text,
    )


def by_key(ids: dict[str, Any]) -> Client:
    bearer = {"Authorization": f"Bearer {ids['key_text']}"}
    return Client(raise_request_exception=False, headers=bearer)


def texts(client: Client, user: str) -> list[str]:
    return sorted(one["text"] for one in client.get("/v1/memories", {"user": user}).json()["memories"])


def test_a_program_lists_and_deletes_what_is_remembered_of_one_of_its_people(owner: Person, stranger: Person):
    hers, his = furnish(owner), furnish(stranger)
    nuts, tea = (remembered(owner, hers, text, "kim") for text in ("No nuts.", "Likes tea."))
    remembered(owner, hers, "Is somebody else.", "lee")
    remembered(owner, hers, "Is a visitor.", "kim", "visitor")
    foreign = remembered(stranger, his, "Is Bob's.", "kim")
    kim = by_key(hers)

    assert texts(kim, " kim ") == ["Likes tea.", "No nuts."]
    assert texts(by_key(his), "kim") == ["Is Bob's."]
    assert kim.delete(f"/v1/memories/{foreign.pk}").status_code == 404
    assert kim.delete(f"/v1/memories/{nuts.pk}").status_code == 200
    assert kim.delete(f"/v1/memories/{nuts.pk}").status_code == 404
    assert texts(kim, "kim") == [tea.text]
    assert kim.delete("/v1/memories?user=kim").json() == {"deleted": 1}
    assert texts(kim, "kim") == []
    assert texts(kim, "lee") == ["Is somebody else."]
    assert Memory.objects.filter(pk=foreign.pk).exists()
    assert Memory.objects.filter(audience="visitor", audience_ref="kim").count() == 1
    assert AuditEntry.objects.filter(action="memory.forgotten").count() == 2


def test_a_chat_page_hears_whether_its_own_visitor_is_remembered(owner: Person):
    hers = furnish(owner)
    ann, ben = Client(raise_request_exception=False), Client(raise_request_exception=False)
    publication = Publication.objects.get(slug=public_slug(hers))
    for visitor in (ann, ben):
        visitor.get(f"/c/{publication.slug}")
    request = RequestFactory().get(f"/c/{publication.slug}")
    request.COOKIES[COOKIE] = ann.cookies[COOKIE].value
    id = visitor_of(request, publication).id
    remembered(owner, hers, "No nuts.", id, "visitor")

    heard = [one.get(f"/c/{publication.slug}/conversations").json()["remembers"] for one in (ann, ben)]

    assert heard == [True, False]


def test_who_is_meant_must_be_said(owner: Person):
    hers = furnish(owner)
    remembered(owner, hers, "No nuts.", "kim")

    refused = [getattr(by_key(hers), method)("/v1/memories") for method in ("get", "delete")]

    assert [(one.status_code, one.json()["error"]["field"]) for one in refused] == [(400, "user")] * 2
    assert Memory.objects.filter(audience="key").count() == 1


def test_a_viewer_sees_of_what_members_said_to_an_app_only_their_own(
    owner: Person, viewer: Person, editor: Person
):
    ids = furnish(owner)
    mine, theirs = str(viewer.user.pk), str(editor.user.pk)
    for who, audience in ((mine, "member"), (theirs, "member"), ("kim", "visitor")):
        remembered(owner, ids, f"Of {who}.", who, audience)
    base = f"/api/workflows/{ids['workflow_id']}/memories"

    def people(person: Person) -> set[str]:
        return {one["ref"] for one in person.client.get(f"{base}/people").json()["people"]}

    def of(person: Person, ref: str, audience: str = "member") -> list[str]:
        asked = {"audience": audience, "ref": ref}
        return [one["text"] for one in person.client.get(base, asked).json()["memories"]]

    assert people(viewer) == {mine, "kim"}
    assert people(editor) > {mine, theirs, "kim"}
    assert of(viewer, theirs) == []
    assert of(viewer, mine) == [f"Of {mine}."]
    assert of(viewer, "kim", "visitor") == ["Of kim."]
    assert of(editor, mine) == [f"Of {mine}."]
