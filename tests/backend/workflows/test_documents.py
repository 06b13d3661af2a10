"""Collections that a drawing names: checked when saved, published and run; samples that templates bring."""

import uuid
from typing import Any

import pytest

from backend.knowledge.fields import add_field
from backend.knowledge.models import Document, KnowledgeBase
from backend.knowledge.services import create_knowledge, delete_knowledge
from backend.workflows.models import Workflow
from tests.conftest import Person


def drawing(*knowledge: object) -> dict[str, Any]:
    config = {"knowledge": [str(one) for one in knowledge], "query": "{{ start_1.query }}"}
    return {
        "nodes": [
            {"id": "start_1", "type": "start"},
            {"id": "retrieval_1", "type": "retrieval", "config": config},
            {"id": "answer_1", "type": "answer", "config": {"text": "{{ retrieval_1.text }}"}},
        ],
        "edges": [
            {"source": "start_1", "port": "out", "target": "retrieval_1"},
            {"source": "retrieval_1", "port": "out", "target": "answer_1"},
        ],
    }


def post(person: Person, path: str, body: dict[str, Any]) -> Any:
    return person.client.post(path, body, content_type="application/json")


def save(person: Person, graph: dict[str, Any]) -> tuple[str, Any]:
    made = post(person, "/api/workflows", {"template": "empty", "name": "App"}).json()
    body = {"revision": made["revision"], "graph": graph}
    path = f"/api/workflows/{made['id']}/draft"
    return made["id"], person.client.put(path, body, content_type="application/json")


@pytest.mark.parametrize("what", ["foreign", "deleted", "never", "no id"])
def test_what_is_not_ones_own_is_a_problem_and_cannot_run(owner: Person, stranger: Person, what: str) -> None:
    theirs = create_knowledge(workspace_id=stranger.workspace.pk, name="Top secret plans")
    gone = create_knowledge(workspace_id=owner.workspace.pk, name="Gone")
    gone_id = gone.pk
    delete_knowledge(gone)
    named = {"foreign": theirs.pk, "deleted": gone_id, "never": uuid.uuid4(), "no id": "../../x"}[what]

    workflow_id, saved = save(owner, drawing(named))
    run = post(owner, f"/api/workflows/{workflow_id}/runs", {"query": "hi"})
    published = post(owner, f"/api/workflows/{workflow_id}/publish", {})

    (problem,) = saved.json()["problems"]
    assert (problem["code"], problem["node"], problem["severity"]) == (
        "knowledge_missing",
        "retrieval_1",
        "error",
    )
    assert problem["message"] == (
        "A collection that 'Find in documents' looks in does not exist, or you have no access to it."
    )
    for refused in (run, published):
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "graph_has_problems")
        assert refused.json()["problems"] == [problem]
    assert b"secret" not in saved.content + run.content + published.content


def test_ones_own_is_none(owner: Person) -> None:
    mine = create_knowledge(workspace_id=owner.workspace.pk, name="Mine")

    workflow_id, saved = save(owner, drawing(mine.pk))

    assert saved.json()["problems"] == []
    assert post(owner, f"/api/workflows/{workflow_id}/publish", {}).status_code == 200


def test_a_collection_named_inside_a_repetition_is_checked_too(owner: Person, stranger: Person) -> None:
    theirs = create_knowledge(workspace_id=stranger.workspace.pk, name="Theirs")
    inner = {
        "id": "retrieval_2",
        "type": "retrieval",
        "config": {"knowledge": [str(theirs.pk)], "query": "{{ each_1.item }}"},
    }
    graph = {
        "nodes": [
            {"id": "start_1", "type": "start"},
            {
                "id": "each_1",
                "type": "each",
                "config": {"items": "{{ start_1.query }}"},
                "body": {"nodes": [inner], "edges": []},
            },
        ],
        "edges": [{"source": "start_1", "port": "out", "target": "each_1"}],
    }

    _, saved = save(owner, graph)

    problems = [one["node"] for one in saved.json()["problems"] if one["code"] == "knowledge_missing"]
    assert problems == ["retrieval_2"]


@pytest.mark.parametrize(("language", "name"), [("en", "Return policy (sample)"), ("zh", "退货政策（示例）")])
def test_the_template_brings_its_sample_documents(owner: Person, language: str, name: str) -> None:
    body = {"template": "my-documents", "language": language}

    first = post(owner, "/api/workflows", body).json()
    second = post(owner, "/api/workflows", body).json()

    (knowledge,) = KnowledgeBase.objects.for_workspace(owner.workspace)
    assert knowledge.name == name
    assert {document.title for document in knowledge.documents.all()} == {"Return policy.md", "退货政策.md"}
    for made in (first, second):
        assert made["problems"] == []
        draft = Workflow.objects.get(pk=made["id"]).draft
        (step,) = [node for node in draft["nodes"] if node["type"] == "retrieval"]
        assert step["config"]["knowledge"] == [str(knowledge.pk)]
    assert Document.objects.count() == 2


def test_each_workspace_gets_samples_of_its_own(owner: Person, stranger: Person) -> None:
    for person in (owner, stranger):
        post(person, "/api/workflows", {"template": "my-documents"})

    assert KnowledgeBase.objects.for_workspace(owner.workspace).count() == 1
    assert KnowledgeBase.objects.for_workspace(stranger.workspace).count() == 1


def choosing(field: str, operator: str, value: str, *knowledge: object) -> dict[str, Any]:
    graph = drawing(*knowledge)
    row = {"field": field, "operator": operator, "value": value}
    graph["nodes"][1]["config"]["only"] = {"match": "all", "conditions": [row]}
    return graph


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("Team", "is", "Sales"), None),
        (("Year", "gt", "{{ start_1.query }}"), None),
        (("Colour", "is", "red"), "document_field_missing"),
        (("Theirs", "is", "x"), "document_field_missing"),
        (("Team", "before", "2026-01-01"), "bad_document_comparison"),
        (("Year", "gt", "many"), "bad_document_value"),
        (("Team", "is", ""), "empty_document_condition"),
        (("uploaded_at", "after", "soon"), "bad_document_value"),
    ],
)
def test_conditions_on_fields_are_checked_against_the_collections(
    owner: Person, stranger: Person, row: tuple[str, str, str], code: str | None
) -> None:
    first = create_knowledge(workspace_id=owner.workspace.pk, name="First")
    second = create_knowledge(workspace_id=owner.workspace.pk, name="Second")
    theirs = create_knowledge(workspace_id=stranger.workspace.pk, name="Theirs")
    add_field(first, name="Team", kind="text")
    add_field(second, name="Year", kind="number")
    add_field(theirs, name="Theirs", kind="text")

    _, saved = save(owner, choosing(*row, first.pk, second.pk))

    found = [(one["code"], one["node"]) for one in saved.json()["problems"] if one["severity"] == "error"]
    assert found == ([(code, "retrieval_1")] if code else [])
