"""Graphs that no editor draws: each is refused with a code and a sentence, and nothing is saved."""

import json
from typing import Any

import pytest

from backend.workflows.models import Workflow
from tests.conftest import Person

START = {"id": "start_1", "type": "start"}
ANSWER = {"id": "answer_1", "type": "answer", "config": {"text": "hi"}}
EDGE = {"source": "start_1", "port": "out", "target": "answer_1"}


def graph(nodes: Any = (START, ANSWER), edges: Any = (EDGE,), **more: Any) -> dict[str, Any]:
    return {"nodes": nodes, "edges": edges, **more}


def node(**change: Any) -> dict[str, Any]:
    return graph([{**START, **change}], [])


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"nodes": [{"id": "n_0", "type": "start"}], "edges": []}
    for level in range(1, levels):
        inner = {"nodes": [{"id": f"n_{level}", "type": "start", "body": inner}], "edges": []}
    return inner


def deep_config(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


GRAPHS: dict[str, Any] = {
    "null": None,
    "list": [],
    "text": "graph",
    "number": 7,
    "empty_object": {},
    "no_nodes": {"edges": []},
    "nodes_object": {"nodes": {}, "edges": []},
    "nodes_null": {"nodes": None, "edges": []},
    "edges_object": graph(edges={}),
    "node_null": graph([None], []),
    "node_text": graph(["start_1"], []),
    "unknown_graph_field": graph(workspace="other"),
    "unknown_node_field": node(owner="me"),
    "unknown_edge_field": graph(edges=[{**EDGE, "label": "x"}]),
    "unknown_policy_field": node(policy={"retries": 5}),
    "unknown_position_field": node(position={"x": 0, "y": 0, "z": 0}),
    "no_id": graph([{"type": "start"}], []),
    "no_type": graph([{"id": "start_1"}], []),
    "id_number": node(id=1),
    "id_empty": node(id=""),
    "id_with_braces": node(id="{{x}}"),
    "id_upper": node(id="Start_1"),
    "id_long": node(id="a" * 51),
    "id_with_newline": node(id="start_1\n"),
    "id_proto": node(id="__proto__"),
    "type_number": node(type=3),
    "unknown_type": node(type="teleport"),
    "duplicate_id": graph([START, START], []),
    "duplicate_id_in_body": graph([{**START, "body": graph([START], [])}], []),
    "duplicate_edge": graph(edges=[EDGE, EDGE]),
    "dangling_source": graph(edges=[{**EDGE, "source": "nobody_1"}]),
    "dangling_target": graph(edges=[{**EDGE, "target": "nobody_1"}]),
    "edge_null": graph(edges=[None]),
    "edge_without_target": graph(edges=[{"source": "start_1"}]),
    "edge_port_number": graph(edges=[{**EDGE, "port": 1}]),
    "cycle": graph(edges=[EDGE, {"source": "answer_1", "target": "start_1"}]),
    "self_loop": graph(edges=[{"source": "start_1", "target": "start_1"}]),
    "version_text": node(version="1"),
    "version_true": node(version=True),
    "version_zero": node(version=0),
    "version_huge": node(version=10**30),
    "title_number": node(title=5),
    "title_long": node(title="x" * 10_000),
    "config_list": node(config=[]),
    "config_null": node(config=None),
    "config_deep": node(config={"a": deep_config(40)}),
    "config_text_huge": node(config={"a": "x" * 300_000}),
    "config_integer_huge": node(config={"a": 10**400}),
    "policy_list": node(policy=[]),
    "policy_attempts_many": node(policy={"max_attempts": 1_000_000}),
    "policy_attempts_float": node(policy={"max_attempts": 1.5}),
    "policy_timeout_negative": node(policy={"timeout_s": -1}),
    "position_list": node(position=[0, 0]),
    "position_text": node(position={"x": "0", "y": 0}),
    "position_far": node(position={"x": 1e300, "y": 0}),
    "body_list": node(body=[]),
    "bodies_deep": nested(12),
    "note_of_code": graph(notes=[{"id": "note_1", "text": "x", "colour": "red;background:url(//x)"}]),
    "note_in_body": node(body={"nodes": [], "edges": [], "notes": []}),
    "note_too_long": graph(notes=[{"id": "note_1", "text": "x" * 5_001}]),
    "notes_10000": graph(notes=[{"id": f"n_{i}"} for i in range(10_000)]),
    "group_of_nobody": graph(groups=[{"id": "group_1", "nodes": ["nobody_1"]}]),
    "group_of_nothing": graph(groups=[{"id": "group_1", "nodes": []}]),
    "groups_10000": graph(groups=[{"id": f"g_{i}", "nodes": ["start_1"]} for i in range(10_000)]),
    "nodes_10000": graph([{"id": f"n_{i}", "type": "start"} for i in range(10_000)], []),
    "edges_10000": graph(edges=[{**EDGE, "port": f"p{i}"} for i in range(10_000)]),
}

BODIES: dict[str, bytes] = {
    "nan": b'{"revision": 1, "graph": {"nodes": [], "edges": [], "x": NaN}}',
    "infinity": b'{"revision": 1, "graph": {"nodes": [{"position": {"x": Infinity}}]}}',
    "overflow": b'{"revision": 1, "graph": {"nodes": [{"position": {"x": 1e999}}]}}',
    "nul": b'{"revision": 1, "graph": {"nodes": [{"id": "a\\u0000"}], "edges": []}}',
    "surrogate": b'{"revision": 1, "graph": {"nodes": [{"title": "\\ud800"}], "edges": []}}',
    "depth_bomb": b'{"revision": 1, "graph": ' + b'{"nodes":[' * 200_000,
    "duplicate_key": b'{"revision": 1, "revision": 1, "graph": {"nodes": [], "edges": []}}',
    "too_large": b'{"revision": 1, "graph": "' + b"x" * 5_300_000 + b'"}',
    "cut_off": b'{"revision": 1, "graph": {"nodes": [',
    "not_utf8": b'{"revision": 1, "graph": "\xff"}',
    "a_list": b"[1, {}]",
    "nothing": b"",
    "unknown_field": b'{"revision": 1, "graph": {"nodes": [], "edges": []}, "workspace_id": "x"}',
    "revision_text": b'{"revision": "1", "graph": {"nodes": [], "edges": []}}',
    "revision_true": b'{"revision": true, "graph": {"nodes": [], "edges": []}}',
    "revision_float": b'{"revision": 1.5, "graph": {"nodes": [], "edges": []}}',
    "revision_huge": b'{"revision": 100000000000000000000, "graph": {"nodes": [], "edges": []}}',
    "no_revision": b'{"graph": {"nodes": [], "edges": []}}',
    "no_graph": b'{"revision": 1}',
}


@pytest.fixture
def draft(owner: Person) -> Workflow:
    owner.client.post("/api/workflows", {"template": "chat"}, content_type="application/json")
    return Workflow.objects.get()


def refused(owner: Person, draft: Workflow, raw: bytes) -> dict[str, Any]:
    answer = owner.client.put(f"/api/workflows/{draft.pk}/draft", raw, content_type="application/json")
    assert 400 <= answer.status_code < 500, answer.content[:500]
    after = Workflow.objects.get()
    assert (after.revision, after.draft) == (draft.revision, draft.draft)
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "hint", "field"}
    assert error["code"]
    assert error["message"].endswith(".")
    return error


