"""Finds what is wrong in what a node is to do when it fails."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.errors import CODES
from nodes.sdk.graph import GraphNode
from nodes.sdk.node import Node, Problem
from nodes.sdk.shapes import current_config, name_of, ports_of
from nodes.sdk.values import Json


def policy_problems(node: GraphNode, catalogue: Catalogue, wired: Collection[str]) -> Iterator[Problem]:
    """The problems of the node's policy; `wired` are the ways out by which connections leave it."""
    policy = node.policy
    name = name_of(node, catalogue)
    for code in policy.retry_codes or ():
        if code not in CODES:
            yield Problem(
                "unknown_code",
                f"{name!r} is to be tried again after the error {code!r}, which there is not.",
                "Choose the errors again.",
                node=node.id,
                field="policy.retry_codes",
                values={"node": name, "code": code},
            )
    if policy.on_error == "default":
        node_type = catalogue.types[node.type]
        if (found := misfit(policy.default, node, node_type)) is not None:
            yield Problem(
                "bad_fallback",
                f"What {name!r} gives if it fails is not what it gives else: {found.said}.",
                "Change it so that the steps after it can use it.",
                node=node.id,
                field=f"policy.default{found.where}",
                values={"node": name, "why": found.why, "part": found.part},
            )
        elif _port_of(policy.default, node_type) not in {port.name for port in ports_of(node, catalogue)}:
            yield Problem(
                "fallback_without_path",
                f"What {name!r} gives if it fails does not say which way to go on.",
                "Choose one of its paths.",
                node=node.id,
                field="policy.default",
                values={"node": name},
            )
    if policy.on_error in ("fail", "default") and "error" in wired:
        yield Problem(
            "error_path_unused",
            f"A connection leaves {name!r} for when it fails, but it is set to do something else then.",
            "Remove the connection, or let the step take another path if it fails.",
            node=node.id,
            field="policy.on_error",
            severity="warning",
            values={"node": name},
        )
    if policy.on_error == "port" and "error" not in wired:
        yield Problem(
            "error_path_missing",
            f"If {name!r} fails, another path is taken, but no connection leads there.",
            "Draw that connection from the step's way out for errors.",
            node=node.id,
            field="policy.on_error",
            severity="warning",
            values={"node": name},
        )


@dataclass(frozen=True)
class Misfit:
    """Why a value cannot be an output.

    `where` is a path inside it such as `.items[0]`; `said` a line; `why` what it should be there (`text`,
    `choice`, …), that it is `missing`, that it is one `part` too many (`extra`), or "" where no word is.
    """

    where: str
    said: str
    why: str
    part: str = ""


_KINDS = {
    "string": "text",
    "number": "number",
    "integer": "whole",
    "boolean": "yesno",
    "array": "list",
    "object": "object",
}


def misfit(value: Json, node: GraphNode, node_type: type[Node]) -> Misfit | None:
    """Why `value` cannot be an output of the node; None if it can."""
    import jsonschema
    import referencing
    from jsonschema import exceptions

    try:
        schema: dict[str, Any] = node_type.output_schema(current_config(node, node_type))
        validator: Any = jsonschema.Draft202012Validator(schema, registry=referencing.Registry())
        fault: Any = cast("Any", exceptions).best_match(validator.iter_errors(value))
    except Exception:  # a form that is only half filled; its own check says so
        return None
    if fault is None:
        return None
    said = str(fault.message)
    said = said if len(said) <= 200 else f"{said[:199]}…"
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.absolute_path)
    rule, wanted = fault.validator, fault.validator_value
    if rule == "required":
        lacking = next(part for part in wanted if part not in fault.instance)
        return Misfit(f"{where}.{lacking}", said, "missing")
    if rule == "additionalProperties":
        extra = next((part for part in fault.instance if part not in fault.schema.get("properties", {})), "")
        return Misfit(where, said, "extra", extra)
    if rule in ("const", "enum", "oneOf"):
        return Misfit(where, said, "choice" if where else "")
    # Of the whole there is nothing plainer to say than that it does not fit.
    return Misfit(where, said, _KINDS.get(str(wanted), "") if rule == "type" and where else "")


def _port_of(value: Json, node_type: type[Node]) -> str:
    try:
        return node_type.port_of(value)
    except Exception:  # a stranger's code
        return ""
