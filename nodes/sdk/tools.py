"""A step as a tool of an AI agent: what the agent is told, and how what it gives gets into the settings.

An agent gives values, never templates: they are referred to from the settings and filled in as any
information is, so that nothing in them is read as a reference. What is set up already stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from nodes.sdk.describe import form_schema, help_line
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import GraphNode
from nodes.sdk.inputs import FILE_KINDS, input_schema, is_empty
from nodes.sdk.node import GIVEN, Effects, Node
from nodes.sdk.resolve import Scope
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.tool_use import TOOL_NAME, ToolUse, Use
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


@dataclass(frozen=True)
class OfferedTool:
    """A step inside an agent, as the agent knows it: `step` is its id, `tool` what its model is told."""

    step: str
    title: str
    tool: Tool
    use: Use


_NO_NAME: Final = re.compile(r"[^a-zA-Z0-9_-]+")


def offered(
    node_type: type[Node],
    config: Mapping[str, Json],
    *,
    step: str,
    title: str,
    said: ToolUse,
    asked: Sequence[Mapping[str, Any]] = (),
) -> OfferedTool | None:
    """The tool that a step inside an agent is; None where its type is none.

    `asked` is what the app asks for that the step uses. Nothing said of its use: what writes asks first, and
    so does another app, whatever is in it.
    """
    tool = tool_of(node_type, config, name=name_of_tool(said, title, step), description=said.description)
    if tool is None:
        return None
    calls = node_type.called_inputs is not None
    if calls and asked:
        tool = replace(tool, parameters=_with_asked(tool.parameters, node_type, config, asked))
    careful: Use = "ask" if tool.effects == "write" or calls else "auto"
    return OfferedTool(step, title, tool, said.use or careful)


def name_of_tool(said: ToolUse, title: str, step: str) -> str:
    """What a model calls it: what was said, else its title where that makes a name, else its id."""
    if TOOL_NAME.match(said.name):
        return said.name
    slug = _NO_NAME.sub("_", title.strip().lower()).strip("_-")[:64]
    return slug if title.isascii() and TOOL_NAME.match(slug) else step


def as_checked(node: GraphNode, node_type: type[Node]) -> GraphNode:
    """A step inside an agent as its settings are looked at: what is left open stands for what will come."""
    tool = tool_of(node_type, node.config)
    if tool is None:
        return node
    given = cast("dict[str, Json]", dict.fromkeys(tool.parameters.get("properties", {}), "1"))
    return replace(node, config=node_type.tool_config(node.config, given))


def _with_asked(
    parameters: dict[str, Any],
    node_type: type[Node],
    config: Mapping[str, Json],
    asked: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """`parameters` with what an app asks for and the step does not say yet. Files cannot be given."""
    assert node_type.called_inputs is not None
    filled = config.get(node_type.called_inputs)
    known = filled if isinstance(filled, dict) else {}
    open_ = [
        one
        for one in asked
        if one.get("type", "text") not in FILE_KINDS and is_empty(known.get(str(one.get("name"))))
    ]
    if not open_:
        return parameters
    properties = {str(one["name"]): _plain(input_schema(one)) for one in open_}
    required = [str(one["name"]) for one in open_ if one.get("required")]
    inputs = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "description": "What the app asks for.",
    }
    return {
        **parameters,
        "properties": {**parameters["properties"], node_type.called_inputs: inputs},
        "required": [*parameters["required"], *([node_type.called_inputs] if required else [])],
    }


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
    tool = tool_of(node_type, config)
    if tool is None:
        raise NodeError("bad_config", f"{node_type.title!r} cannot be used as a tool.", "Choose another.")
    if wrong := fault_of(arguments, tool.parameters):
        raise NodeError("bad_config", wrong, "Give the arguments as the tool describes them.")
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
