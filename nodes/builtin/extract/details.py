"""The details that are looked for: the JSON Schemas and the words that stand for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import Field, NodeConfig

Kind = Literal["text", "number", "boolean", "choice", "list_text", "list_number", "list_object"]
PartKind = Literal["text", "number", "boolean", "choice"]

MOST_ITEMS = 50
"""Entries of one list: a small model might never come to an end."""

_SIMPLE: Mapping[str, str] = {"text": "string", "number": "number", "boolean": "boolean", "choice": "string"}
_SAID: Mapping[str, str] = {
    "text": "text",
    "number": "number",
    "boolean": "true or false",
    "choice": "one of these",
    "list_text": "list of texts",
    "list_number": "list of numbers",
    "list_object": "list of objects",
}
_CHOICES = {"text": "Text", "number": "Number", "boolean": "Yes or no", "choice": "One of several"}


class Part(NodeConfig):
    """One part of each object in a list of objects."""

    name: str = Field(title="Name", placeholder="price", max_length=50)
    type: PartKind = Field("text", title="Kind", choices=_CHOICES)
    description: str = Field("", title="What it is", max_length=1_000)
    options: list[str] = Field(
        [], title="Choices", max_length=50, show_when={"field": "type", "is": "choice"}
    )


class Detail(NodeConfig):
    """One detail that is looked for."""

    name: str = Field(
        title="Name",
        help="Small letters, digits and _; later steps find the detail by this name.",
        placeholder="order_number",
        max_length=50,
    )
    type: Kind = Field(
        "text",
        title="Kind",
        choices={
            **_CHOICES,
            "list_text": "List of texts",
            "list_number": "List of numbers",
            "list_object": "List of objects",
        },
    )
    description: str = Field(
        "",
        title="What it is",
        help="In a sentence: the AI model goes by this.",
        placeholder="The number of the order, such as A-1234.",
        max_length=2_000,
    )
    options: list[str] = Field(
        [], title="Choices", max_length=50, show_when={"field": "type", "is": "choice"}
    )
    parts: list[Part] = Field(
        [],
        title="Parts of each object",
        widget="rows",
        max_length=20,
        show_when={"field": "type", "is": "list_object"},
    )
    required: bool = Field(False, title="Must be found")


def found_schema(detail: Detail) -> dict[str, Any]:
    """The JSON Schema of a detail that was found, as later steps see it: parts may be missing."""
    if detail.type == "list_object":
        parts = {part.name: {**_simple(part), "title": part.name} for part in detail.parts}
        return _list_of({"type": "object", "properties": parts})
    return _found(detail)


def reply_schema(details: Sequence[Detail]) -> dict[str, Any]:
    """The JSON Schema that binds the model: every detail by its name, null where the text does not say it."""
    return {
        "type": "object",
        "properties": {one.name: _or_null(_bound(one)) for one in details},
        "required": [one.name for one in details],
        "additionalProperties": False,
    }


def _bound(detail: Detail) -> dict[str, Any]:
    if detail.type != "list_object":
        return _found(detail)
    parts = {part.name: _or_null(_simple(part)) for part in detail.parts}
    return _list_of(
        {"type": "object", "properties": parts, "required": [*parts], "additionalProperties": False}
    )


def _found(detail: Detail) -> dict[str, Any]:
    if detail.type in ("list_text", "list_number"):
        return _list_of({"type": "string" if detail.type == "list_text" else "number"})
    return _simple(detail)


def _list_of(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entry, "maxItems": MOST_ITEMS}


def _simple(one: Detail | Part) -> dict[str, Any]:
    options: dict[str, Any] = {"enum": [*dict.fromkeys(one.options)]} if one.type == "choice" else {}
    return {"type": _SIMPLE[one.type], **options}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def about(details: Sequence[Detail]) -> list[str]:
    """A line about each detail and each part, for the model."""
    lines: list[str] = []
    for one in details:
        lines.append(_line(one))
        lines += ["  " + _line(part) for part in one.parts if one.type == "list_object"]
    return lines


def _line(one: Detail | Part) -> str:
    kind = _SAID[one.type] + (f": {' | '.join(one.options)}" if one.type == "choice" else "")
    return f"- {one.name} ({kind})" + (f": {one.description.strip()}" if one.description.strip() else "")
