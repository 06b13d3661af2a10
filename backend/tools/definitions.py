"""A tool as its source describes it: cut to size, made harmless, and known by its digest.

All of it is a stranger's text. It is shown as text, told to models as a description, and followed by nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from nodes.sdk.values import Json

MOST_TOOLS: Final = 300
"""Of one source."""
LONGEST_NAME: Final = 200
LONGEST_TITLE: Final = 200
LONGEST_DESCRIPTION: Final = 4_000
LARGEST: Final = 50_000
"""Bytes of a tool's schema."""
MOST_DEPTH: Final = 24


MOST_AT_ONCE: Final = 2_000
"""Parts of a schema that one value is held against: a few lines of references can be millions."""


class Unusable(ValueError):
    """A tool that cannot be taken in; the message says why, for a person. `code` says it to the page, which
    has words of its own, and `about` is a word of the description, or a number, that these are about."""

    def __init__(self, code: str, message: str, about: str = "") -> None:
        super().__init__(message)
        self.code, self.about = code, about[:100]


@dataclass(frozen=True)
class Definition:
    """One tool. `digest` is that of all that the source said of it, also of what is not kept.

    `reads`: the source says that it changes nothing. `request` is how it is asked for, where a description
    says that: with a tool of an API one approves which request it sends.
    """

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    digest: str
    reads: bool = False
    request: dict[str, Any] | None = None

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
    request: dict[str, Any] | None = None,
) -> Definition:
    """The tool, of what a source says in `said`. Raises Unusable."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Unusable("tool_nameless", "It has no name that can be used.")
    schema = input_schema if input_schema is not None else {"type": "object"}
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise Unusable("tool_takes_no_object", "What it takes in is not described as an object.")
    if depth_of(schema) > MOST_DEPTH:
        raise Unusable(
            "tool_too_deep", f"Its description is nested deeper than {MOST_DEPTH} levels.", str(MOST_DEPTH)
        )
    most_kb = str(LARGEST // 1000)
    if len(json.dumps(schema, ensure_ascii=False).encode("utf-8", "replace")) > LARGEST:
        raise Unusable("tool_too_large", f"Its description is larger than {most_kb} kB.", most_kb)
    if parts_at_once(schema) > MOST_AT_ONCE:
        raise Unusable("tool_circular", "Its description refers to itself, or to too much.")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or not all(one.isprintable() and one for one in properties):
        raise Unusable("tool_field_names", "What it takes in has names that cannot be used.")
    return Definition(
        name=name,
        title=harmless(title)[:LONGEST_TITLE] if isinstance(title, str) else "",
        description=harmless(description)[:LONGEST_DESCRIPTION] if isinstance(description, str) else "",
        input_schema={**_harmless(schema), "type": "object"},
        digest=digest_of(said),
        reads=reads,
        request=request,
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


def parts_at_once(schema: dict[str, Any]) -> int:
    """The most parts that one value is held against, once references are followed; more than `MOST_AT_ONCE`
    where that never ends. Each part is counted once, however often others refer to it."""
    counted: dict[int, int] = {}
    begun: set[int] = set()
    todo: list[tuple[dict[str, Any], bool]] = [(part, False) for part in _objects_in(schema)]
    while todo:
        part, is_done = todo.pop()
        key = id(part)
        if is_done:
            counted[key] = 1 + sum(counted[id(one)] for one in _held_against(part, schema))
            if counted[key] > MOST_AT_ONCE:
                return counted[key]
        elif key not in counted:
            if key in begun:
                return MOST_AT_ONCE + 1  # it leads back to itself
            begun.add(key)
            todo.append((part, True))
            todo += [(one, False) for one in _held_against(part, schema)]
    return max(counted.values(), default=0)


def _objects_in(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            found.append(here)
            todo += here.values()
        elif isinstance(here, list):
            todo += here
    return found


def _held_against(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts against which the same value is held as against `part`."""
    found = [part.get(keyword) for keyword in ("not", "if", "then", "else")]
    if isinstance(ref := part.get("$ref"), str):
        found.append(_pointed_at(schema, ref))
    for keyword in ("allOf", "anyOf", "oneOf"):
        several = part.get(keyword)
        found += several if isinstance(several, list) else []
    return [one for one in found if isinstance(one, dict)]


def _pointed_at(schema: dict[str, Any], ref: str) -> Any:
    here: Any = schema
    for part in ref.removeprefix("#").split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        here = here.get(name) if isinstance(here, dict) else None
    return here


def notice(name: str, why: Unusable) -> dict[str, Any]:
    """What a person is told of a tool that was left out: {code, message, values}."""
    values = {"tool": harmless(name)[:100], "about": harmless(why.about)}
    return {"code": why.code, "message": str(why), "values": values}


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
