"""What must be known of a graph to fold its answer, compiled once with the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode, order
from nodes.sdk.node import STOP, Node
from nodes.sdk.shapes import current_config, roots
from nodes.sdk.templates import Template, TemplateError, parse_template
from nodes.sdk.values import Json, to_text

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

    "error" is among the ways out only where a failure takes it, else it ends the run; STOP where the node may
    end the pass it stands in. `has_default`: after a failure it leaves by a usual way with an output that
    nobody streamed.
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
class Body:
    """The steps inside a node, if answers are among them.

    `is_side_by_side`: passes may run at the same time; they are named by their place then.
    `sets_aside`: a pass that fails does not make the node fail, and says nothing; the plan holds all the
    steps then, so that a pass is known to be whole. `inside` is the type's `inside_known`.
    """

    plan: AnswerPlan
    is_side_by_side: bool = False
    sets_aside: bool = False
    inside: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class AnswerPlan:
    """The answers of a graph and what they hang on, nodes and answers in topological order."""

    nodes: tuple[PlanNode, ...]
    edges: tuple[tuple[str, str, str], ...]
    roots: tuple[str, ...]
    answers: tuple[Answer, ...]
    bodies: Mapping[str, Body] = field(default_factory=dict[str, Body])

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a version."""
        stored: dict[str, Any] = {
            "nodes": [_node_to_json(node) for node in self.nodes],
            "edges": [list(edge) for edge in self.edges],
            "roots": list(self.roots),
            "answers": [{"node": a.node, "field": a.field, "template": a.template} for a in self.answers],
        }
        if self.bodies:
            stored["bodies"] = {node_id: _body_to_json(body) for node_id, body in self.bodies.items()}
        return stored

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> AnswerPlan:
        """The plan that `to_json` wrote, now or before answers could stand in bodies."""
        return AnswerPlan(
            tuple(
                PlanNode(n["id"], tuple(n["ports"]), n["streams"], n.get("default", False))
                for n in value["nodes"]
            ),
            tuple((source, port, target) for source, port, target in value["edges"]),
            tuple(value["roots"]),
            tuple(Answer(a["node"], a["field"], a["template"]) for a in value["answers"]),
            {
                node_id: Body(
                    AnswerPlan.from_json(b["plan"]), b["side_by_side"], b["sets_aside"], b["inside"]
                )
                for node_id, b in value.get("bodies", {}).items()
            },
        )

    @cached_property
    def by_id(self) -> Mapping[str, PlanNode]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each node stands in the topological order."""
        return {node.id: i for i, node in enumerate(self.nodes)}

    @cached_property
    def targets(self) -> list[dict[str, list[int]]]:
        """By node, by port: the places of the nodes that its edges lead to."""
        targets: list[dict[str, list[int]]] = [{} for _ in self.nodes]
        for source, port, target in self.edges:
            targets[self.place[source]].setdefault(port, []).append(self.place[target])
        return targets

    @cached_property
    def answer_of(self) -> Mapping[str, Answer]:
        """The answers by the ids of their nodes."""
        return {answer.node: answer for answer in self.answers}

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The nodes that say something, themselves or by what is inside them, in the order they do."""
        return tuple(n.id for n in self.nodes if n.id in self.answer_of or n.id in self.bodies)

    @cached_property
    def heard_early(self) -> frozenset[str]:
        """The nodes of which something may be shown before they have left. The start of others is no news."""
        streaming = {node.id for node in self.nodes if node.streams is not None}
        return frozenset(streaming | self.answer_of.keys() | self.bodies.keys())

    @cached_property
    def templates(self) -> Mapping[str, Template | None]:
        """What each answering node says; None where that cannot be read, and the node will fail with it."""
        return {answer.node: _template(answer.template) for answer in self.answers}

    @cached_property
    def told(self) -> frozenset[str]:
        """The ids of the nodes whose values an answer may tell, here and in bodies: those that answer, those
        that answers name, and those with answers inside."""
        pieces = (piece for template in self.templates.values() for piece in template or ())
        named = {piece.ref.node for piece in pieces if not isinstance(piece, str) and piece.ref is not None}
        inside = (body.plan.told for body in self.bodies.values())
        return frozenset(named.union(self.answer_of, self.bodies, *inside))

    @cached_property
    def threats(self) -> Mapping[str, tuple[str, ...]]:
        """By speaker: the nodes that may end the pass before it has spoken. What comes after it cannot."""
        stoppers = [node.id for node in self.nodes if STOP in node.ports]
        if not stoppers:
            return {}
        return {
            speaker: tuple(stopper for stopper in stoppers if stopper not in self._from(speaker))
            for speaker in self.speakers
        }

    def _from(self, node_id: str) -> set[str]:
        """The node, and all that come after it."""
        found = {node_id}
        for source in self.nodes:  # in topological order
            if source.id in found:
                ways = self.targets[self.place[source.id]].values()
                found |= {self.nodes[target].id for way in ways for target in way}
        return found


