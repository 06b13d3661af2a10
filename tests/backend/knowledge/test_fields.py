"""The fields of a collection's documents over HTTP: what may be in them, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from backend.knowledge.limits import MOST_FIELDS
from backend.knowledge.models import Document, KnowledgeBase
from tests.backend.knowledge.test_knowledge import make, upload
from tests.conftest import Person


def add_field(person: Person, base: str, name: str, kind: str = "text") -> Any:
    body = {"name": name, "kind": kind}
    return person.client.post(f"/api/knowledge/{base}/fields", body, content_type="application/json")


def fill(person: Person, base: str, documents: list[str], **values: Any) -> Any:
    body = {"documents": documents, "values": values}
    return person.client.patch(f"/api/knowledge/{base}/documents", body, content_type="application/json")


def documents(person: Person, base: str, *names: str) -> list[str]:
    answer = upload(person, base, *[(name, b"x") for name in names])
    assert answer.status_code == 201, answer.content
    return [one["id"] for one in answer.json()["documents"]]


def listed(person: Person, base: str) -> dict[str, dict[str, Any]]:
    shown = person.client.get(f"/api/knowledge/{base}/documents").json()["documents"]
    return {one["title"]: one["values"] for one in shown}


@pytest.fixture
def base(owner: Person) -> str:
    """A collection with a field of each kind."""
    made = make(owner)
    for name, kind in [("部门", "text"), ("Year", "number"), ("Valid until", "date"), ("Open", "boolean")]:
        assert add_field(owner, made, name, kind).status_code == 201
    return made


def test_several_documents_are_filled_at_once_and_keep_what_is_not_named(owner: Person, base: str) -> None:
    a, b = documents(owner, base, "a.md", "b.md")
    fill(owner, base, [a], Year=2024)

    answer = fill(owner, base, [a, b], **{"部门": " 销售 ", "Valid until": "2026-01-31", "Open": False})

    same = {"部门": "销售", "Valid until": "2026-01-31", "Open": False}
    assert answer.status_code == 200, answer.content
    assert [one["id"] for one in answer.json()["documents"]] == [a, b]
    assert listed(owner, base) == {"a.md": {"Year": 2024, **same}, "b.md": same}
    fill(owner, base, [a], Year=None, Open=None)
    assert listed(owner, base)["a.md"] == {"部门": "销售", "Valid until": "2026-01-31"}


def test_a_document_tells_who_added_it(owner: Person, base: str) -> None:
    (pk,) = documents(owner, base, "a.md")

    shown = owner.client.get(f"/api/knowledge/{base}/documents/{pk}").json()

    assert (shown["uploaded_by"], shown["language"]) == (owner.user.email, "")


BAD_VALUES = [
    ("部门", 7),
    ("部门", " "),
    ("部门", "x" * 501),
    ("Year", "2024"),
    ("Year", True),
    ("Year", 10**16),
    ("Valid until", "tomorrow"),
    ("Valid until", "2026-02-30"),
    ("Valid until", "2026-W01-1"),
    ("Valid until", 20260131),
    ("Open", "yes"),
    ("Open", 1),
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES)
def test_a_value_that_does_not_fit_changes_nothing(owner: Person, base: str, name: str, value: Any) -> None:
    (pk,) = documents(owner, base, "a.md")

    answer = fill(owner, base, [pk], **{"Year": 2024, name: value})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_document_value")
    assert listed(owner, base) == {"a.md": {}}


BAD_NAMES = ["", " ", "a/b", "{{ x }}", "x" * 41, "name", "Uploaded at", "LANGUAGE", "a\nb", "-"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_no_field_can_have_is_refused(owner: Person, name: str) -> None:
    assert add_field(owner, make(owner), name).status_code == 422


def test_fields_are_there_once_and_only_so_many(owner: Person) -> None:
    base = make(owner)
    for n in range(MOST_FIELDS):
        assert add_field(owner, base, f"Field {n}").status_code == 201

    assert add_field(owner, base, "FIELD 0").json()["error"]["code"] == "document_field_exists"
    assert add_field(owner, base, "More").json()["error"]["code"] == "too_many_document_fields"
    assert add_field(owner, base, "Odd", "colour").status_code == 422


def test_a_removed_field_takes_its_values_along(owner: Person, base: str) -> None:
    (pk,) = documents(owner, base, "a.md")
    fill(owner, base, [pk], Year=2024, Open=True)

    answer = owner.client.delete(f"/api/knowledge/{base}/fields/Year")

    assert [one["name"] for one in answer.json()["fields"]] == ["部门", "Valid until", "Open"]
    assert listed(owner, base) == {"a.md": {"Open": True}}
    assert owner.client.delete(f"/api/knowledge/{base}/fields/Year").status_code == 404
    assert fill(owner, base, [pk], Year=1).json()["error"]["code"] == "document_field_missing"


def test_another_workspaces_fields_and_documents_are_not_there(
    owner: Person, stranger: Person, base: str
) -> None:
    theirs = make(stranger)
    add_field(stranger, theirs, "Year", "number")
    (mine,), (foreign,) = documents(owner, base, "a.md"), documents(stranger, theirs, "b.md")

    refused = [
        add_field(stranger, base, "Mine"),
        stranger.client.delete(f"/api/knowledge/{base}/fields/Year"),
        fill(stranger, base, [mine], Year=1),
        fill(stranger, theirs, [mine], Year=1),
        fill(owner, base, [mine, foreign], Year=1),
    ]

    assert [answer.status_code for answer in refused] == [404] * 5
    assert {one.title: one.field_values for one in Document.objects.all()} == {"a.md": {}, "b.md": {}}
    assert len(KnowledgeBase.objects.get(pk=base).fields) == 4


def test_a_list_of_documents_asks_as_often_however_many_there_are(
    owner: Person, base: str, django_assert_max_num_queries: Any
) -> None:
    documents(owner, base, *[f"{n}.md" for n in range(12)])

    with django_assert_max_num_queries(6):
        listed(owner, base)
