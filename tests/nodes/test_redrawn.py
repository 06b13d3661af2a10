"""Which steps a drawing differs in from an earlier one, as a run that goes on on the draft asks."""

from dataclasses import replace
from typing import Any

from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.redrawn import redrawn


def step(id: str, body: Graph | None = None, **more: Any) -> GraphNode:
    return GraphNode(id, id.rpartition("_")[0], body=body, **more)


def drawn(*nodes: GraphNode, edges: tuple[Edge, ...] = ()) -> Graph:
    return Graph({node.id: node for node in nodes}, edges)


def repeats(*inside: GraphNode, **config: Any) -> Graph:
    return drawn(step("loop_1", drawn(*inside), config=config))


def test_titles_and_places_change_nothing():
    assert redrawn(drawn(step("a_1")), drawn(step("a_1", title="New", position=(5, 5)))) == []


def test_settings_ways_in_new_steps_and_gone_ones_are_told():
    before = drawn(step("a_1"), step("b_1"), step("c_1"))
    now = drawn(step("a_1", config={"x": 1}), step("b_1"), step("d_1"), edges=(Edge("a_1", "out", "b_1"),))

    assert redrawn(before, now) == ["a_1", "b_1", "d_1", "c_1"]


def test_inside_a_step_that_repeats_only_what_was_changed_there_is_told():
    before = repeats(step("a_1"), step("b_1"), count=2)
    now = repeats(step("a_1"), step("b_1", config={"x": 1}), step("c_1"), count=2)

    assert redrawn(before, now) == ["loop_1[*].b_1", "loop_1[*].c_1"]
    assert redrawn(now, repeats(step("a_1"), count=2)) == ["loop_1[*].b_1", "loop_1[*].c_1"]


def test_two_deep_it_is_told_in_all_rounds_of_both():
    def two_deep(body: Graph) -> Graph:
        return drawn(step("each_1", body))

    assert redrawn(two_deep(repeats(step("a_1"))), two_deep(repeats(step("b_1")))) == [
        "each_1[*].loop_1[*].b_1",
        "each_1[*].loop_1[*].a_1",
    ]


def test_a_step_that_repeats_is_told_itself_for_its_own_settings_and_for_naming_what_is_new_or_gone():
    before = repeats(step("a_1"), count=2, result="{{ a_1.text }}")
    other = replace(before.nodes["loop_1"], config={"count": 3, "result": "{{ a_1.text }}"})

    assert redrawn(before, drawn(other)) == ["loop_1"]
    assert redrawn(before, repeats(step("b_1"), count=2, result="{{ a_1.text }}")) == ["loop_1"]
