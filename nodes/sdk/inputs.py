"""What a piece of information that an app asks for may be: checked where a run is accepted, and by its start.

A field is as the start's config declares it: {name, label, type, required, default, options, max_length,
max_items, accepts, max_mb}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, cast

from nodes.sdk.uploads import FILE_SCHEMA, is_file, kind_of
from nodes.sdk.values import Json

InputKind = Literal["text", "paragraph", "number", "boolean", "choice", "list", "object", "file", "files"]
FILE_KINDS = ("file", "files")

LONGEST_TEXT = 32_000
"""Characters of one text, and of an object as JSON."""
MOST_ITEMS = 1_000
MOST_FILES = 20

_JSON_TYPES = {
    "number": "number",
    "boolean": "boolean",
    "list": "array",
    "object": "object",
    "files": "array",
}


def input_schema(field: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of what later steps find under the field's name."""
    kind = field.get("type", "text")
    schema: dict[str, Any] = {
        "type": _JSON_TYPES.get(kind, "string"),
        "title": field.get("label") or field["name"],
    }
    if kind == "choice":
        schema["enum"] = list(field.get("options") or [])
    elif kind == "list":
        schema["items"] = {"type": "string"}
    elif kind == "file":
        schema |= FILE_SCHEMA
    elif kind == "files":
        schema["items"] = FILE_SCHEMA
    return schema


def is_empty(value: Json) -> bool:
    """Whether nothing was filled in: an empty list says as little as an empty text."""
    return value is None or value in ("", [])


def wrong_with(field: Mapping[str, Any], value: Json) -> str:
    """What is wrong with a value that is there, to be read after the field's name; "" when it is right."""
    kind = field.get("type", "text")
    if kind == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if kind == "number":
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "must be a number"
    if kind == "list":
        return _wrong_list(field, value)
    if kind == "object":
        if not isinstance(value, dict):
            return "must be an object"
        length = len(json.dumps(value, ensure_ascii=False))
        return _too_long(length, LONGEST_TEXT)
    if kind == "file":
        return _wrong_file(field, value)
    if kind == "files":
        return _wrong_files(field, value)
    if not isinstance(value, str):
        return "must be text"
    if kind == "choice":
        options = [str(one) for one in cast("list[Any]", field.get("options") or [])]
        return "" if value in options else f"must be one of: {', '.join(options)}"
    return _too_long(len(value), min(field.get("max_length") or LONGEST_TEXT, LONGEST_TEXT))


def _wrong_list(field: Mapping[str, Any], value: Json) -> str:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return "must be a list of texts"
    most = min(field.get("max_items") or MOST_ITEMS, MOST_ITEMS)
    if len(value) > most:
        return f"has {len(value):,} items; {most:,} are allowed"
    return _too_long(sum(len(one) for one in value if isinstance(one, str)), LONGEST_TEXT)


def _wrong_files(field: Mapping[str, Any], value: Json) -> str:
    if not isinstance(value, list):
        return "must be a list of uploaded files"
    most = min(field.get("max_items") or MOST_FILES, MOST_FILES)
    if len(value) > most:
        return f"has {len(value):,} files; {most:,} are allowed"
    return next((wrong for one in value if (wrong := _wrong_file(field, one))), "")


def _wrong_file(field: Mapping[str, Any], value: Json) -> str:
    if not is_file(value):
        return "must be an uploaded file"
    file = cast("dict[str, Any]", value)
    accepts = cast("list[str]", field.get("accepts") or [])
    if accepts and kind_of(file["mime"]) not in accepts:
        return f"must be of the kind: {', '.join(accepts)}"
    most = field.get("max_mb")
    return f"is larger than {most:,} MB" if most and file["size"] > most * 1024 * 1024 else ""


def _too_long(length: int, most: int) -> str:
    return f"has {length:,} characters; {most:,} are allowed" if length > most else ""
