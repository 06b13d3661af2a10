"""A model that puts in order what a search found: the step, its trial, and what remains when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.accounts.models import Role, Workspace
from backend.knowledge.models import KnowledgeBase
from backend.providers import services
from backend.runs.models import Event, Run
from tests.conftest import Person, make_person
from tests.knowledge.library import add, finder, make, settled
from tests.models.fixtures import FakeOpenAI
from tests.runs.stack import Stack

FILES = (
    ("parcels.md", "# Parcels\n\nRefund refund refund: see the other page.\n"),
    ("money.md", "# Money\n\nA refund of a parcel takes five days.\n"),
    (
        "hours.md",
        "# Hours\n\nRefund desk: open from nine to six, on Sundays never, on holidays until noon.\n",
    ),
)


@pytest.fixture(scope="module")
def ranker() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def knowledge(stack: Stack, ranker: FakeOpenAI, settings: Any) -> KnowledgeBase:
    """A collection of a workspace that has a ranker, on an installation whose worker may reach it."""
    settings.TREADLE_KEYS = stack.data / "keys"
    stack.start_worker(TREADLE_MODELS="", TREADLE_ALLOWED_HOSTS_PRIVATE=ranker.place)
    ranker.asked.clear()
    made = make()
    for document in add(made, *FILES):
        assert settled(stack, document).status == "ready"
    connection = services.add_connection(
        workspace_id=made.workspace_id,
        name="ours",
        kind="openai_compatible",
        fields={"base_url": ranker.url},
        models=[],
        rerank_models=["bge"],
    )
    services.mark_ready(connection)
    return made


def ran(stack: Stack, knowledge: KnowledgeBase, query: str, **config: Any) -> tuple[Run, dict[str, Any]]:
    """A run of an app that searches by words, and what its search gave."""
    workspace = Workspace.objects.get(pk=knowledge.workspace_id)
    drawn = finder(knowledge, mode="keyword", **config)
    run = stack.ended(stack.say(stack.app(drawn, workspace), query))
    assert run.status == "succeeded", run.error
    return run, Event.objects.get(run=run, type="node_succeeded", path="retrieval_1").data["output"]


def documents(output: dict[str, Any]) -> list[str]:
    return [passage["document"] for passage in output["passages"]]


def test_the_model_decides_what_comes_first_and_how_many_are_kept(
    stack: Stack, knowledge: KnowledgeBase, ranker: FakeOpenAI
):
    query = "refund noon"
    _, plain = ran(stack, knowledge, query, top_k=3)
    run, ranked = ran(stack, knowledge, query, top_k=2, order="model", rank_model="ours/bge")
    _, relevant = ran(stack, knowledge, query, order="model", rank_model="ours/bge", relevance=0.5)

    assert (documents(plain)[0], documents(ranked)[0]) == ("hours.md", "parcels.md")
    assert len(documents(plain)) == 3
    assert len(documents(ranked)) == ranked["count"] == 2
    assert ranked["remark"] is None
    assert ranked["passages"][0]["score"] > ranked["passages"][1]["score"]
    assert documents(relevant) == ["parcels.md"]
    assert run.usage["prompt_tokens"] == 5
    asked = ranker.asked[0]["json"]
    assert (asked["model"], asked["query"], len(asked["documents"])) == ("bge", query, 3)
    assert any(text.startswith("Money\n") for text in asked["documents"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("status 500 refund parcel", "model_failed"),
        ("status 401 refund parcel", "model_auth"),
        ("status 429 refund parcel", "model_rate_limited"),
    ],
)
def test_without_the_model_the_order_of_the_search_stays_and_the_step_says_why(
    stack: Stack, knowledge: KnowledgeBase, query: str, code: str
):
    _, plain = ran(stack, knowledge, query, top_k=3)
    run, output = ran(stack, knowledge, query, top_k=3, order="model", rank_model="ours/bge", relevance=0.9)

    assert documents(output) == documents(plain) != []
    assert [one["score"] for one in output["passages"]] == [one["score"] for one in plain["passages"]]
    assert output["remark"]["code"] == code
    assert output["remark"]["hint"]
    assert run.answer


def test_the_usual_model_is_taken_where_there_is_one_and_missed_where_there_is_none(
    stack: Stack, knowledge: KnowledgeBase, ranker: FakeOpenAI
):
    _, without = ran(stack, knowledge, "refund parcel", order="model")
    services.set_default_model(knowledge.workspace_id, "ours/bge", services.RERANK)
    _, usual = ran(stack, knowledge, "refund parcel", order="model")

    assert without["remark"]["code"] == "model_missing"
    assert without["count"] == 3
    assert usual["remark"] is None
    assert len(ranker.asked) == 1


def test_a_search_that_finds_nothing_asks_no_model(
    stack: Stack, knowledge: KnowledgeBase, ranker: FakeOpenAI
):
    _, output = ran(stack, knowledge, "umbrella", order="model", rank_model="ours/bge")

    assert (output["count"], output["remark"]) == (0, None)
    assert ranker.asked == []


def test_it_can_be_tried_on_the_page_of_the_collection(knowledge: KnowledgeBase, ranker: FakeOpenAI):
    home = Workspace.objects.get(pk=knowledge.workspace_id)
    anna = make_person("anna@example.com", home, Role.EDITOR)

    def ask(query: str, **body: Any) -> dict[str, Any]:
        path = f"/api/knowledge/{knowledge.pk}/search"
        answer = anna.client.post(
            path, {"query": query, "mode": "keyword", **body}, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    ranked = ask("refund noon", top_k=1, order="model", rank_model="ours/bge")
    failed = ask("status 503 refund", order="model", rank_model="ours/bge")
    gone = ask("refund", order="model", rank_model="gone/bge")

    assert documents(ranked) == ["parcels.md"]
    assert ranked["remark"] is None
    assert failed["remark"]["code"] == "model_busy"
    assert len(documents(failed)) == 3
    assert gone["remark"]["code"] == "model_missing"


def test_a_person_of_the_workspace_sees_it_among_the_models(knowledge: KnowledgeBase):
    viewer: Person = make_person(
        "vera@example.com", Workspace.objects.get(pk=knowledge.workspace_id), Role.VIEWER
    )

    models = viewer.client.get("/api/models").json()["models"]

    assert [one["id"] for one in models if one["kind"] == "rerank"] == ["ours/bge"]
