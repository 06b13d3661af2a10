"""A step as a tool of an AI agent: what the agent is told, and how what it gives gets into the settings.

An agent gives values, never templates: they are referred to from the settings and filled in as any
information is, so that nothing in them is read as a reference. What is set up already stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from nodes.sdk.describe import form_schema, help_line
from nodes.sdk.errors import NodeError
from nodes.sdk.node import GIVEN, Effects, Node
from nodes.sdk.resolve import Scope
from nodes.sdk.values import Json

EMPTY: Final[tuple[Json, ...]] = (None, "", [], {})
LONGEST: Final = 1_000
"""Characters of a description that a model is told."""


@dataclass(frozen=True)
class Tool:
    """A tool as a model is told of it. `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]
    effects: Effects

    def to_json(self) -> dict[str, Any]:
        """As the catalogue tells it."""
        return vars(self).copy()


def tool_of(
    node_type: type[Node], config: Mapping[str, Json] | None = None, *, name: str = "", description: str = ""
) -> Tool | None:
    """The tool that a step of this type is with that config; None where the type is none.

    `name` and `description` are what its owner says of it, instead of the type's own words.
    """
    if not node_type.is_tool:
        return None
    config = config or {}
    schema = node_type.tool_schema(config)
    return Tool(
        name or node_type.type,
        (description.strip() or help_line(node_type))[:LONGEST],
        _parameters(node_type, config) if schema is None else schema,
        node_type.effects_of(config),
    )


def fill_as_tool(
    node_type: type[Node], config: Mapping[str, Json], arguments: Mapping[str, Json], scope: Scope
) -> dict[str, Json]:
    """The config to run with when an agent calls the tool with `arguments`. Raises NodeError: for arguments
    that are not as the tool's schema says, in words that a model can put right."""
    import jsonschema

    tool = tool_of(node_type, config)
    if tool is None:
        raise NodeError("bad_config", f"{node_type.title!r} cannot be used as a tool.", "Choose another.")
    try:
        jsonschema.validate(dict(arguments), tool.parameters)  # pyright: ignore[reportUnknownMemberType]
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path) or "The arguments"
        raise NodeError(
            "bad_config",
            f"{where}: {error.message[:300]}",
            "Give the arguments as the tool describes them.",
        ) from None
    given: dict[str, Json] = dict(arguments)
    return node_type.fill(node_type.tool_config(config, given), {**scope, GIVEN: given})


def tool_fields(node_type: type[Node]) -> list[str]:
    """The fields that an agent may give: those the type names, else the texts that stand in front."""
    if node_type.tool_fields:
        return list(node_type.tool_fields)
    schema = form_schema(node_type.Config.model_json_schema())
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    return [name for name, field in properties.items() if _is_text_in_front(field)]


def _is_text_in_front(field: Mapping[str, Any]) -> bool:
    hints = field.get("x-ui", {})
    return field.get("type") == "string" and hints.get("widget") == "template" and not hints.get("more")


def _parameters(node_type: type[Node], config: Mapping[str, Json]) -> dict[str, Any]:
    schema = form_schema(node_type.Config.model_json_schema())
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    open_ = [name for name in tool_fields(node_type) if config.get(name) in EMPTY]
    return {
        "type": "object",
        "properties": {name: _plain(properties[name]) for name in open_},
        "required": [name for name in open_ if name in schema.get("required", ())],
        "additionalProperties": False,
    }


def _plain(field: Mapping[str, Any]) -> dict[str, Any]:
    """A field without what only a form needs; its title and help are its description."""
    plain: dict[str, Any] = {
        key: value
        for key, value in field.items()
        if key not in ("title", "description", "x-ui", "oneOf", "default", "properties", "items")
    }
    words = [str(field[key]).rstrip(".") for key in ("title", "description") if field.get(key)]
    choices = cast("list[Mapping[str, Any]]", field.get("oneOf", []))
    if choices and all("const" in choice for choice in choices):
        plain["enum"] = [choice["const"] for choice in choices]
        words.append("; ".join(f"{choice['const']}: {choice.get('title', '')}" for choice in choices))
    if words:
        plain["description"] = ". ".join(words) + "."
    if "items" in field:
        plain["items"] = _plain(field["items"])
    if "properties" in field:
        plain["properties"] = {name: _plain(one) for name, one in field["properties"].items()}
    return plain
