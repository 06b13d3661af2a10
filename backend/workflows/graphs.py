"""Graphs as the console sends and sees them: read strictly, described, hashed."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from backend.accounts.errors import ApiError
from backend.workflows.called import called_problems
from backend.workflows.chosen_tools import chosen_tool_problems
from backend.workflows.documents import document_problems
from backend.workflows.environment import kinds_of
from backend.workflows.mails import mail_problems
from backend.workflows.secret_uses import secret_problems
from nodes.sdk.catalogue import Catalogue, installed_catalogue
from nodes.sdk.check import check
from nodes.sdk.environment import env_of
from nodes.sdk.graph import Graph, GraphError, graph_from_json, graph_to_json
from nodes.sdk.node import Problem
from nodes.sdk.shapes import require_known_types, shapes

GraphJson = dict[str, Any]


@dataclass(frozen=True)
class Description:
    """What the server knows of a graph that its JSON does not say."""

    shapes: dict[str, dict[str, Any]]
    problems: list[dict[str, Any]]


def read_graph(value: Any, *, catalogue: Catalogue | None = None) -> Graph:
    """The graph that `value` says, all of whose types are known. Raises ApiError 422 with GraphError's code.

    What is merely unfinished (a missing field, a reference to nothing) is not refused: `describe` tells it.
    """
    try:
        graph = graph_from_json(value)
        require_known_types(graph, catalogue or installed_catalogue())
    except GraphError as error:
        field = f"graph.{error.field}" if error.field else "graph"
        raise ApiError(422, error.code, error.message, hint=error.hint, field=field) from error
    return graph


def describe(graph: Graph, workspace_id: uuid.UUID, workflow_id: uuid.UUID | None = None) -> Description:
    """The ways out, outputs and problems of `graph` in a workspace."""
    catalogue = installed_catalogue()
    return Description(
        shapes={node_id: _worded(shape) for node_id, shape in shapes(graph, catalogue).items()},
        problems=[problem.to_json() for problem in _problems(graph, workspace_id, workflow_id)],
    )


def _problems(graph: Graph, workspace_id: uuid.UUID, workflow_id: uuid.UUID | None) -> list[Problem]:
    """What is wrong with the graph, and with what it names elsewhere; errors first."""
    elsewhere = document_problems(workspace_id, graph) + secret_problems(workspace_id, graph)
    elsewhere += mail_problems(workspace_id, graph) + chosen_tool_problems(workspace_id, graph)
    elsewhere += called_problems(workspace_id, graph, workflow_id)
    env = kinds_of(workspace_id) if env_of(graph) else {}
    found = elsewhere + check(graph, installed_catalogue(), env)
    return sorted(found, key=lambda problem: problem.severity)


def _worded(shape: dict[str, Any]) -> dict[str, Any]:
    """The shape with words for titles: in a half-made config anything may stand where a title belongs."""
    ports = [
        port if isinstance(port["title"], str) else {**port, "title": str(port["name"])}
        for port in shape["ports"]
    ]
    return {**shape, "ports": ports}


def describe_stored(
    value: GraphJson, workspace_id: uuid.UUID, workflow_id: uuid.UUID | None = None
) -> Description:
    """The same for a graph from the database, which an upgrade may have made unreadable."""
    try:
        return describe(graph_from_json(value), workspace_id, workflow_id)
    except GraphError as error:
        problem = Problem(error.code, error.message, error.hint or "", field=error.field)
        return Description(shapes={}, problems=[problem.to_json()])


def require_runnable(graph: Graph, workspace_id: uuid.UUID, workflow_id: uuid.UUID | None = None) -> None:
    """Raises ApiError 422 `graph_has_problems`, with the problems, when `graph` cannot run there."""
    errors = [
        problem for problem in _problems(graph, workspace_id, workflow_id) if problem.severity == "error"
    ]
    if errors:
        count = "one thing" if len(errors) == 1 else f"{len(errors)} things"
        raise ApiError(
            422,
            "graph_has_problems",
            f"First put right {count}: {errors[0].message}",
            hint=errors[0].hint or "See the list of problems in the editor.",
            field=errors[0].node,
            extra={"problems": [problem.to_json() for problem in errors]},
        )


def plain(graph: Graph) -> GraphJson:
    """The JSON of `graph` in its one normal form."""
    return graph_to_json(graph)


def hash_of(graph: GraphJson) -> str:
    """Names what a graph does: equal for graphs that differ only in layout or in the order of parts."""
    text = json.dumps(_bare(graph), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _bare(graph: GraphJson) -> GraphJson:
    nodes = [
        {key: value for key, value in node.items() if key not in ("position", "body")}
        | {"body": _bare(node["body"]) if node.get("body") else None}
        for node in sorted(graph["nodes"], key=lambda node: node["id"])
    ]
    edges = sorted(graph["edges"], key=lambda edge: (edge["source"], edge["port"], edge["target"]))
    variables = sorted(graph.get("variables", []), key=lambda one: (one["scope"], one["name"]))
    whole = {"variables": variables, "limits": graph.get("limits")}
    return {"nodes": nodes, "edges": edges, **{name: said for name, said in whole.items() if said}}
