"""An app that uses another, as a file: named so that it can be read, and found again elsewhere. Over HTTP."""

from typing import Any

from backend.publish.services import publish_workflow
from backend.workflows.models import Workflow
from backend.workflows.services import create_workflow
from nodes.sdk.files import workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import graph_from_json
from tests.backend.workflows.test_called import app, use
from tests.conftest import Person


def exported(person: Person, one: Workflow) -> str:
    answer = person.client.get(f"/api/workflows/{one.pk}/export")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def imported(person: Person, text: str) -> dict[str, Any]:
    answer = person.client.post("/api/workflows/import", text, content_type="application/yaml")
    assert answer.status_code == 201, answer.content
    return answer.json()


def chosen(answer: dict[str, Any]) -> list[Any]:
    nodes = answer["graph"]["nodes"]
    return [node["config"]["workflow"] for node in nodes if node["type"] == "sub_workflow"]


def problems(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["code"], one["values"].get("app", "")) for one in answer["problems"]]


def test_a_file_names_the_apps_that_are_used_so_that_a_person_can_read_it(owner: Person) -> None:
    inner = app(owner, "Translate texts")
    outer = app(owner, "Outer", use(inner, 1))

    text = exported(owner, outer)

    assert f"apps:\n  translate-texts:\n    name: Translate texts\n    id: {inner.pk}\n" in text
    assert "workflow: translate-texts" in text
    assert text.count(str(inner.pk)) == 1
    assert workflow_to_yaml(workflow_from_yaml(text)) == text


def test_a_pair_of_apps_goes_to_another_workspace_by_files(owner: Person, stranger: Person) -> None:
    inner = app(owner, "Translate texts")
    files = exported(owner, inner), exported(owner, app(owner, "Outer", use(inner)))

    there = imported(stranger, files[0])
    publish_workflow(workflow=Workflow.objects.get(pk=there["id"]), by=stranger.user)
    outer = imported(stranger, files[1])

    assert chosen(outer) == [there["id"]] != [str(inner.pk)]
    assert outer["problems"] == []


def test_the_steps_inside_a_step_are_named_and_found_too(owner: Person, stranger: Person) -> None:
    inner = app(owner, "Inner")
    body = {"nodes": [{"id": "sub_1", "type": "sub_workflow", "config": use(inner)}], "edges": []}
    nodes = [{"id": "start_1", "type": "start"}, {"id": "each_1", "type": "each", "config": {}, "body": body}]
    graph = graph_from_json({"nodes": nodes, "edges": [{"source": "start_1", "target": "each_1"}]})
    outer = create_workflow(workspace_id=owner.workspace.pk, name="Outer", graph=graph)
    theirs = app(stranger, "Inner")

    answer = imported(stranger, exported(owner, outer))

    (each,) = [node for node in answer["graph"]["nodes"] if node["type"] == "each"]
    assert each["body"]["nodes"][0]["config"]["workflow"] == str(theirs.pk)


def test_where_the_app_is_not_the_step_says_so_by_its_name_and_nothing_is_lost(
    owner: Person, stranger: Person
) -> None:
    inner = app(owner, "Translate texts")
    config = {**use(inner, 2), "query": "Translate this", "inputs": {"language": "French"}}
    text = exported(owner, app(owner, "Outer", config, publish=False))

    answer = imported(stranger, text)

    assert problems(answer) == [("workflow_not_here", "translate-texts")]
    (step,) = [node for node in answer["graph"]["nodes"] if node["type"] == "sub_workflow"]
    assert step["config"] == {**config, "workflow": "translate-texts"}
    again = exported(stranger, Workflow.objects.get(pk=answer["id"]))
    there = app(stranger, "Translate texts")
    assert chosen(imported(stranger, again)) == [str(there.pk)]


def test_a_file_comes_back_to_its_own_app_though_that_was_renamed(owner: Person) -> None:
    inner = app(owner, "Translate texts")
    text = exported(owner, app(owner, "Outer", use(inner)))
    Workflow.objects.filter(pk=inner.pk).update(name="Translator", slug="translator")
    app(owner, "Translate texts")

    assert chosen(imported(owner, text)) == [str(inner.pk)]


def test_an_app_is_found_by_its_name_where_its_short_name_is_another(owner: Person, stranger: Person) -> None:
    text = exported(owner, app(owner, "Outer", use(app(owner, "Translate texts"))))
    theirs = app(stranger, "Translate texts")
    Workflow.objects.filter(pk=theirs.pk).update(slug="something-else")

    assert chosen(imported(stranger, text)) == [str(theirs.pk)]


def test_of_two_apps_of_that_name_none_is_taken(owner: Person, stranger: Person) -> None:
    text = exported(owner, app(owner, "Outer", use(app(owner, "Translate texts"))))
    for _ in range(2):
        twin = app(stranger, "Translate texts")
        Workflow.objects.filter(pk=twin.pk).update(slug=f"twin-{twin.pk}"[:60])

    assert problems(imported(stranger, text)) == [("workflow_not_here", "translate-texts")]


def test_a_file_of_old_with_ids_goes_on_working(owner: Person, stranger: Person) -> None:
    inner = app(owner, "Inner")
    text = exported(owner, app(owner, "Outer", use(inner)))
    old = text.replace(f"apps:\n  inner:\n    name: Inner\n    id: {inner.pk}\n", "")
    old = old.replace("workflow: inner", f"workflow: {inner.pk}")
    assert "apps:" not in old

    assert chosen(imported(owner, old)) == [str(inner.pk)]
    assert problems(imported(stranger, old))[0][0] == "workflow_missing"


def test_the_id_of_an_app_of_another_workspace_is_none(owner: Person, stranger: Person) -> None:
    theirs = app(stranger, "Theirs")
    text = exported(owner, app(owner, "Outer", use(app(owner, "Inner")), publish=False))
    forged = text.replace("id: ", f"id: {theirs.pk} #").replace("workflow: inner", f"workflow: {theirs.pk}")

    answer = imported(owner, forged)

    assert chosen(answer) == [str(theirs.pk)]
    assert problems(answer)[0][0] == "workflow_missing"


def test_what_a_file_says_of_apps_must_be_well_formed(owner: Person) -> None:
    text = exported(owner, app(owner, "Outer", use(app(owner, "Inner"))))
    for wrong in (
        "apps: [1]",
        "apps: {inner: 3}",
        "apps: {inner: {id: x}}",
        "apps: {inner: {name: A, id: 3}}",
    ):
        head, _, tail = text.partition("apps:")
        answer = owner.client.post(
            "/api/workflows/import",
            f"{head}{wrong}\nnodes:{tail.partition('nodes:')[2]}",
            content_type="application/yaml",
        )
        assert answer.status_code == 422, (wrong, answer.content)
        assert answer.json()["error"]["field"].startswith("apps"), answer.content
