"""A file that does not say where its steps stand is drawn in order, none upon another."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from backend.workflows.placing import _size, placed
from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import Graph, graph_from_json
from tests.conftest import Person
from tests.engine.drawings import draw_case

FILE = """
treadle: 1
name: Two paths
nodes:
  start_1: {type: start}
  branch_1: {type: branch, config: {cases: [{name: a, conditions: []}, {name: b, conditions: []}]}}
  loop_1:
    type: loop
    body:
      nodes:
        template_1: {type: template, config: {text: "1"}}
        template_2: {type: template, config: {text: "2"}}
      edges: [template_1 -> template_2]
  template_3: {type: template, config: {text: "3"}}
  answer_1: {type: answer, config: {text: "4"}}
edges:
  - start_1 -> branch_1
  - branch_1.a -> loop_1
  - branch_1.b -> template_3
  - loop_1 -> answer_1
  - template_3 -> answer_1
"""


def overlapping(graph: Graph) -> list[tuple[str, str]]:
    """The pairs of steps on one level whose cards or frames share a point."""
    out = graph.edges_out()
    boxes = {
        node.id: (*node.position, *_size(node, len({edge.port for edge in out[node.id]})))
        for node in graph.nodes.values()
    }
    found = [
        (a, b)
        for (a, (ax, ay, aw, ah)), (b, (bx, by, bw, bh)) in combinations(boxes.items(), 2)
        if ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah
    ]
    for node in graph.nodes.values():
        found += overlapping(node.body) if node.body is not None else []
    return found


def piled(graph: Graph) -> Graph:
    """The same with all steps at one place, as a file without a layout gives them."""
    nodes = {
        node.id: replace(node, position=(0, 0), body=None if node.body is None else piled(node.body))
        for node in graph.nodes.values()
    }
    return replace(graph, nodes=nodes)


def goes_right(graph: Graph) -> bool:
    """Whether each connection leads to the right, on every level."""
    at = {node.id: node.position[0] for node in graph.nodes.values()}
    return all(at[edge.source] < at[edge.target] for edge in graph.edges) and all(
        node.body is None or goes_right(node.body) for node in graph.nodes.values()
    )


def test_an_imported_file_without_places_is_drawn_in_order(owner: Person) -> None:
    answer = owner.client.post("/api/workflows/import", FILE, content_type="application/yaml")

    assert answer.status_code == 201, answer.content
    graph = graph_from_json(answer.json()["graph"])
    assert overlapping(graph) == []
    assert goes_right(graph)


def test_a_level_that_says_where_its_steps_stand_is_left_alone() -> None:
    said = "layout: {start_1: [5, 0], branch_1: [9, 0], loop_1: [7, 3], template_3: [1, 1], answer_1: [0, 2]}"

    graph = placed(workflow_from_yaml(f"{FILE}{said}\n").graph)

    assert [graph.nodes[name].position for name in ("start_1", "loop_1")] == [(5, 0), (7, 3)]
    body = graph.nodes["loop_1"].body
    assert body is not None
    assert body.nodes["template_1"].position != body.nodes["template_2"].position


@pytest.mark.parametrize("seed", range(60))
def test_no_steps_of_a_random_drawing_overlap(seed: int) -> None:
    graph = placed(piled(draw_case(Random(seed)).graph))

    assert overlapping(graph) == []
    assert goes_right(graph)
