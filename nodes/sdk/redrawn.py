"""Which steps of a workflow are drawn otherwise than before, for a run that keeps what the others did."""

from __future__ import annotations

from dataclasses import replace

from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.templates import Expression, expressions_in


def redrawn(before: Graph, now: Graph) -> list[str]:
    """The steps whose settings or ways in are others now, those that are new, and those that are gone.

    A step inside another is named in all its rounds at once: `loop_1[*].prompt_2`. A step that holds others
    is named itself when more than what it holds was changed. Titles and places are for the eye alone.
    """
    ways_before, ways_now = before.edges_into(), now.edges_into()
    found: list[str] = []
    for id, node in now.nodes.items():
        old = before.nodes.get(id)
        if old is None or _drawn(node) != _drawn(old) or _ways(ways_now[id]) != _ways(ways_before[id]):
            found.append(id)
        elif node.body is None or old.body is None:
            found += [id] if node.body is not old.body else []
        elif _speaks_of(node, node.body.nodes.keys() ^ old.body.nodes.keys()):
            found.append(id)
        else:
            found += [f"{id}[*].{inside}" for inside in redrawn(old.body, node.body)]
    return [*found, *(id for id in before.nodes if id not in now.nodes)]


def _drawn(node: GraphNode) -> GraphNode:
    return replace(node, title="", position=(0, 0), body=None)


def _ways(edges: list[Edge]) -> set[tuple[str, str]]:
    return {(edge.source, edge.port) for edge in edges}


def _speaks_of(node: GraphNode, ids: set[str]) -> bool:
    """Whether the settings of a step name one of those that are new in it or gone: rounds are read by it."""
    return any(
        isinstance(one, Expression) and one.ref is not None and one.ref.node in ids
        for _, one in expressions_in(dict(node.config))
    )
