"""Environment variables over HTTP: values by name, of a kind, shared by the apps of one workspace."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from backend.accounts.errors import ApiError
from backend.accounts.models import AuditEntry, Workspace
from backend.publish.services import publish_workflow
from backend.workflows.environment import (
    LONGEST,
    MOST_VARIABLES,
    add_variable,
    change_variable,
    kinds_of,
    values_of,
)
from backend.workflows.environment_uses import uses_of_variables
from backend.workflows.graphs import describe
from backend.workflows.models import EnvironmentVariable, Workflow
from backend.workflows.services import create_workflow, save_draft
from nodes.sdk.graph import graph_from_json, graph_to_json
from tests.conftest import Person

JSON = "application/json"


def keep(person: Person, **body: Any) -> Any:
    given = {"name": "CURRENCY", "type": "text", "value": "EUR", **body}
    return person.client.post("/api/environment", given, content_type=JSON)


def change(person: Person, variable_id: str, **body: Any) -> Any:
    return person.client.put(f"/api/environment/{variable_id}", body, content_type=JSON)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "Grüße, 你好 {{ env.X }}", "Grüße, 你好 {{ env.X }}"),
        ("text", "", ""),
        ("number", 19.5, 19.5),
        ("number", "7", 7),
        ("boolean", False, False),
        ("object", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ("list", [1, "two", None], [1, "two", None]),
    ],
)
def test_a_value_of_each_kind_is_kept_as_it_is(owner: Person, kind: str, value: Any, kept: Any) -> None:
    made = keep(owner, type=kind, value=value, description=" What we charge in ")

    assert made.status_code == 201, made.content
    listed = owner.client.get("/api/environment").json()["variables"]
    assert listed == [made.json()]
    assert listed[0] | {"id": "", "created_at": "", "changed_at": ""} == {
        "id": "",
        "name": "CURRENCY",
        "type": kind,
        "value": kept,
        "description": "What we charge in",
        "created_at": "",
        "changed_at": "",
        "uses": [],
    }
    assert values_of(owner.workspace.pk, ["CURRENCY", "OTHER"]) == {"CURRENCY": kept}
    assert kinds_of(owner.workspace.pk) == {"CURRENCY": kind}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "  "}, "bad_environment_name", "name"),
        ({"name": "2ND"}, "bad_environment_name", "name"),
        ({"name": "a.b"}, "bad_environment_name", "name"),
        ({"name": "x" * 51}, "bad_environment_name", "name"),
        ({"type": "date"}, "bad_field", "type"),
        ({"type": "any"}, "bad_field", "type"),
        ({"type": "number", "value": "many"}, "bad_environment_value", "value"),
        ({"type": "number", "value": 2**60}, "bad_environment_value", "value"),
        ({"type": "number", "value": True}, "bad_environment_value", "value"),
        ({"type": "boolean", "value": 1}, "bad_environment_value", "value"),
        ({"type": "object", "value": []}, "bad_environment_value", "value"),
        ({"type": "list", "value": {}}, "bad_environment_value", "value"),
        ({"type": "text", "value": ["EUR"]}, "bad_environment_value", "value"),
        ({"type": "list", "value": [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}, "bad_environment_value", "value"),
        ({"value": "x" * (LONGEST + 1)}, "environment_value_too_long", "value"),
        ({"description": "x" * 301}, "bad_field", "description"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(
    owner: Person, body: Any, code: str, field: str
) -> None:
    answer = keep(owner, **body)

    assert answer.status_code == 422, answer.content
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)
    assert EnvironmentVariable.objects.count() == 0


def test_a_change_keeps_the_name_and_takes_another_kind(owner: Person) -> None:
    made = keep(owner).json()

    wrong = change(owner, made["id"], type="number", value="EUR")
    changed = change(owner, made["id"], type="list", value=["EUR", "CHF"], description="All of them")

    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "bad_environment_value")
    assert changed.json()["changed_at"] > made["changed_at"]
    assert {name: changed.json()[name] for name in ("name", "type", "value", "description")} == {
        "name": "CURRENCY",
        "type": "list",
        "value": ["EUR", "CHF"],
        "description": "All of them",
    }


def test_a_name_is_taken_once_in_a_workspace_and_free_in_another(owner: Person, stranger: Person) -> None:
    keep(owner)

    again = keep(owner, value="USD")

    assert (again.status_code, again.json()["error"]["code"]) == (409, "environment_name_taken")
    assert keep(stranger, value="CHF").status_code == 201
    assert values_of(owner.workspace.pk, ["CURRENCY"]) == {"CURRENCY": "EUR"}
    # The database itself keeps it so, whoever writes at the same moment.
    with pytest.raises(IntegrityError), transaction.atomic():
        EnvironmentVariable.objects.create(
            workspace=owner.workspace, name="CURRENCY", type="text", value="USD"
        )


def test_a_variable_deleted_meanwhile_is_not_there_any_more_for_who_changes_it(owner: Person) -> None:
    keep(owner)
    row = EnvironmentVariable.objects.get()
    owner.client.delete(f"/api/environment/{row.pk}")

    with pytest.raises(ApiError) as refused:
        change_variable(row, type="text", value="USD", description="")

    assert refused.value.status == 404
    assert owner.client.delete(f"/api/environment/{row.pk}").status_code == 404
    assert EnvironmentVariable.objects.count() == 0
    assert not AuditEntry.objects.filter(action="environment.changed").exists()


def test_only_an_owner_changes_them_and_an_editor_sees_them(
    owner: Person, editor: Person, viewer: Person, stranger: Person
) -> None:
    made = keep(owner).json()

    assert keep(editor, name="OTHER").status_code == 403
    assert change(editor, made["id"], type="text", value="x").status_code == 403
    assert editor.client.delete(f"/api/environment/{made['id']}").status_code == 403
    assert viewer.client.get("/api/environment").status_code == 403
    assert [one["name"] for one in editor.client.get("/api/environment").json()["variables"]] == ["CURRENCY"]
    assert stranger.client.get("/api/environment").json() == {"variables": []}
    assert change(stranger, made["id"], type="text", value="x").status_code == 404
    assert stranger.client.delete(f"/api/environment/{made['id']}").status_code == 404
    assert values_of(owner.workspace.pk, ["CURRENCY"]) == {"CURRENCY": "EUR"}
    assert values_of(stranger.workspace.pk, ["CURRENCY"]) == {}


def test_there_is_an_end_to_how_many_are_kept(owner: Person) -> None:
    rows = [
        EnvironmentVariable(workspace=owner.workspace, name=f"V{i}", type="number", value=i)
        for i in range(MOST_VARIABLES)
    ]
    EnvironmentVariable.objects.bulk_create(rows)

    answer = keep(owner)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_environment_variables")


def test_a_workspace_takes_its_variables_along_when_it_goes(owner: Person) -> None:
    keep(owner)

    Workspace.objects.filter(pk=owner.workspace.pk).delete()

    assert EnvironmentVariable.objects.count() == 0


def drawn(text: str) -> Any:
    inner = {"id": "template_2", "type": "template", "config": {"text": text}}
    nodes = [
        {"id": "start_1", "type": "start"},
        {
            "id": "each_1",
            "type": "each",
            "config": {"items": "{{ start_1.query }}"},
            "body": {"nodes": [inner]},
        },
    ]
    return graph_from_json({"nodes": nodes, "edges": [{"source": "start_1", "target": "each_1"}]})


def app(person: Person, name: str, text: str) -> Workflow:
    return create_workflow(workspace_id=person.workspace.pk, name=name, graph=drawn(text))


def test_an_app_is_named_for_what_its_draft_and_its_published_version_use(
    owner: Person, stranger: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keep(owner)
    keep(owner, name="HOTLINE")
    shop = app(owner, "Shop", "Pay in {{ env.CURRENCY }}.")
    publish_workflow(workflow=shop, by=owner.user)
    save_draft(shop, revision=shop.revision, graph=drawn('Call {{ env["HOTLINE"] | default("us") }}.'))
    app(owner, "Bakery", "{{ env.HOTLINE }} {{ vars.CURRENCY }} env.CURRENCY {{ broken")
    app(stranger, "Theirs", "{{ env.CURRENCY }}")
    unreadable = app(owner, "Broken", "")
    Workflow.objects.filter(pk=unreadable.pk).update(draft={"nodes": [{"config": 7, "body": "?"}]})

    listed = owner.client.get("/api/environment").json()["variables"]

    uses = {one["name"]: [(use["name"], use["is_published"]) for use in one["uses"]] for one in listed}
    assert uses == {"CURRENCY": [("Shop", True)], "HOTLINE": [("Shop", False)]}
    with django_assert_num_queries(3):
        uses_of_variables(owner.workspace.pk)


def test_an_app_that_names_one_which_is_not_there_says_so(owner: Person, stranger: Person) -> None:
    keep(stranger)
    made = app(owner, "Shop", "")
    body = {"revision": 1, "graph": graph_to_json(drawn("{{ env.CURRENCY }}"))}

    saved = owner.client.put(f"/api/workflows/{made.pk}/draft", body, content_type=JSON)
    refused = owner.client.post(f"/api/workflows/{made.pk}/publish", {}, content_type=JSON)
    tried = owner.client.post(f"/api/workflows/{made.pk}/runs", {"query": "x"}, content_type=JSON)
    keep(owner)
    published = owner.client.post(f"/api/workflows/{made.pk}/publish", {}, content_type=JSON)

    errors = [one for one in saved.json()["problems"] if one["severity"] == "error"]
    assert saved.status_code == 200
    assert [(e["code"], e["node"], e["field"]) for e in errors] == [
        ("environment_missing", "template_2", "text")
    ]
    assert "Settings" in errors[0]["hint"]
    for answer in (refused, tried):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "graph_has_problems")
    assert published.status_code == 200, published.content


def test_a_graph_that_names_none_asks_the_database_nothing_more(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        describe(drawn("Hello"), owner.workspace.pk)
    with django_assert_num_queries(1):
        describe(drawn("{{ env.CURRENCY }}"), owner.workspace.pk)


def test_a_file_names_them_only_and_what_it_names_in_vain_is_a_problem_and_kept(
    owner: Person, stranger: Person
) -> None:
    keep(owner, value="a value of Anna's")
    made = app(owner, "Shop", "Pay in {{ env.CURRENCY }}.")

    file = owner.client.get(f"/api/workflows/{made.pk}/export").content.decode()
    imported = stranger.client.post("/api/workflows/import", file, content_type="application/yaml")

    assert "{{ env.CURRENCY }}" in file
    assert "Anna's" not in file
    assert imported.status_code == 201, imported.content
    assert [p["code"] for p in imported.json()["problems"] if p["severity"] == "error"] == [
        "environment_missing"
    ]
    assert Workflow.objects.get(workspace=stranger.workspace).draft_hash == made.draft_hash


@pytest.mark.django_db(transaction=True)
def test_of_many_who_add_one_name_at_the_same_time_one_does(owner: Person) -> None:
    def add(n: int) -> str:
        try:
            add_variable(workspace_id=owner.workspace.pk, name="CURRENCY", type="number", value=n)
            return "added"
        except ApiError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(add, range(8)))

    assert sorted(said) == ["added"] + 7 * ["environment_name_taken"]
    assert values_of(owner.workspace.pk, ["CURRENCY"]) == {"CURRENCY": said.index("added")}
