"""Finds what a person has to put right in a graph before it can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nodes.sdk.catalogue import Catalogue, unknown_type_words
from nodes.sdk.check_bodies import Place, kept_by, kinds_of, place_problems, variables_of
from nodes.sdk.check_config import config_problems
from nodes.sdk.check_limits import limit_problems
from nodes.sdk.check_policy import policy_problems
from nodes.sdk.check_refs import Before, Known, ref_problems
from nodes.sdk.check_tools import as_tool_drawn, tool_problems
from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode, order
from nodes.sdk.node import Problem, inside_fields
from nodes.sdk.shapes import (
    is_start,
    name_of,
    output_of,
    own_refs_of,
    ports_of,
    require_known_types,
    roots,
    shapes,
)

MAX_PROBLEMS: Final = 200

__all__ = ["check", "require_known_types", "roots", "shapes"]


def check(graph: Graph, catalogue: Catalogue, env: Mapping[str, str] | None = None) -> list[Problem]:
    """What is wrong with `graph`, errors first; at most MAX_PROBLEMS of them.

    `env` are the kinds of the environment variables where it is to run, by name; None if nobody knows them.
    """
    place = Place(variables_of(graph, catalogue), kept_by(graph), kinds=kinds_of(graph), env=env)
    problems = [*_graph_problems(graph, catalogue, place), *limit_problems(graph.limits)]
    problems.sort(key=lambda problem: problem.severity)
    return problems[:MAX_PROBLEMS]


def _graph_problems(graph: Graph, catalogue: Catalogue, place: Place) -> Iterator[Problem]:
    dangling = [edge for edge in graph.edges if {edge.source, edge.target} - graph.nodes.keys()]
    for edge in dangling:
        yield Problem(
            "dangling_edge",
            f"A connection goes from {edge.source!r} to {edge.target!r}, but one of the two is not there.",
            "Remove the connection.",
            values={"source": edge.source, "target": edge.target},
        )
    if dangling:
        return
    try:
        ordered = order(graph)
    except GraphError as error:
        yield Problem(error.code, error.message, error.hint)
        return

    reached = _reached(graph, roots(graph, catalogue))
    if not place.is_body:
        yield from _start_problems(graph, catalogue)
        yield from _answer_problems(graph, catalogue, reached)
    yield from _unreached_problems(graph, catalogue, reached)
    yield from _edge_problems(graph, catalogue)
    if place.takes_tools:
        yield from tool_problems(graph, catalogue, place)

    outputs = {node_id: output_of(graph.nodes[node_id], catalogue) for node_id in ordered}
    upstream = _upstream(graph, ordered)
    wired = graph.edges_out()
    for node_id in ordered:
        node = graph.nodes[node_id]
        if node.type not in catalogue.types:
            message, hint = unknown_type_words(catalogue, node.type)
            yield Problem("unknown_type", message, hint, node=node_id, values={"type": node.type})
            continue
        node_type = catalogue.types[node.type]
        drawn = as_tool_drawn(node, node_type) if place.takes_tools else node
        yield from config_problems(drawn, node_type)
        yield from place_problems(node, catalogue, place)
        yield from policy_problems(node, catalogue, {edge.port for edge in wired[node_id]})
        known = Known(
            {**place.outer, **own_refs_of(node, catalogue)},
            outputs,
            upstream[node_id],
            place.variables,
            place.conversation,
            (graph, *place.graphs),
            place.env,
        )
        if node.body is None or node_type.Inside is None:
            yield from ref_problems(node, catalogue, known)
            continue
        inner = place.inside(node, graph, known, catalogue)
        yield from ref_problems(
            node, catalogue, known, inside_fields(node_type.Config), inner.after_a_pass(node.body, catalogue)
        )
        yield from _graph_problems(node.body, catalogue, inner)


def _start_problems(graph: Graph, catalogue: Catalogue) -> Iterator[Problem]:
    starts = [node for node in graph.nodes.values() if is_start(node, catalogue)]
    if not starts:
        yield Problem("no_start", "Nothing begins this app.", "Add the step with which it begins.")
    for node in starts[1:]:
        name = name_of(node, catalogue)
        yield Problem(
            "many_starts",
            f"{name!r} is a second beginning.",
            "Keep one step with which the app begins.",
            node=node.id,
            values={"node": name},
        )
    targets = {edge.target for edge in graph.edges}
    for node in starts:
        if node.id in targets:
            name = name_of(node, catalogue)
            yield Problem(
                "edge_into_start",
                f"A connection leads into {name!r}, where the app begins.",
                "Remove the connection.",
                node=node.id,
                values={"node": name},
            )


def _unreached_problems(graph: Graph, catalogue: Catalogue, reached: set[str]) -> Iterator[Problem]:
    for node_id in sorted(graph.nodes.keys() - reached):
        name = name_of(graph.nodes[node_id], catalogue)
        yield Problem(
            "unreachable",
            f"{name!r} is not connected to the beginning, so it is never used.",
            "Connect it, or remove it.",
            node=node_id,
            severity="warning",
            values={"node": name},
        )


def _answer_problems(graph: Graph, catalogue: Catalogue, reached: set[str]) -> Iterator[Problem]:
    types = (catalogue.types.get(graph.nodes[node_id].type) for node_id in reached)
    if not any(known is not None and (known.answers or known.ends_run) for known in types):
        yield Problem(
            "no_answer", "This app never says anything.", "Add a reply at the end.", severity="warning"
        )


def _edge_problems(graph: Graph, catalogue: Catalogue) -> Iterator[Problem]:
    for node_id, edges in graph.edges_out().items():
        node = graph.nodes[node_id]
        if node.type not in catalogue.types:
            continue
        legal = {port.name for port in ports_of(node, catalogue)} | {"error"}
        for edge in edges:
            if edge.port not in legal:
                yield _bad_port(edge, node, graph, catalogue)


def _bad_port(edge: Edge, node: GraphNode, graph: Graph, catalogue: Catalogue) -> Problem:
    name, target = name_of(node, catalogue), name_of(graph.nodes[edge.target], catalogue)
    return Problem(
        "bad_port",
        f"{name!r} has no way out called {edge.port!r}, but a connection to {target!r} leaves by it.",
        "Remove the connection, or bring that way out back.",
        node=node.id,
        values={"node": name, "port": edge.port, "target": target},
    )


def _reached(graph: Graph, begin: Sequence[str]) -> set[str]:
    out = graph.edges_out()
    reached = set(begin)
    todo = list(begin)
    while todo:
        for edge in out[todo.pop()]:
            if edge.target not in reached:
                reached.add(edge.target)
                todo.append(edge.target)
    return reached


def _upstream(graph: Graph, ordered: Sequence[str]) -> dict[str, Before]:
    """What comes before each node. Bit sets keep this small where everything hangs on everything."""
    bits = {node_id: 1 << i for i, node_id in enumerate(ordered)}
    into = graph.edges_into()
    masks: dict[str, int] = {}
    for node_id in ordered:
        mask = 0
        for edge in into[node_id]:
            mask |= masks[edge.source] | bits[edge.source]
        masks[node_id] = mask
    return {node_id: Before(mask, bits) for node_id, mask in masks.items()}
