"""The drawing of a workflow: nodes, edges, and their JSON, read strictly and within limits."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nodes.sdk.declared import Variable, read_variables, variables_to_json
from nodes.sdk.notes import Group, Note, groups_to_json, notes_to_json, read_groups, read_notes
from nodes.sdk.policy import Policy, policy_from_json, policy_to_json
from nodes.sdk.run_limits import RunLimits, limits_to_json, read_limits
from nodes.sdk.strict import (
    NODE_ID,
    PORT_NAME,
    GraphError,
    check_plain_json,
    read_list,
    read_name,
    read_number,
    read_object,
    read_title,
    read_whole,
    wrong_type,
)
from nodes.sdk.tool_use import ToolUse, tool_use_from_json, tool_use_to_json
from nodes.sdk.values import Json
from nodes.sdk.variables import RESERVED

MAX_NODES: Final = 1_000
MAX_EDGES: Final = 5_000
MAX_BODY_DEPTH: Final = 8

__all__ = [
    "Edge",
    "Graph",
    "GraphError",
    "GraphNode",
    "Policy",
    "Port",
    "Ref",
    "graph_from_json",
    "graph_to_json",
    "order",
    "policy_to_json",
]


@dataclass(frozen=True)
class Ref:
    """A variable reference: {{ prompt_1.text }} is Ref("prompt_1", ("text",))."""

    node: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Port:
    """A way out of a node. Most nodes have one, "out"; a branch has one per case; "error" is always legal."""

    name: str
    title: str = ""


@dataclass(frozen=True)
class Edge:
    """After `source` leaves by `port`, `target` may run. Edges order; refs carry data."""

    source: str
    port: str
    target: str


@dataclass(frozen=True)
class GraphNode:
    """One node of a graph. `id` is short, stable and readable in refs; `config` holds unfilled templates.

    `tool` counts where the node stands inside an agent.
    """

    id: str
    type: str
    version: int = 1
    title: str = ""
    config: Mapping[str, Json] = field(default_factory=dict[str, Json])
    policy: Policy = field(default_factory=Policy)
    body: Graph | None = None
    position: tuple[float, float] = (0, 0)
    tool: ToolUse = field(default_factory=ToolUse)


@dataclass(frozen=True)
class Graph:
    """Nodes by id and the edges between them: acyclic, loops are bodies.

    `variables`, `limits`, `notes` and `groups` are said in the workflow itself, never in a body. Notes and
    groups are for the eye alone, as places are.
    """

    nodes: Mapping[str, GraphNode]
    edges: tuple[Edge, ...] = ()
    variables: tuple[Variable, ...] = ()
    limits: RunLimits = field(default_factory=RunLimits)
    notes: tuple[Note, ...] = ()
    groups: tuple[Group, ...] = ()

    def edges_into(self) -> dict[str, list[Edge]]:
        """The edges into each node."""
        into: dict[str, list[Edge]] = {node_id: [] for node_id in self.nodes}
        for edge in self.edges:
            into[edge.target].append(edge)
        return into

    def edges_out(self) -> dict[str, list[Edge]]:
        """The edges out of each node."""
        out: dict[str, list[Edge]] = {node_id: [] for node_id in self.nodes}
        for edge in self.edges:
            out[edge.source].append(edge)
        return out


def order(graph: Graph) -> list[str]:
    """The node ids so that every edge points forward, ties by id. Raises GraphError("cycle")."""
    out = graph.edges_out()
    open_edges = {node_id: len(edges) for node_id, edges in graph.edges_into().items()}
    ready = [node_id for node_id, count in open_edges.items() if count == 0]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        node_id = heapq.heappop(ready)
        ordered.append(node_id)
        for edge in out[node_id]:
            open_edges[edge.target] -= 1
            if open_edges[edge.target] == 0:
                heapq.heappush(ready, edge.target)
    if len(ordered) < len(graph.nodes):
        circle = _one_circle(graph, set(graph.nodes) - set(ordered))
        raise GraphError(
            "cycle",
            f"The connections go round in a circle: {' → '.join(circle)}.",
            "Remove one of these connections. To repeat steps, use a step made for repeating.",
        )
    return ordered


def _one_circle(graph: Graph, within: set[str]) -> list[str]:
    """The ids along one circle, the first repeated at the end, at most ten of them spelled out."""
    before = {
        edge.target: edge.source for edge in graph.edges if edge.source in within and edge.target in within
    }
    seen: dict[str, int] = {}
    walk: list[str] = []
    here = min(before)
    while here not in seen:
        seen[here] = len(walk)
        walk.append(here)
        here = before[here]
    circle = [here, *reversed(walk[seen[here] :])]
    return circle if len(circle) <= 10 else [*circle[:9], "…", here]


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """The JSON of a graph, such that `graph_from_json` gives the same graph again."""
    value: dict[str, Any] = {
        "nodes": [_node_to_json(node) for node in graph.nodes.values()],
        "edges": [{"source": e.source, "port": e.port, "target": e.target} for e in graph.edges],
    }
    if graph.variables:
        value["variables"] = variables_to_json(graph.variables)
    if limits := limits_to_json(graph.limits):
        value["limits"] = limits
    if graph.notes:
        value["notes"] = notes_to_json(graph.notes)
    if graph.groups:
        value["groups"] = groups_to_json(graph.groups)
    return value


def _node_to_json(node: GraphNode) -> dict[str, Any]:
    value: dict[str, Any] = {
        "id": node.id,
        "type": node.type,
        "version": node.version,
        "title": node.title,
        "config": dict(node.config),
        "policy": policy_to_json(node.policy),
        "position": {"x": node.position[0], "y": node.position[1]},
        "body": graph_to_json(node.body) if node.body is not None else None,
    }
    if tool := tool_use_to_json(node.tool):
        value["tool"] = tool
    return value


def graph_from_json(value: Json) -> Graph:
    """Reads a graph strictly. Raises GraphError for anything but a well-formed graph within the limits."""
    return _Reader().graph(value, "", 0)


_BODY_FIELDS = frozenset({"nodes", "edges"})
_GRAPH_FIELDS = _BODY_FIELDS | {"variables", "limits", "notes", "groups"}
_NODE_FIELDS = frozenset({"id", "type", "version", "title", "config", "policy", "position", "body", "tool"})
_EDGE_FIELDS = frozenset({"source", "port", "target"})


class _Reader:
    """Reads one graph with its bodies; the limits count over all of them."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.node_count = 0
        self.edge_count = 0

    def graph(self, value: Json, at: str, depth: int) -> Graph:
        if depth > MAX_BODY_DEPTH:
            raise GraphError(
                "too_deep", f"Steps are nested more than {MAX_BODY_DEPTH} levels deep.", field=at or None
            )
        known = _BODY_FIELDS if depth else _GRAPH_FIELDS
        fields = read_object(value, at or "The graph", known, required=("nodes",))
        prefix = f"{at}." if at else ""
        nodes = self._nodes(read_list(fields["nodes"], f"{prefix}nodes"), f"{prefix}nodes", depth)
        edges = self._edges(read_list(fields.get("edges", []), f"{prefix}edges"), f"{prefix}edges", nodes)
        variables = read_variables(fields.get("variables", []))
        graph = Graph(
            nodes,
            edges,
            variables,
            read_limits(fields.get("limits")),
            read_notes(fields.get("notes", [])),
            read_groups(fields.get("groups", []), {} if depth else _homes(nodes)),
        )
        order(graph)
        return graph

    def _nodes(self, values: list[Json], at: str, depth: int) -> dict[str, GraphNode]:
        self.node_count += len(values)
        if self.node_count > MAX_NODES:
            raise GraphError("too_many_nodes", f"A workflow has at most {MAX_NODES:,} steps.", field=at)
        nodes: dict[str, GraphNode] = {}
        for i, value in enumerate(values):
            node = self._node(value, f"{at}[{i}]", depth)
            if node.id in RESERVED:
                raise GraphError(
                    "reserved_id",
                    f"A step cannot have the id {node.id!r}: that means what is remembered.",
                    "Give it another id.",
                    f"{at}[{i}].id",
                )
            if node.id in self.ids:
                raise GraphError(
                    "duplicate_id",
                    f"Two steps have the id {node.id!r}.",
                    "Give one another id.",
                    f"{at}[{i}].id",
                )
            self.ids.add(node.id)
            nodes[node.id] = node
        return nodes

    def _node(self, value: Json, at: str, depth: int) -> GraphNode:
        fields = read_object(value, at, _NODE_FIELDS, required=("id", "type"))
        config = fields.get("config", {})
        if not isinstance(config, dict):
            raise wrong_type(f"{at}.config", "an object")
        check_plain_json(config, f"{at}.config")
        body = fields.get("body")
        return GraphNode(
            id=read_name(fields["id"], f"{at}.id", NODE_ID),
            type=read_name(fields["type"], f"{at}.type", NODE_ID),
            version=read_whole(fields.get("version", 1), f"{at}.version", 1, 1_000_000),
            title=read_title(fields.get("title", ""), f"{at}.title"),
            config=config,
            policy=policy_from_json(fields.get("policy", {}), f"{at}.policy"),
            body=None if body is None else self.graph(body, f"{at}.body", depth + 1),
            position=_position(fields.get("position", {"x": 0, "y": 0}), f"{at}.position"),
            tool=tool_use_from_json({} if fields.get("tool") is None else fields["tool"], f"{at}.tool"),
        )

    def _edges(self, values: list[Json], at: str, nodes: Mapping[str, GraphNode]) -> tuple[Edge, ...]:
        self.edge_count += len(values)
        if self.edge_count > MAX_EDGES:
            raise GraphError("too_many_edges", f"A workflow has at most {MAX_EDGES:,} connections.", field=at)
        edges: dict[Edge, None] = {}
        for i, value in enumerate(values):
            where = f"{at}[{i}]"
            fields = read_object(value, where, _EDGE_FIELDS, required=("source", "target"))
            edge = Edge(
                read_name(fields["source"], f"{where}.source", NODE_ID),
                read_name(fields.get("port", "out"), f"{where}.port", PORT_NAME),
                read_name(fields["target"], f"{where}.target", NODE_ID),
            )
            for end in (edge.source, edge.target):
                if end not in nodes:
                    raise GraphError(
                        "dangling_edge",
                        f"A connection goes from {edge.source!r} to {edge.target!r}, but no step is {end!r}.",
                        "Remove the connection, or add the step.",
                        where,
                    )
            if edge in edges:
                raise GraphError(
                    "duplicate_edge",
                    f"The connection from {edge.source!r} ({edge.port}) to {edge.target!r} is there twice.",
                    "Remove one of the two.",
                    where,
                )
            edges[edge] = None
        return tuple(edges)


def _homes(nodes: Mapping[str, GraphNode], around: str = "") -> dict[str, str]:
    """By the id of each node at any depth, the id of the node that it lies in."""
    homes = dict.fromkeys(nodes, around)
    for node in nodes.values():
        if node.body is not None:
            homes |= _homes(node.body.nodes, node.id)
    return homes


def _position(value: Json, at: str) -> tuple[float, float]:
    fields = read_object(value, at, frozenset({"x", "y"}), required=("x", "y"))
    far = 10_000_000
    return (read_number(fields["x"], f"{at}.x", -far, far), read_number(fields["y"], f"{at}.y", -far, far))
