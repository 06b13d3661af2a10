"""An app that uses another, as people outside meet it: its words one by one, nothing of the inside."""

import json

import pytest

from backend.accounts.models import Workspace
from nodes.sdk.graph import graph_from_json, graph_to_json
from tests.publish.conftest import SLOW, Offered, chat_graph, offer
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import graph, node

pytestmark = pytest.mark.slow

INNER = (
    "sk-secret",
    "Secret plan",
    "prompt_1",
    "sub_workflow_1",
    "model_auth",
    "Hush-hush app",
    "Quiet step",
)


def asks(inner: Offered, **config: object) -> Offered:
    """A published app that says what `inner` says."""
    drawn = graph(
        [
            node("start"),
            node("sub_workflow", workflow=str(inner.workflow.pk), **config),
            node("answer", text="It says: {{ sub_workflow_1.answer }}"),
        ],
        "start_1 -> sub_workflow_1",
        "sub_workflow_1 -> answer_1",
    )
    workspace = Workspace.objects.get(pk=inner.workflow.workspace_id)
    return offer(workspace, "Front desk", graph_from_json(drawn))


@pytest.fixture
def desk(served) -> Offered:
    """An app that uses one whose names and steps are nobody else's business."""
    drawn = graph_to_json(chat_graph())
    for one in drawn["nodes"]:
        if one["id"] == "prompt_1":
            one["title"] = "Quiet step"
    hushed = offer(Workspace.objects.create(name="Anna's bakery"), "Hush-hush app", graph_from_json(drawn))
    return asks(hushed)


def test_the_words_of_the_app_inside_arrive_one_by_one(served, desk):
    events = list(events_of(send(served, f"/c/{desk.publication.slug}/runs", {"query": "slow"})))

    answer, (kind, run) = folded(events)
    assert (kind, run["status"]) == ("end", "succeeded")
    assert answer == run["answer"] == f"It says: {SLOW}"
    # Whole words came before the model had said the last one.
    assert len({folded(events[: i + 1])[0] for i in range(len(events))}) > 3


@pytest.mark.parametrize("query", ["Hello", "broken"])
def test_neither_a_visitor_nor_a_key_learns_a_name_a_step_or_an_error_from_inside(served, desk, query):
    page = send(served, f"/c/{desk.publication.slug}/runs", {"query": query}).read().decode()
    stream = send(served, "/v1/runs", {"query": query, "mode": "stream"}, **desk.bearer).read().decode()

    for raw in (page, stream):
        for inner in INNER:
            assert inner not in raw
        ended = json.loads(raw.strip().rsplit("data: ", 1)[1])
        assert ended["status"] == ("succeeded" if query == "Hello" else "failed")
        assert (ended["error"] or {}).get("code") == (None if query == "Hello" else "app_failed")
