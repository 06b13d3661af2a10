"""Random changes of a workflow, such as a person makes between a run and one that goes on from it.

What touches the same variable stays in its order: a step is taken out by joining its ends, and no edge goes.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from nodes.sdk.graph import Edge, Graph, GraphNode, order
from tests.engine.drawings import LEAVES, PORTS

Change = Callable[[Random, Graph], Graph]


def redraw(dice: Random, graph: Graph) -> Graph:
    """The workflow with one change or two, anywhere in it, and more often inside a step that repeats."""
    for _ in range(dice.choice([1, 1, 2])):
        inside = list(_bodies(graph))
        change = dice.choice(
            [_another_text, _another_text, _another_way, _new_step, _without_one, _one_more_edge]
        )
        if inside and dice.random() < 0.8:
            graph = _within(graph, dice.choice(inside), lambda body, change=change: change(dice, body))
        else:
            graph = change(dice, graph)
    return graph


def _bodies(graph: Graph, around: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for id, node in graph.nodes.items():
        if node.body is not None and node.type != "agent":
            yield (*around, id)
            yield from _bodies(node.body, (*around, id))


def _within(graph: Graph, path: tuple[str, ...], change: Callable[[Graph], Graph]) -> Graph:
    if not path:
        return change(graph)
    node = graph.nodes[path[0]]
    assert node.body is not None
    return _with(graph, replace(node, body=_within(node.body, path[1:], change)))


def _with(graph: Graph, node: GraphNode) -> Graph:
    return replace(graph, nodes={**graph.nodes, node.id: node})


def _another_text(dice: Random, graph: Graph) -> Graph:
    texts = {"pure": "text", "answer": "text", "work": "text", "write": "text", "say": "user", "fork": "port"}
    nodes = [node for node in graph.nodes.values() if node.type in texts]
    if not nodes:
        return graph
    node = dice.choice(nodes)
    field = texts[node.type]
    value = dice.choice(["yes", "no"]) if field == "port" else f"{node.config[field]} changed"
    return _with(graph, replace(node, config={**node.config, field: value}))


def _another_way(dice: Random, graph: Graph) -> Graph:
    if not graph.edges:
        return graph
    edge = dice.choice(graph.edges)
    port = dice.choice(PORTS.get(graph.nodes[edge.source].type, ("out", "error")))
    edges = dict.fromkeys(replace(one, port=port) if one is edge else one for one in graph.edges)
    return replace(graph, edges=tuple(edges))


def _new_step(dice: Random, graph: Graph) -> Graph:
    """Behind one, between two, or for itself."""
    id = f"pure_{900 + dice.randint(0, 90)}"
    before = [one for one, node in graph.nodes.items() if node.type not in LEAVES]
    if id in graph.nodes or not before:
        return graph
    source = dice.choice([*before, None])
    text = f"new {{{{ {source}.text }}}}" if source else "new"
    graph = _with(graph, GraphNode(id, "pure", config={"text": text}))
    if source is None:
        return graph
    port = dice.choice(PORTS.get(graph.nodes[source].type, ("out",)))
    edges = [*graph.edges, Edge(source, port, id)]
    between = [edge for edge in graph.edges if edge.source == source]
    if between and dice.random() < 0.5:
        edges.append(Edge(id, "out", dice.choice(between).target))
    return replace(graph, edges=tuple(edges))


def _without_one(dice: Random, graph: Graph) -> Graph:
    if len(graph.nodes) < 2:
        return graph
    id = dice.choice([one for one, node in graph.nodes.items() if node.type != "start"] or [""])
    into, out = graph.edges_into().get(id, []), graph.edges_out().get(id, [])
    joined = [Edge(before.source, before.port, after.target) for before in into for after in out]
    edges = dict.fromkeys([*(e for e in graph.edges if id not in (e.source, e.target)), *joined])
    nodes = {one: node for one, node in graph.nodes.items() if one != id}
    return replace(graph, nodes=nodes, edges=tuple(edges))


def _one_more_edge(dice: Random, graph: Graph) -> Graph:
    ids = [id for id in order(graph) if graph.nodes[id].type not in LEAVES]
    if len(ids) < 2:
        return graph
    at = sorted(dice.sample(range(len(ids)), 2))
    source, target = ids[at[0]], ids[at[1]]
    if graph.nodes[target].type == "start":
        return graph
    port = dice.choice(PORTS.get(graph.nodes[source].type, ("out",)))
    return replace(graph, edges=tuple(dict.fromkeys([*graph.edges, Edge(source, port, target)])))
