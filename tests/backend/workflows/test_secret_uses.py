"""Where a secret is used: in drafts, in what is published, and inside steps that hold steps."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.workspace_secrets import add_secret
from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.secret_uses import uses_of_secrets
from backend.workflows.services import create_workflow, save_draft
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person


def drawn(*secrets: str) -> Any:
    nodes: list[dict[str, Any]] = [{"id": "start_1", "type": "start"}]
    for i, secret in enumerate(secrets, 1):
        config = {"address": "https://shop.example/", "auth": "bearer", "secret": secret}
        nodes.append({"id": f"tool_{i}", "type": "tool", "config": config})
    edges = [{"source": "start_1", "target": one["id"]} for one in nodes[1:]]
    return graph_from_json({"nodes": nodes, "edges": edges})


def app(person: Person, name: str, graph: Any) -> Workflow:
    return create_workflow(workspace_id=person.workspace.pk, name=name, graph=graph)


def test_an_app_is_named_for_what_its_draft_and_its_published_version_use(
    owner: Person, stranger: Person
) -> None:
    for name in ("Old", "New", "Nobody's"):
        add_secret(workspace_id=owner.workspace.pk, name=name, value="long-enough", hosts=["shop.example"])
    shop = app(owner, "Shop", drawn("Old"))
    publish_workflow(workflow=shop, by=owner.user)
    save_draft(shop, revision=shop.revision, graph=drawn("New", "New"))
    app(owner, "Bakery", drawn("New"))
    app(stranger, "Theirs", drawn("Old", "Nobody's"))

    listed = owner.client.get("/api/secrets").json()["secrets"]

    uses = {one["name"]: [(use["name"], use["is_published"]) for use in one["uses"]] for one in listed}
    assert uses == {
        "Old": [("Shop", True)],
        "New": [("Bakery", False), ("Shop", False)],
        "Nobody's": [],
    }


def test_a_step_inside_another_counts(owner: Person) -> None:
    inner = {"id": "tool_1", "type": "tool", "config": {"secret": "Shop"}}
    outer = {"id": "each_1", "type": "each", "body": {"nodes": [inner]}}
    app(owner, "List", graph_from_json({"nodes": [outer]}))

    assert [use["name"] for use in uses_of_secrets(owner.workspace.pk)["Shop"]] == ["List"]


def test_a_draft_that_nobody_can_read_any_more_does_no_harm(owner: Person) -> None:
    broken = app(owner, "Broken", drawn("Shop"))
    for draft in ({}, {"nodes": [{"type": 7, "config": None, "body": "?"}]}, {"nodes": [{"type": "tool"}]}):
        Workflow.objects.filter(pk=broken.pk).update(draft=draft)
        assert uses_of_secrets(owner.workspace.pk) == {}


def test_the_list_asks_few_questions_however_many_apps(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_secret(workspace_id=owner.workspace.pk, name="Shop", value="long-enough", hosts=["shop.example"])
    for i in range(5):
        publish_workflow(workflow=app(owner, f"App {i}", drawn("Shop")), by=owner.user)

    with django_assert_num_queries(3):
        assert len(uses_of_secrets(owner.workspace.pk)["Shop"]) == 5


@pytest.mark.parametrize(
    ("config", "codes"),
    [
        ({"auth": "bearer", "secret": "Shop"}, []),
        ({"auth": "bearer", "secret": "Theirs"}, ["secret_missing"]),
        ({"auth": "bearer", "secret": "{{ start_1.query }}"}, ["secret_missing"]),
        ({"auth": "none", "secret": "Theirs"}, []),
        ({"secret": "Theirs"}, []),
    ],
)
def test_a_secret_that_is_not_there_is_a_problem_of_its_field(
    owner: Person, stranger: Person, config: dict[str, Any], codes: list[str]
) -> None:
    for person, name in ((owner, "Shop"), (stranger, "Theirs")):
        add_secret(workspace_id=person.workspace.pk, name=name, value="long-enough", hosts=["shop.example"])
    node = {"id": "tool_1", "type": "tool", "config": {"address": "https://shop.example/", **config}}
    graph = {
        "nodes": [{"id": "start_1", "type": "start"}, node],
        "edges": [{"source": "start_1", "target": "tool_1"}],
    }
    made = app(owner, "Shop", drawn())

    saved = owner.client.put(
        f"/api/workflows/{made.pk}/draft", {"revision": 1, "graph": graph}, content_type="application/json"
    )
    run = owner.client.post(f"/api/workflows/{made.pk}/runs", {"query": "x"}, content_type="application/json")

    assert saved.status_code == 200, saved.content
    errors = [p for p in saved.json()["problems"] if p["severity"] == "error"]
    assert [(p["code"], p["node"], p["field"]) for p in errors] == [(c, "tool_1", "secret") for c in codes]
    assert (run.status_code == 422) == bool(codes)