@pytest.mark.parametrize("name", GRAPHS)
def test_a_malformed_graph_is_refused_in_words(owner: Person, draft: Workflow, name: str) -> None:
    raw = json.dumps({"revision": draft.revision, "graph": GRAPHS[name]}).encode()

    refused(owner, draft, raw)


@pytest.mark.parametrize("name", BODIES)
def test_a_malformed_body_is_refused_in_words(owner: Person, draft: Workflow, name: str) -> None:
    refused(owner, draft, BODIES[name])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cycle", "cycle"),
        ("self_loop", "cycle"),
        ("unknown_type", "unknown_type"),
        ("duplicate_id", "duplicate_id"),
        ("dangling_target", "dangling_edge"),
        ("nodes_10000", "too_many_nodes"),
        ("edges_10000", "too_many_edges"),
        ("bodies_deep", "too_deep"),
        ("notes_10000", "too_many_notes"),
        ("groups_10000", "too_many_groups"),
        ("unknown_node_field", "unknown_field"),
    ],
)
def test_the_code_says_what_is_wrong(owner: Person, draft: Workflow, name: str, code: str) -> None:
    raw = json.dumps({"revision": draft.revision, "graph": GRAPHS[name]}).encode()

    assert refused(owner, draft, raw)["code"] == code


def test_a_well_formed_graph_passes_the_same_door(owner: Person, draft: Workflow) -> None:
    body = {"revision": draft.revision, "graph": graph()}

    answer = owner.client.put(f"/api/workflows/{draft.pk}/draft", body, content_type="application/json")

    assert answer.status_code == 200
