"""The values that travel between nodes: plain JSON, and how a value reads inside a text."""

from __future__ import annotations

import json
from typing import TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue

_Plain = (str, int, float, bool)


def lines(text: str) -> list[Json]:
    """A text as a list: its lines without space around them, the empty ones left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def to_text(value: Json) -> str:
    """The readable text of `value`, as it appears where a text mentions it.

    Nothing is an empty text, a list of simple values reads as "a, b, c", other structures as indented JSON.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, _Plain) for item in value):
        return ", ".join(to_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False, indent=2)
