"""Finds what is wrong with steps inside steps: where a node may stand, and what it may mention there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.check_refs import Before, Known, Schema, undeclared
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import GIVEN, Problem, fields_with_widget
from nodes.sdk.shapes import all_nodes, current_config, inside_of, loop_variables_of, name_of, output_of
from nodes.sdk.variables import CONVERSATION


@dataclass(frozen=True)
class Place:
    """Where a graph stands: what its nodes may mention from outside, and the nodes it is inside of."""

    variables: frozenset[str]
    conversation: frozenset[str] = frozenset()
    outer: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    graphs: tuple[Graph, ...] = ()
    container: str = ""
    """The name of the node whose body this is; "" for the workflow itself."""
    is_in_loop: bool = False
    is_side_by_side: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of what is declared, under the names by which steps here change it."""
    own: frozenset[str] = frozenset()
    """Those of `kinds` that no other pass changes at the same time, though the graph runs side by side."""
    env: Mapping[str, str] | None = None
    """The kinds of the environment variables by name; None if nobody knows them."""
    takes_tools: bool = False
    """Whether the steps here are tools of an agent."""

    @property
    def is_body(self) -> bool:
        return self.container != ""

    def inside(self, node: GraphNode, graph: Graph, known: Known, catalogue: Catalogue) -> Place:
        """The place of the body of `node`, which stands in `graph` and may mention `known`."""
        node_type = catalogue.types[node.type]
        upstream = {name: known.outputs[name] for name in graph.nodes if known.before.has(name)}
        held = loop_variables_of(node, catalogue)
        kinds = {f"{node.id}.{name}": kind for name, kind in held.items()}
        side_by_side = _runs_side_by_side(node, catalogue)
        # Settings of a tool may name what the agent will give.
        given: dict[str, Schema] = {GIVEN: {}} if node_type.takes_tools else {}
        return Place(
            self.variables,
            self.conversation,
            {**self.outer, **upstream, node.id: inside_of(node, catalogue), **given},
            (graph, *self.graphs),
            name_of(node, catalogue),
            self.is_in_loop or node_type.is_loop,
            self.is_side_by_side or side_by_side,
            {**self.kinds, **kinds},
            frozenset() if side_by_side else self.own | kinds.keys(),
            self.env,
            node_type.takes_tools,
        )

    def after_a_pass(self, body: Graph, catalogue: Catalogue) -> Known:
        """What may be mentioned when a pass over this body is done: all of its nodes too."""
        given: dict[str, Schema] = {inner.id: output_of(inner, catalogue) for inner in body.nodes.values()}
        before = Before(0, {})
        outer, graphs = {**self.outer, **given}, (body, *self.graphs)
        return Known(outer, {}, before, self.variables, self.conversation, graphs, self.env)


def variables_of(graph: Graph, catalogue: Catalogue) -> frozenset[str]:
    """The names of all run variables that the workflow declares or some node of it sets."""
    names = {one.name for one in graph.variables if one.scope == "run"}
    for node in all_nodes(graph):
        if node.type in catalogue.types:
            for name in fields_with_widget(catalogue.types[node.type].Config, "variable"):
                value = node.config.get(name)
                if isinstance(value, str) and "." not in value:
                    names.add(value)
    return frozenset(names)


def kept_by(graph: Graph) -> frozenset[str]:
    """The names of what the workflow declares to be remembered by the conversation."""
    return frozenset(one.name for one in graph.variables if one.scope == "conversation")


def kinds_of(graph: Graph) -> dict[str, str]:
    """The kinds of what the workflow declares, under the names by which steps change it."""
    return {
        one.name if one.scope == "run" else f"{CONVERSATION}.{one.name}": one.type for one in graph.variables
    }


def place_problems(node: GraphNode, catalogue: Catalogue, place: Place) -> Iterator[Problem]:
    """What is wrong with a node where it stands, and with having or not having steps inside."""
    node_type = catalogue.types[node.type]
    name = name_of(node, catalogue)
    values = {"node": name, "container": place.container}
    if node_type.Inside is not None and (node.body is None or not node.body.nodes):
        yield Problem(
            "empty_body", f"{name!r} has no steps inside.", "Add one inside it.", node.id, values=values
        )
    if node_type.Inside is None and node.body is not None:
        yield Problem(
            "body_not_allowed",
            f"{name!r} cannot have steps inside.",
            "Take them out.",
            node.id,
            values=values,
        )
    if place.is_body and node_type.starts:
        yield Problem(
            "start_inside",
            f"{name!r} stands inside {place.container!r}, but the app cannot begin there.",
            "Remove it.",
            node.id,
            values=values,
        )
    if node_type.ends_loop and not place.is_in_loop:
        yield Problem(
            "stop_outside_loop",
            f"{name!r} leaves a round of a repeat, but nothing is repeated around it.",
            "Move it inside a step that repeats, or remove it.",
            node.id,
            values=values,
        )
    is_own = False
    for field_name in fields_with_widget(node_type.Config, "variable"):
        target = str(node.config.get(field_name) or "")
        is_own = is_own or target in place.own
        if (problem := _target_problem(target, name, place)) is not None:
            yield replace(problem, node=node.id, field=field_name)
        if target in place.kinds:
            yield from _variable_problems(node, catalogue, place.kinds[target])
    if place.is_side_by_side and not is_own:
        yield from _side_by_side_problems(node, catalogue)


def _target_problem(target: str, name: str, place: Place) -> Problem | None:
    """What is wrong with changing `target`: it must be declared, unless it is a run variable."""
    scope, dot, variable = target.partition(".")
    if not dot or target in place.kinds:
        return None
    if scope == CONVERSATION:
        return undeclared(variable, name, place.conversation)
    return Problem(
        "unknown_loop_variable",
        f"{name!r} changes {target!r}, but no step around it keeps that from round to round.",
        "Add it to the repeating step around, or choose other information.",
        values={"node": name, "variable": target},
    )


def _variable_problems(node: GraphNode, catalogue: Catalogue, kind: str) -> Iterator[Problem]:
    node_type = catalogue.types[node.type]
    try:
        found: Any = list(node_type.check_variable(current_config(node, node_type), kind))
    except Exception:  # a form that is only half filled; its own check says so
        return
    for problem in found:
        yield replace(problem, node=node.id)


def _side_by_side_problems(node: GraphNode, catalogue: Catalogue) -> Iterator[Problem]:
    node_type = catalogue.types[node.type]
    try:
        found: Any = list(node_type.check_side_by_side(current_config(node, node_type)))
    except Exception:  # a form that is only half filled; its own check says so
        return
    for problem in found:
        yield replace(problem, node=node.id)


def _runs_side_by_side(node: GraphNode, catalogue: Catalogue) -> bool:
    node_type = catalogue.types[node.type]
    try:
        return node_type.runs_side_by_side(current_config(node, node_type))
    except Exception:  # as above
        return False
