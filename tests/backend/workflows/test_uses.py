"""Which apps may run as a step of another, what each asks for, and which apps use which: over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Role, Workspace
from backend.publish.models import Publication
from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow, save_draft
from nodes.sdk.graph import graph_from_json
from tests.backend.workflows.test_called import app, drawn, use
from tests.conftest import Person, make_person
from tests.runs.stack import Stack, looking_at, postgresql_url

__all__ = ["postgresql_url"]

ASKS: list[dict[str, Any]] = [
    {"name": "language", "label": "Language", "type": "choice", "options": ["French", "Chinese"]},
    {"name": "length", "label": "How long", "type": "number", "required": True},
]


def asking(*inputs: dict[str, Any]) -> Any:
    """An app that asks for `inputs`."""
    nodes = [
        {"id": "start_1", "type": "start", "config": {"inputs": list(inputs)}},
        {"id": "answer_1", "type": "answer", "config": {"text": "Hello"}},
    ]
    return graph_from_json({"nodes": nodes, "edges": [{"source": "start_1", "target": "answer_1"}]})


def usable(person: Person, within: Workflow | None = None) -> dict[str, Any]:
    asked = f"?within={within.pk}" if within else ""
    answer = person.client.get(f"/api/workflows/usable{asked}")
    assert answer.status_code == 200, answer.content
    return {one["name"]: one for one in answer.json()["apps"]}


def users(person: Person, used: Workflow) -> list[tuple[str, bool, bool]]:
    answer = person.client.get(f"/api/workflows/{used.pk}/users")
    assert answer.status_code == 200, answer.content
    return [(one["name"], one["in_draft"], one["is_published"]) for one in answer.json()["apps"]]


def test_the_apps_of_the_workspace_are_listed_with_their_versions(owner: Person, stranger: Person) -> None:
    translator = app(owner, "Translator")
    publish_workflow(workflow=translator, by=owner.user, note="Shorter.")
    app(owner, "Notes", publish=False)
    off = app(owner, "Off")
    Publication.objects.filter(workflow=off).update(is_enabled=False)
    app(stranger, "Theirs")
    mine = app(owner, "Mine")

    listed = usable(owner, mine)

    assert list(listed) == ["Notes", "Off", "Translator"]
    assert listed["Translator"]["latest"] == 2
    assert [(one["number"], one["note"]) for one in listed["Translator"]["versions"]] == [
        (2, "Shorter."),
        (1, ""),
    ]
    assert (listed["Notes"]["latest"], listed["Notes"]["versions"]) == (None, [])
    assert listed["Off"]["latest"] is None
    assert [one["number"] for one in listed["Off"]["versions"]] == [1]
    assert "Mine" in usable(owner)


def test_a_version_that_comes_to_use_the_app_is_marked_however_far_away(owner: Person) -> None:
    mine = app(owner, "Mine")
    near = app(owner, "Near")
    publish_workflow(workflow=save_draft(near, revision=1, graph=drawn(use(mine))), by=owner.user)
    app(owner, "Far", use(near))
    app(owner, "By number", use(near, 1))

    listed = usable(owner, mine)

    marked = {
        (name, one["number"]): one["closes_circle"]
        for name, each in listed.items()
        for one in each["versions"]
    }
    assert marked == {
        ("Near", 2): True,
        ("Near", 1): False,
        ("Far", 1): True,
        ("By number", 1): False,
    }


def test_the_list_takes_as_many_queries_for_one_app_as_for_many(owner: Person) -> None:
    mine = app(owner, "Mine")
    app(owner, "One")

    with CaptureQueriesContext(connection) as few:
        usable(owner, mine)
    for i in range(5):
        app(owner, f"App {i}")
    with CaptureQueriesContext(connection) as many:
        usable(owner, mine)

    assert len(many) == len(few)


def test_what_a_version_asks_for_is_told_by_kind(owner: Person) -> None:
    made = create_workflow(workspace_id=owner.workspace.pk, name="Asks", graph=asking(*ASKS))
    publish_workflow(workflow=made, by=owner.user, with_key=False)
    publish_workflow(workflow=save_draft(made, revision=1, graph=asking()), by=owner.user)
    path = f"/api/workflows/{made.pk}/asks"

    latest, first = owner.client.get(path).json(), owner.client.get(f"{path}?version=1").json()

    assert latest == {"number": 2, "inputs": []}
    assert [(one["name"], one["type"], one["required"]) for one in first["inputs"]] == [
        ("language", "choice", False),
        ("length", "number", True),
    ]
    assert first["inputs"][0]["options"] == ["French", "Chinese"]


@pytest.mark.parametrize("asked", ["?version=9", "?version=2147483647"])
def test_a_version_that_is_not_there_is_not_found(owner: Person, asked: str) -> None:
    made = app(owner, "Inner")

    answer = owner.client.get(f"/api/workflows/{made.pk}/asks{asked}")

    assert answer.status_code == 404


@pytest.mark.parametrize("asked", ["?version=0", "?version=x", "?version=99999999999999999999"])
def test_a_version_that_is_no_number_is_refused(owner: Person, asked: str) -> None:
    made = app(owner, "Inner")

    assert owner.client.get(f"/api/workflows/{made.pk}/asks{asked}").status_code in (400, 422)


def test_an_app_that_is_not_published_asks_for_nothing_one_can_rely_on(owner: Person) -> None:
    made = app(owner, "Draft only", publish=False)

    assert owner.client.get(f"/api/workflows/{made.pk}/asks").status_code == 404


def test_what_the_used_app_must_be_given_and_is_not_is_a_problem_of_the_step(owner: Person) -> None:
    usual = {"name": "tone", "type": "text", "required": True, "default": "Warm"}
    made = create_workflow(workspace_id=owner.workspace.pk, name="Asks", graph=asking(*ASKS, usual))
    publish_workflow(workflow=made, by=owner.user, with_key=False)
    mine = app(owner, "Mine", use(made), publish=False)
    given = {**use(made), "inputs": {"length": "{{ start_1.query }}"}}

    def said() -> list[tuple[str, str, str]]:
        answer = owner.client.get(f"/api/workflows/{mine.pk}").json()
        return [(one["code"], one["field"], one["values"]["input"]) for one in answer["problems"]]

    assert said() == [("called_input_missing", "inputs.length", "How long")]
    assert owner.client.post(f"/api/workflows/{mine.pk}/publish", {}, "application/json").status_code == 422
    save_draft(mine, revision=1, graph=drawn(given))
    assert said() == []


def test_the_apps_that_use_one_are_told_by_name(owner: Person, stranger: Person) -> None:
    inner = app(owner, "Inner")
    app(owner, "Both", use(inner))
    app(owner, "Draft only", use(inner, 1), publish=False)
    was = app(owner, "Published only", use(inner))
    save_draft(was, revision=1, graph=drawn())
    once = app(owner, "Long ago", use(inner))
    publish_workflow(workflow=save_draft(once, revision=1, graph=drawn()), by=owner.user)
    app(owner, "Nothing to do with it")
    foreign = app(stranger, "Foreign", publish=False)
    save_draft(foreign, revision=1, graph=drawn(use(inner)))

    assert users(owner, inner) == [
        ("Both", True, True),
        ("Draft only", True, False),
        ("Published only", False, True),
    ]
    assert users(owner, once) == []


def test_an_id_that_only_stands_in_a_text_is_no_use_of_an_app(owner: Person) -> None:
    inner = app(owner, "Inner")
    graph = asking({"name": "note", "label": f"See {inner.pk}"})
    create_workflow(workspace_id=owner.workspace.pk, name="Mentions it", graph=graph)

    assert users(owner, inner) == []


def test_an_app_that_others_use_is_deleted_all_the_same(owner: Person) -> None:
    inner = app(owner, "Inner")
    app(owner, "Outer", use(inner))

    answer = owner.client.delete(f"/api/workflows/{inner.pk}")

    assert answer.status_code == 204
    assert list(usable(owner)) == ["Outer"]


@pytest.fixture
def on_postgresql(postgresql_url: str, tmp_path: Path, django_db_blocker: Any) -> Iterator[None]:
    """This process's ORM looks at a PostgreSQL."""
    with django_db_blocker.unblock(), looking_at(Stack(tmp_path, database_url=postgresql_url)):
        yield


def test_on_postgresql_too_the_apps_that_use_one_are_found_in_their_graphs(on_postgresql: None) -> None:
    person = make_person("uses@example.com", Workspace.objects.create(name="Bakery"), Role.OWNER)
    inner = app(person, "Inner")
    outer = app(person, "Outer", use(inner, 1))
    app(person, "Far", use(outer))

    assert users(person, inner) == [("Outer", True, True)]
    marked = {name: each["versions"][0]["closes_circle"] for name, each in usable(person, inner).items()}
    assert marked == {"Outer": True, "Far": True}
