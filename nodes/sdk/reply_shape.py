"""The shape that a reply must have: which JSON Schemas are accepted, and how a reply is read by one."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from nodes.sdk.errors import NodeError
from nodes.sdk.strict import GraphError, check_plain_json
from nodes.sdk.values import Json

KEYWORDS: Final = frozenset(
    {
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "const",
        "anyOf",
        "title",
        "description",
        "default",
        "additionalProperties",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "format",
        "examples",
    }
)
"""What a schema may say. References could lead elsewhere and patterns could take for ever: they may not."""

TYPES: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
MAX_DEPTH: Final = 16
MAX_PARTS: Final = 500
MAX_REPLY: Final = 1_000_000

_FENCE = re.compile(r"\s*```[a-zA-Z]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)


class SchemaFault(Exception):
    """A schema that cannot be used, in words."""


def check_shape(shape: Mapping[str, Json]) -> None:
    """Raises SchemaFault unless `shape` is a JSON Schema in the accepted subset."""
    todo: list[tuple[Any, int]] = [(shape, 0)]
    parts = 0
    while todo:
        found, depth = todo.pop()
        parts += 1
        if not isinstance(found, dict):
            raise SchemaFault("The shape of the reply must be made of JSON Schema objects.")
        here = cast("dict[str, Any]", found)
        if depth > MAX_DEPTH or parts > MAX_PARTS:
            raise SchemaFault(
                f"The shape of the reply has more than {MAX_DEPTH} levels or {MAX_PARTS} parts."
            )
        unknown = sorted(key for key in here if key not in KEYWORDS)
        if unknown:
            raise SchemaFault(f"The shape of the reply uses {unknown[0]!r}, which is not supported.")
        _check_words(here)
        if not isinstance(here.get("properties", {}), dict):
            raise SchemaFault("“properties” must be an object.")
        if not isinstance(here.get("anyOf", []), list):
            raise SchemaFault("“anyOf” must be a list.")
        inner: list[Any] = [*here.get("properties", {}).values(), *here.get("anyOf", [])]
        inner += [
            here[key]
            for key in ("items", "additionalProperties")
            if not isinstance(here.get(key, True), bool)
        ]
        todo += [(one, depth + 1) for one in inner]


def _check_words(schema: Mapping[str, Any]) -> None:
    kinds = schema.get("type", [])
    for kind in cast("list[Any]", kinds if isinstance(kinds, list) else [kinds]):
        if not isinstance(kind, str) or kind not in TYPES:
            raise SchemaFault(f"The shape of the reply has the kind {str(kind)[:40]!r}, which is not known.")
    required: Any = schema.get("required", [])
    if not isinstance(required, list) or not all(
        isinstance(name, str) for name in cast("list[Any]", required)
    ):
        raise SchemaFault("“required” must be a list of names.")
    if not isinstance(schema.get("enum", []), list):
        raise SchemaFault("“enum” must be a list.")
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(schema.get(key, 0), bool) or not isinstance(schema.get(key, 0), (int, float)):
            raise SchemaFault(f"“{key}” must be a number.")
    for key in ("minLength", "maxLength", "minItems", "maxItems"):
        count = schema.get(key, 0)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise SchemaFault(f"“{key}” must be a whole number.")


def read_reply(reply: str, shape: Mapping[str, Json], *, was_cut: bool) -> Json:
    """The JSON value that `reply` holds. Raises NodeError("output_not_json") unless it fits `shape`.

    Small models like to put a fence around JSON; that is taken off.
    """
    import jsonschema
    import referencing

    try:
        check_shape(shape)
    except SchemaFault as fault:
        raise NodeError("bad_config", str(fault), "Correct the shape of the reply in this step.") from None
    value = _parse(reply, was_cut=was_cut)
    # A registry of our own, because the library's would fetch references from the network.
    validator: Any = jsonschema.Draft202012Validator(dict(shape), registry=referencing.Registry())
    fault = next(iter(validator.iter_errors(value)), None)
    if fault is not None:
        where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in fault.absolute_path)
        raise _not_json(
            f"The model's reply does not have the wanted shape at {where.lstrip('.') or 'its top'}."
        )
    return value


def _parse(reply: str, *, was_cut: bool) -> Json:
    if len(reply) > MAX_REPLY:
        raise _not_json("The model's reply is too long to be read as data.")
    fenced = _FENCE.match(reply)
    try:
        value = json.loads(fenced[1] if fenced else reply)
        check_plain_json(value, "The reply")
    except (ValueError, RecursionError, GraphError):
        if was_cut:
            raise NodeError(
                "output_not_json",
                "The model's reply was cut off before its data was complete.",
                "Raise the step's length limit, or ask for less.",
            ) from None
        raise _not_json("The model's reply is not the data that was asked for.") from None
    return value


def _not_json(message: str) -> NodeError:
    # Another try may well give a proper reply.
    return NodeError(
        "output_not_json", message, "Try a larger model, or a simpler shape of the reply.", retry=True
    )
