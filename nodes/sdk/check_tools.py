"""Finds what is wrong with the tools of an agent: the steps inside it."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.check_bodies import Place
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Node, Problem
from nodes.sdk.shapes import name_of
from nodes.sdk.tools import as_checked, name_of_tool


def as_tool_drawn(node: GraphNode, node_type: type[Node]) -> GraphNode:
    """The step as its settings are judged: what it leaves to the agent is no gap in them."""
    try:
        return as_checked(node, node_type)
    except Exception:  # a form that is only half filled; its own check says so
        return node


def tool_problems(graph: Graph, catalogue: Catalogue, place: Place) -> Iterator[Problem]:
    """The problems of the steps inside an agent as its tools."""
    for edge in graph.edges:
        name = name_of(graph.nodes[edge.source], catalogue)
        yield Problem(
            "tools_connected",
            f"{name!r} leads on, but the steps inside {place.container!r} are tools: it uses which it will.",
            "Remove the connection.",
            node=edge.source,
            values={"node": name, "container": place.container},
        )
    taken = {"model", *(f"ask_{node_id}" for node_id in graph.nodes)}
    seen: dict[str, str] = {}
    for node in graph.nodes.values():
        if node.id in taken:
            # The run keeps the agent's replies and its questions to people beside its tools, by these names.
            name = name_of(node, catalogue)
            yield Problem(
                "tool_id_taken",
                f"{name!r} has the id {node.id!r}, by which the agent's own work is kept.",
                "Make the step anew, or give it another id in the file.",
                node=node.id,
                values={"node": name, "id": node.id},
            )
        if node.type not in catalogue.types:
            continue
        name = name_of(node, catalogue)
        if not catalogue.types[node.type].is_tool:
            yield Problem(
                "not_a_tool",
                f"{name!r} cannot be a tool, so {place.container!r} will never use it.",
                "Take it out, or put it into an app of its own and use that.",
                node=node.id,
                values={"node": name, "container": place.container},
            )
            continue
        said = name_of_tool(node.tool, name, node.id)
        if said in seen:
            yield Problem(
                "duplicate_tool",
                f"{name!r} and {seen[said]!r} have the same name for the model: {said!r}.",
                "Give one of them another name.",
                node=node.id,
                values={"node": name, "other": seen[said], "name": said},
            )
        seen[said] = name
