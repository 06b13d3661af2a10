"""The tester over HTTP: a run of the step itself, for members of the workspace and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.knowledge.models import Chunk, KnowledgeBase
from backend.runs.models import Run
from backend.workflows.models import Workflow
from tests.conftest import Person, make_person
from tests.knowledge.library import POLICY, add, make, settled
from tests.runs.stack import Stack


@pytest.fixture(scope="module")
def knowledge(running: Stack) -> KnowledgeBase:
    """A collection with one document."""
    made = make()
    (policy,) = add(made, ("policy.md", POLICY))
    settled(running, policy)
    return made


@pytest.fixture(scope="module")
def anna(knowledge: KnowledgeBase) -> Person:
    """An editor of its workspace."""
    return make_person("anna@example.com", Workspace.objects.get(pk=knowledge.workspace_id), Role.EDITOR)


def ask(person: Person, knowledge: KnowledgeBase, **body: Any) -> Any:
    path = f"/api/knowledge/{knowledge.pk}/search"
    return person.client.post(path, body, content_type="application/json")


def test_it_gives_passages_that_open_at_their_place(anna: Person, knowledge: KnowledgeBase):
    answer = ask(anna, knowledge, query="When do I get my money back?", top_k=1)

    assert answer.status_code == 200, answer.content
    (passage,) = answer.json()["passages"]
    path = f"/api/knowledge/{knowledge.pk}/documents/{passage['document_id']}/chunks"
    shown = anna.client.get(path, {"around": passage["chunk_id"], "limit": 1}).json()
    assert "five working days" in passage["text"]
    assert 0 <= passage["score"] <= 1
    assert [chunk["text"] for chunk in shown["chunks"]] == [passage["text"]]


def test_a_question_is_never_read_as_a_template(anna: Person, knowledge: KnowledgeBase):
    question = "{{ start_1.query }} refund {{ nothing }} {%"

    answer = ask(anna, knowledge, query=question)

    assert answer.status_code == 200, answer.content
    run = Run.objects.latest("created_at")
    assert run.query == question
    assert Workflow.objects.get(pk=run.workflow_id).is_hidden


def test_questions_share_a_version_and_no_list_shows_their_app(anna: Person, knowledge: KnowledgeBase):
    ask(anna, knowledge, query="one")
    ask(anna, knowledge, query="two")

    versions = {run.version_id for run in Run.objects.order_by("-created_at")[:2]}
    assert len(versions) == 1
    assert anna.client.get("/api/workflows").json()["workflows"] == []


def test_it_looks_in_chosen_documents_whose_values_are_never_read_as_templates(
    anna: Person, knowledge: KnowledgeBase
):
    def only(value: str) -> dict[str, Any]:
        return {"conditions": [{"field": "name", "operator": "is", "value": value}]}

    for value, count in (("policy.md", 1), ("other.md", 0), ("{{ start_1.query }}", 0)):
        answer = ask(anna, knowledge, query="policy.md refund", top_k=1, only=only(value))

        assert answer.status_code == 200, answer.content
        assert len(answer.json()["passages"]) == count, value
    wrong = {"conditions": [{"field": "Colour", "operator": "is", "value": "red"}]}
    answer = ask(anna, knowledge, query="refund", only=wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "document_field_missing")


BAD = [
    {"query": "x", "only": {"conditions": [{"field": "name", "operator": "like"}]}},
    {"query": "x", "only": {"conditions": [{"field": "name"}] * 21}},
    {"query": "x", "only": {"where": "1=1"}},
    {},
    {"query": ""},
    {"query": "  "},
    {"query": "x" * 3000},
    {"query": "x", "top_k": 99},
    {"query": "x", "mode": "magic"},
    {"query": "x", "minimum": 2},
    {"query": "x", "order": "random"},
    {"query": "x", "order": "model", "rank_model": "{{ start_1.query }}"},
    {"query": "x", "order": "model", "rank_model": "a/{{ start_1.query }}"},
    {"query": "x", "order": "model", "relevance": 2},
    {"query": "x", "workspace_id": "y"},
]


@pytest.mark.parametrize("body", BAD)
def test_what_cannot_be_asked_is_refused(anna: Person, knowledge: KnowledgeBase, body: dict[str, Any]):
    answer = ask(anna, knowledge, **body)

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["code"]


def test_others_get_nothing(knowledge: KnowledgeBase):
    home = Workspace.objects.get(pk=knowledge.workspace_id)
    viewer = make_person("vera@example.com", home, Role.VIEWER)
    bob = make_person("bob@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)
    chunk = Chunk.objects.filter(knowledge=knowledge).first()
    assert chunk is not None

    assert ask(viewer, knowledge, query="refund").status_code == 403
    assert ask(bob, knowledge, query="refund").status_code == 404
    mine = make("Bob's", workspace="Bob's garage")
    path = f"/api/knowledge/{mine.pk}/documents/{chunk.document_id}/chunks"
    assert bob.client.get(path, {"around": chunk.pk}).status_code == 404
