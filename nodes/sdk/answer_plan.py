"""What must be known of a graph to fold its answer, compiled once with the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode, order
from nodes.sdk.shapes import current_config, roots
from nodes.sdk.values import to_text

ANY_OTHER: Final = "*"
"""A way out that no edge leaves by, for nodes whose ways out cannot be told from the drawing."""


@dataclass(frozen=True)
class Answer:
    """One answering node: what it says as a template, and the field it says it in."""

    node: str
    field: str
    template: str


@dataclass(frozen=True)
class PlanNode:
    """A node that an answer hangs on: its possible ways out, and the field of its output that is live.

    "error" is among the ways out only where a failure takes it; else it ends the run. `has_default`: after
    a failure the node leaves by a usual way with an output that nobody streamed.
    """

    id: str
    ports: tuple[str, ...]
    streams: str | None = None
    has_default: bool = False

    @property
    def may_fail_aside(self) -> bool:
        """Whether a failure of the node would not end the run but take another way."""
        return self.has_default or "error" in self.ports


@dataclass(frozen=True)
class AnswerPlan:
    """The answers of a graph and what they hang on, both in topological order."""

    nodes: tuple[PlanNode, ...]
    edges: tuple[tuple[str, str, str], ...]
    roots: tuple[str, ...]
    answers: tuple[Answer, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a version."""
        return {
            "nodes": [_node_to_json(node) for node in self.nodes],
            "edges": [list(edge) for edge in self.edges],
            "roots": list(self.roots),
            "answers": [{"node": a.node, "field": a.field, "template": a.template} for a in self.answers],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> AnswerPlan:
        """The plan that `to_json` wrote."""
        return AnswerPlan(
            tuple(
                PlanNode(n["id"], tuple(n["ports"]), n["streams"], n.get("default", False))
                for n in value["nodes"]
            ),
            tuple((source, port, target) for source, port, target in value["edges"]),
            tuple(value["roots"]),
            tuple(Answer(a["node"], a["field"], a["template"]) for a in value["answers"]),
        )


def compile_answers(graph: Graph, catalogue: Catalogue) -> AnswerPlan:
    """The plan of a graph's answer: its answering nodes and all that comes before them. Raises GraphError."""
    ordered = order(graph)
    answers = [
        answer for node_id in ordered if (answer := _answer(graph.nodes[node_id], catalogue)) is not None
    ]
    out = graph.edges_out()
    needed = _with_ancestors(graph, {answer.node for answer in answers})
    return AnswerPlan(
        nodes=tuple(
            _plan_node(graph.nodes[node_id], {edge.port for edge in out[node_id]}, catalogue)
            for node_id in ordered
            if node_id in needed
        ),
        edges=tuple((e.source, e.port, e.target) for e in graph.edges if e.target in needed),
        roots=tuple(node_id for node_id in roots(graph, catalogue) if node_id in needed),
        answers=tuple(answers),
    )


def _answer(node: GraphNode, catalogue: Catalogue) -> Answer | None:
    node_type = catalogue.types.get(node.type)
    if node_type is None or node_type.answers is None:
        return None
    try:
        said = current_config(node, node_type).get(node_type.answers)
    except Exception:  # a stranger's migrate(): the run says so when the node's turn comes
        said = None
    return Answer(node.id, node_type.answers, to_text(said))


def _plan_node(node: GraphNode, wired: set[str], catalogue: Catalogue) -> PlanNode:
    node_type = catalogue.types.get(node.type)
    try:
        assert node_type is not None
        ports = {port.name for port in node_type.ports(current_config(node, node_type))}
    except Exception:  # as above
        ports = wired | {ANY_OTHER}
    on_error = node.policy.on_error
    if on_error == "port" or (on_error is None and "error" in wired):
        ports.add("error")
    streams = node_type.streams if node_type is not None else None
    return PlanNode(node.id, tuple(sorted(ports)), streams, on_error == "default")


def _node_to_json(node: PlanNode) -> dict[str, Any]:
    stored: dict[str, Any] = {"id": node.id, "ports": list(node.ports), "streams": node.streams}
    if node.has_default:
        stored["default"] = True
    return stored


def _with_ancestors(graph: Graph, node_ids: set[str]) -> set[str]:
    into = graph.edges_into()
    found = set(node_ids)
    todo = list(node_ids)
    while todo:
        for edge in into[todo.pop()]:
            if edge.source not in found:
                found.add(edge.source)
                todo.append(edge.source)
    return found
