"""Outputs that a person gives for a step, checked as the step itself would have to give them."""

from __future__ import annotations

from typing import Any

from backend.accounts.errors import ApiError
from nodes.sdk.check_policy import misfit
from nodes.sdk.graph import GraphNode
from nodes.sdk.node import Node
from nodes.sdk.strict import GraphError, check_plain_json

MOST_DEEP = 64
_HINT = "Give it in the form in which the step gives it."


def check_output(kind: type[Node] | None, node: GraphNode, output: Any, port: str | None, at: str) -> str:
    """The way out that goes with the output. Raises ApiError 422 `bad_output` for what the node could not
    have given, or no way out by which; `at` is where it stands in the body."""
    at = f"{at}." if at else ""
    try:
        check_plain_json(output, f"{at}output", MOST_DEEP)
    except GraphError as error:
        raise ApiError(422, "bad_output", error.message, hint=_HINT, field=error.field) from error
    if kind is None:
        return port or "out"
    wrong = misfit(_shown(output, kind, node), node, kind)
    if wrong is not None and port != "error":
        message = f"This is not what the step gives: {wrong.said}."
        raise ApiError(422, "bad_output", message, hint=_HINT, field=f"{at}output{wrong.where}")
    ports = {*_ports(kind, node), "error"}
    chosen = kind.port_of(output) if port is None else port
    if chosen not in ports:
        message = f"The step has no way out called {chosen!r}."
        known = ", ".join(sorted(ports))
        raise ApiError(422, "bad_output", message, hint=f"It has: {known}.", field=f"{at}port")
    return chosen


def _shown(output: Any, kind: type[Node], node: GraphNode) -> Any:
    """The output without fields that the step gives and does not speak of with this config."""
    try:
        known = kind.output_schema(node.config).get("properties", {})
    except Exception:  # a form that is only half filled
        return output
    return {k: v for k, v in output.items() if k in known} if isinstance(output, dict) else output


def _ports(kind: type[Node], node: GraphNode) -> set[str]:
    try:
        return {port.name for port in kind.ports(node.config)}
    except Exception:  # a form that is only half filled
        return set()
