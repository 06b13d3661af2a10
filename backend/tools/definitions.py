"""A tool as its source describes it: cut to size, made harmless, and known by its digest.

All of it is a stranger's text. It is shown as text, told to models as a description, and followed by nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nodes.sdk.values import Json

LONGEST_NAME: Final = 200
LONGEST_TITLE: Final = 200
LONGEST_DESCRIPTION: Final = 4_000
LARGEST: Final = 50_000
"""Bytes of a tool's schema."""
MOST_DEPTH: Final = 24


class Unusable(ValueError):
    """A tool that cannot be taken in; the message says why, for a person."""


@dataclass(frozen=True)
class Definition:
    """One tool. `digest` is that of all that the source said of it, also of what is not kept.

    `reads`: the source says that it changes nothing.
    """

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    digest: str
    reads: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a row keeps it."""
        return vars(self).copy()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Definition:
        return cls(**value)


def defined(
    *,
    name: Any,
    title: Any,
    description: Any,
    input_schema: Any,
    said: Json,
    reads: bool = False,
) -> Definition:
    """The tool, of what a source says in `said`. Raises Unusable."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Unusable("It has no name that can be used.")
    schema = input_schema if input_schema is not None else {"type": "object"}
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise Unusable("What it takes in is not described as an object.")
    if depth_of(schema) > MOST_DEPTH:
        raise Unusable(f"Its description is nested deeper than {MOST_DEPTH} levels.")
    if len(json.dumps(schema, ensure_ascii=False).encode("utf-8", "replace")) > LARGEST:
        raise Unusable(f"Its description is larger than {LARGEST // 1000} kB.")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or not all(one.isprintable() and one for one in properties):
        raise Unusable("What it takes in has names that cannot be used.")
    return Definition(
        name=name,
        title=harmless(title)[:LONGEST_TITLE] if isinstance(title, str) else "",
        description=harmless(description)[:LONGEST_DESCRIPTION] if isinstance(description, str) else "",
        input_schema={**_harmless(schema), "type": "object"},
        digest=digest_of(said),
        reads=reads,
    )


def digest_of(said: Json) -> str:
    """The SHA-256 of what a source says of a tool, whatever the order of its fields."""
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def depth_of(value: Any) -> int:
    """How deep a value is nested, without a deep call."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        here, depth = todo.pop()
        if not isinstance(here, (dict, list)):
            continue
        deepest = max(deepest, depth)
        if depth <= MOST_DEPTH + 1:
            todo += [(one, depth + 1) for one in (here.values() if isinstance(here, dict) else here)]
    return deepest


def harmless(text: str) -> str:
    """A stranger's text as it may be kept: no half characters, and nothing that reads as a reference."""
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    while "{{" in text:
        text = text.replace("{{", "{ {")
    return text


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list):
        return [_harmless(one) for one in value]
    if isinstance(value, dict):
        return {harmless(str(key)): _harmless(one) for key, one in value.items()}
    return value