def compile_answers(graph: Graph, catalogue: Catalogue) -> AnswerPlan:
    """The plan of a graph's answer: its answering nodes and all that comes before them. Raises GraphError."""
    return _compile(graph, catalogue, is_whole=False)


def _compile(graph: Graph, catalogue: Catalogue, *, is_whole: bool) -> AnswerPlan:
    ordered = order(graph)
    answers = [
        answer for node_id in ordered if (answer := _answer(graph.nodes[node_id], catalogue)) is not None
    ]
    bodies = {
        node_id: body for node_id in ordered if (body := _body(graph.nodes[node_id], catalogue)) is not None
    }
    needed = {answer.node for answer in answers} | set(bodies)
    if needed and is_whole:
        needed = set(graph.nodes)
    elif needed:
        needed |= {node.id for node in graph.nodes.values() if _may_stop(node, catalogue)}
    needed = _with_ancestors(graph, needed)
    out = graph.edges_out()
    return AnswerPlan(
        nodes=tuple(
            _plan_node(graph.nodes[node_id], {edge.port for edge in out[node_id]}, catalogue)
            for node_id in ordered
            if node_id in needed
        ),
        edges=tuple((e.source, e.port, e.target) for e in graph.edges if e.target in needed),
        roots=tuple(node_id for node_id in roots(graph, catalogue) if node_id in needed),
        answers=tuple(answers),
        bodies=bodies,
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


def _body(node: GraphNode, catalogue: Catalogue) -> Body | None:
    node_type = catalogue.types.get(node.type)
    if node.body is None or node_type is None:
        return None
    try:
        config = current_config(node, node_type)
        side_by_side = node_type.runs_side_by_side(config)
        sets_aside = node_type.sets_failures_aside(config)
    except Exception:  # as above; what may be forbidden is held back
        side_by_side = sets_aside = True
    plan = _compile(node.body, catalogue, is_whole=sets_aside)
    if not plan.speakers:
        return None
    return Body(plan, side_by_side, sets_aside, dict(node_type.inside_known))


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
    if _may_stop(node, catalogue):
        ports.add(STOP)
    streams = node_type.streams if node_type is not None else None
    return PlanNode(node.id, tuple(sorted(ports)), streams, on_error == "default")


def _may_stop(node: GraphNode, catalogue: Catalogue) -> bool:
    """Whether the node may end its pass: it does so itself, or passes on what a step inside does. The plan
    says STOP for NEXT and END too: what a pass may have said by then is the same."""
    node_type: type[Node] | None = catalogue.types.get(node.type)
    if node_type is None:
        return False
    if _may_end_all(node, catalogue):
        return True
    if node.body is None or node_type.is_loop:
        return node_type.ends_loop
    return any(_may_stop(inner, catalogue) for inner in node.body.nodes.values())


def _may_end_all(node: GraphNode, catalogue: Catalogue) -> bool:
    """Whether the node, or a step inside it, may end the workflow."""
    node_type = catalogue.types.get(node.type)
    inner = node.body.nodes.values() if node.body is not None else ()
    return (node_type is not None and node_type.ends_run) or any(
        _may_end_all(one, catalogue) for one in inner
    )


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


def _template(text: str) -> Template | None:
    try:
        return parse_template(text)
    except TemplateError:
        return None


def _node_to_json(node: PlanNode) -> dict[str, Json]:
    stored: dict[str, Json] = {"id": node.id, "ports": list(node.ports), "streams": node.streams}
    if node.has_default:
        stored["default"] = True
    return stored


def _body_to_json(body: Body) -> dict[str, Any]:
    return {
        "plan": body.plan.to_json(),
        "side_by_side": body.is_side_by_side,
        "sets_aside": body.sets_aside,
        "inside": dict(body.inside),
    }
