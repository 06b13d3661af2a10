"""What a graph may be, and that everything else is refused with a code and a sentence."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode, Policy, graph_from_json, graph_to_json, order
from nodes.sdk.strict import MAX_TEXT_BYTES
from tests.nodes.graphs import graph


def node(node_id="a", **more):
    return {"id": node_id, "type": "template", **more}


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def nested(levels):
    inner = {"nodes": [node("n0")]}
    for level in range(1, levels + 1):
        inner = {"nodes": [node(f"n{level}", body=inner)]}
    return inner


A, B = node("a"), node("b")
NOTE = {"id": "note_1", "text": "Ask Mei."}
GROUP = {"id": "group_1", "title": "Billing", "nodes": ["a"]}
TO_B, TO_A = {"source": "a", "target": "b"}, {"source": "b", "target": "a"}

MALFORMED = {
    "a list instead of an object": ([], "wrong_type"),
    "nothing": (None, "wrong_type"),
    "a text": ("graph", "wrong_type"),
    "no nodes": ({"edges": []}, "missing_field"),
    "nodes as an object": ({"nodes": {}}, "wrong_type"),
    "edges as a number": ({"nodes": [], "edges": 3}, "wrong_type"),
    "an unknown field of the graph": ({"nodes": [], "viewport": {}}, "unknown_field"),
    "a node that is a number": ({"nodes": [7]}, "wrong_type"),
    "a node without an id": ({"nodes": [{"type": "template"}]}, "missing_field"),
    "a node without a type": ({"nodes": [{"id": "a"}]}, "missing_field"),
    "an unknown field of a node": ({"nodes": [node(colour="red")]}, "unknown_field"),
    "an id that is a number": ({"nodes": [node(7)]}, "wrong_type"),
    "an empty id": ({"nodes": [node("")]}, "bad_name"),
    "an id with capitals": ({"nodes": [node("Prompt")]}, "bad_name"),
    "an id with a line end": ({"nodes": [node("a\n")]}, "bad_name"),
    "an id that is too long": ({"nodes": [node("a" * 51)]}, "bad_name"),
    "an id from a prototype": ({"nodes": [node("__proto__")]}, "bad_name"),
    "a type with a path": ({"nodes": [{"id": "a", "type": "../../etc"}]}, "bad_name"),
    "the same id twice": ({"nodes": [A, A]}, "duplicate_id"),
    "the same id in a body": ({"nodes": [node("a", body={"nodes": [A]})]}, "duplicate_id"),
    "a version that is a text": ({"nodes": [node(version="1")]}, "wrong_type"),
    "a version that is true": ({"nodes": [node(version=True)]}, "wrong_type"),
    "a version below one": ({"nodes": [node(version=0)]}, "out_of_range"),
    "a title that is a list": ({"nodes": [node(title=[])]}, "wrong_type"),
    "a title that is too long": ({"nodes": [node(title="x" * 201)]}, "text_too_long"),
    "a config that is a list": ({"nodes": [node(config=[])]}, "wrong_type"),
    "a config that is null": ({"nodes": [node(config=None)]}, "wrong_type"),
    "NaN": ({"nodes": [node(config={"x": float("nan")})]}, "not_finite"),
    "Infinity": ({"nodes": [node(config={"x": [float("-inf")]})]}, "not_finite"),
    "a giant number": ({"nodes": [node(config={"x": 10**400})]}, "number_too_large"),
    "a NUL": ({"nodes": [node(config={"text": "a\0b"})]}, "bad_text"),
    "a NUL in a name": ({"nodes": [node(config={"a\0b": 1})]}, "bad_text"),
    "a NUL in a title": ({"nodes": [node(title="\0")]}, "bad_text"),
    "half a character": ({"nodes": [node(config={"text": "\ud83d"})]}, "bad_text"),
    "a text that is too long": ({"nodes": [node(config={"t": "x" * (MAX_TEXT_BYTES + 1)})]}, "text_too_long"),
    "a text of too many bytes": ({"nodes": [node(config={"t": "中" * 90_000})]}, "text_too_long"),
    "a depth bomb in a config": ({"nodes": [node(config={"x": deep(50_000)})]}, "too_deep"),
    "a depth bomb of bodies": (nested(9), "too_deep"),
    "something that is no JSON": ({"nodes": [node(config={"x": {1, 2}})]}, "wrong_type"),
    "a name that is no text": ({"nodes": [node(config={"x": {1: 2}})]}, "wrong_type"),
    "a field name that is no text": ({"nodes": [], 3: 4}, "unknown_field"),
    "10,000 nodes": ({"nodes": [node(f"n{i}") for i in range(10_000)]}, "too_many_nodes"),
    "too many nodes over all bodies": (
        {"nodes": [node("a", body={"nodes": [node(f"n{i}") for i in range(1_000)]})]},
        "too_many_nodes",
    ),
    "too many edges": ({"nodes": [A, B], "edges": [TO_B] * 5_001}, "too_many_edges"),
    "an edge that is a text": ({"nodes": [A, B], "edges": ["a -> b"]}, "wrong_type"),
    "an edge without a target": ({"nodes": [A], "edges": [{"source": "a"}]}, "missing_field"),
    "an unknown field of an edge": ({"nodes": [A, B], "edges": [{**TO_B, "id": "e1"}]}, "unknown_field"),
    "a port that is a number": ({"nodes": [A, B], "edges": [{**TO_B, "port": 1}]}, "wrong_type"),
    "a port with a space": ({"nodes": [A, B], "edges": [{**TO_B, "port": "a b"}]}, "bad_name"),
    "an edge to nowhere": ({"nodes": [A], "edges": [TO_B]}, "dangling_edge"),
    "an edge from nowhere": ({"nodes": [B], "edges": [TO_B]}, "dangling_edge"),
    "the same edge twice": ({"nodes": [A, B], "edges": [TO_B, TO_B]}, "duplicate_edge"),
    "an edge to itself": ({"nodes": [A], "edges": [{"source": "a", "target": "a"}]}, "cycle"),
    "a cycle": ({"nodes": [A, B], "edges": [TO_B, TO_A]}, "cycle"),
    "a cycle in a body": ({"nodes": [node("c", body={"nodes": [A, B], "edges": [TO_B, TO_A]})]}, "cycle"),
    "a policy that is a list": ({"nodes": [node(policy=[])]}, "wrong_type"),
    "an unknown field of a policy": ({"nodes": [node(policy={"tries": 3})]}, "unknown_field"),
    "a thousand attempts": ({"nodes": [node(policy={"max_attempts": 1_000})]}, "out_of_range"),
    "an attempt and a half": ({"nodes": [node(policy={"max_attempts": 1.5})]}, "wrong_type"),
    "a time limit of zero": ({"nodes": [node(policy={"timeout_s": 0})]}, "out_of_range"),
    "a pause of NaN": ({"nodes": [node(policy={"backoff_s": float("nan")})]}, "out_of_range"),
    "a position that is a list": ({"nodes": [node(position=[1, 2])]}, "wrong_type"),
    "a position without y": ({"nodes": [node(position={"x": 1})]}, "missing_field"),
    "a position at infinity": ({"nodes": [node(position={"x": 0, "y": float("inf")})]}, "out_of_range"),
    "a position of texts": ({"nodes": [node(position={"x": "0", "y": 0})]}, "wrong_type"),
    "notes as an object": ({"nodes": [], "notes": {}}, "wrong_type"),
    "notes in a body": ({"nodes": [node(body={"nodes": [], "notes": []})]}, "unknown_field"),
    "a note that is a text": ({"nodes": [], "notes": ["Ask Mei."]}, "wrong_type"),
    "a note without an id": ({"nodes": [], "notes": [{"text": "x"}]}, "missing_field"),
    "an unknown field of a note": ({"nodes": [], "notes": [{**NOTE, "html": "<b>"}]}, "unknown_field"),
    "a note whose text is a list": ({"nodes": [], "notes": [{**NOTE, "text": ["x"]}]}, "wrong_type"),
    "a note that is too long": ({"nodes": [], "notes": [{**NOTE, "text": "x" * 5_001}]}, "text_too_long"),
    "a NUL in a note": ({"nodes": [], "notes": [{**NOTE, "text": "\0"}]}, "bad_text"),
    "half a character in a note": ({"nodes": [], "notes": [{**NOTE, "text": "\ud83d"}]}, "bad_text"),
    "a colour that is code": ({"nodes": [], "notes": [{**NOTE, "colour": "red;}"}]}, "wrong_type"),
    "a colour that is a list": ({"nodes": [], "notes": [{**NOTE, "colour": ["blue"]}]}, "wrong_type"),
    "a note at infinity": (
        {"nodes": [], "notes": [{**NOTE, "position": {"x": float("inf"), "y": 0}}]},
        "out_of_range",
    ),
    "a note without a height": ({"nodes": [], "notes": [{**NOTE, "size": {"width": 200}}]}, "missing_field"),
    "a note as wide as NaN": (
        {"nodes": [], "notes": [{**NOTE, "size": {"width": float("nan"), "height": 200}}]},
        "out_of_range",
    ),
    "the same note twice": ({"nodes": [], "notes": [NOTE, NOTE]}, "duplicate_id"),
    "too many notes": ({"nodes": [], "notes": [{"id": f"n{i}"} for i in range(201)]}, "too_many_notes"),
    "groups as a number": ({"nodes": [A], "groups": 1}, "wrong_type"),
    "groups in a body": ({"nodes": [node(body={"nodes": [], "groups": []})]}, "unknown_field"),
    "an unknown field of a group": ({"nodes": [A], "groups": [{**GROUP, "x": 1}]}, "unknown_field"),
    "a group of nothing": ({"nodes": [A], "groups": [{**GROUP, "nodes": []}]}, "group_without_steps"),
    "a group of no list": ({"nodes": [A], "groups": [{**GROUP, "nodes": "a"}]}, "wrong_type"),
    "a group of what is not there": ({"nodes": [A], "groups": [{**GROUP, "nodes": ["b"]}]}, "unknown_node"),
    "a group with a step twice": ({"nodes": [A], "groups": [{**GROUP, "nodes": ["a", "a"]}]}, "duplicate_id"),
    "a group with too long a title": (
        {"nodes": [A], "groups": [{**GROUP, "title": "x" * 201}]},
        "text_too_long",
    ),
    "a step in two groups": ({"nodes": [A], "groups": [GROUP, {**GROUP, "id": "group_2"}]}, "in_two_groups"),
    "the same group twice": (
        {"nodes": [A, B], "groups": [GROUP, {**GROUP, "nodes": ["b"]}]},
        "duplicate_id",
    ),
    "a group across a frame": (
        {"nodes": [node("a", body={"nodes": [B]})], "groups": [{**GROUP, "nodes": ["a", "b"]}]},
        "split_group",
    ),
    "too many groups": (
        {
            "nodes": [node(f"n{i}") for i in range(101)],
            "groups": [{"id": f"g{i}", "nodes": [f"n{i}"]} for i in range(101)],
        },
        "too_many_groups",
    ),
}


@pytest.mark.parametrize(("value", "code"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_graph_is_refused_with_a_code_and_a_sentence(value, code):
    with pytest.raises(GraphError) as raised:
        graph_from_json(value)

    assert raised.value.code == code
    assert raised.value.message.endswith(".")
    assert len(raised.value.message) < 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
graph_words = st.sampled_from(
    [
        *("nodes", "edges", "id", "type", "config", "source", "target", "port", "body", "policy"),
        *("notes", "groups", "text", "colour", "size"),
    ]
)
graph_like = st.recursive(
    json_values | st.sampled_from(["a", "b", "template"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(graph_words, inner, max_size=4),
    max_leaves=15,
)


@given(graph_like)
def test_no_value_at_all_raises_anything_but_graph_error(value):
    with suppress(GraphError):
        read = graph_from_json(value)
        assert graph_from_json(graph_to_json(read)) == read


def test_a_graph_survives_its_json():
    drawn = Graph(
        {
            "a": GraphNode(
                "a", "start", title="Hello", config={"x": [1, None, {"y": "中"}]}, position=(1.5, -2)
            ),
            "b": GraphNode(
                "b", "loop", 3, policy=Policy(2, 0.5, 10), body=Graph({"c": GraphNode("c", "answer")})
            ),
        },
        (Edge("a", "yes", "b"),),
    )

    assert graph_from_json(json.loads(json.dumps(graph_to_json(drawn)))) == drawn


def test_the_error_says_where():
    with pytest.raises(GraphError) as raised:
        graph_from_json({"nodes": [A, node("b", config={"cases": [{"name": "x\0"}]})]})

    assert raised.value.field == "nodes[1].config.cases[0].name"


def test_order_goes_forward_with_ties_by_id():
    drawn = graph({"c_1": {}, "b_1": {}, "a_1": {}, "d_1": {}}, "c_1 -> a_1", "d_1 -> a_1")

    assert order(drawn) == ["b_1", "c_1", "d_1", "a_1"]


def test_a_cycle_is_named():
    with pytest.raises(GraphError, match="b → c → b") as raised:
        order(
            Graph(
                {name: GraphNode(name, "template") for name in "abc"},
                (Edge("a", "out", "b"), Edge("b", "out", "c"), Edge("c", "out", "b")),
            )
        )

    assert raised.value.code == "cycle"


def test_a_chain_of_the_most_nodes_is_read_and_ordered():
    names = [f"n{i}" for i in range(1_000)]
    edges = [{"source": a, "target": b} for a, b in pairwise(names)]

    assert order(graph_from_json({"nodes": [node(name) for name in names], "edges": edges})) == names


def test_notes_and_groups_are_read_and_written_the_same():
    value = {
        "nodes": [A, node("c", body={"nodes": [B]})],
        "notes": [
            {**NOTE, "colour": "pink", "position": {"x": 1.5, "y": -2}, "size": {"width": 300, "height": 90}}
        ],
        "groups": [GROUP, {"id": "group_2", "nodes": ["b"]}],
    }

    read = graph_from_json(value)

    assert graph_from_json(graph_to_json(read)) == read
    assert graph_to_json(read)["notes"] == value["notes"]
    assert [group.nodes for group in read.groups] == [("a",), ("b",)]
