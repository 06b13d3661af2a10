"""What is too large to stand in a fact is cut out of it, and a reference with a preview left in its place.

A fact with references says where they are: {"output": {"text": {"#blob": SHA256, "bytes": N, "preview":
"It was…"}}, "#blobs": [["output", "text"]]}. What only looks like a reference is a value like any other.
Facts without `#blobs`, as all were before there were references, are whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from backend.runs.columns import dumps

LARGE: Final = 64 * 1024
"""Bytes of JSON above which a value stands apart."""
BLOB: Final = "#blob"
PLACES: Final = "#blobs"

Data = dict[str, Any]

_APART: Final = (
    "input",
    "output",
    "value",
    "payload",
    "query",
    "inputs",
    "history",
    "conversation",
    "pins",
)
"""What of a fact may stand apart. All else is small, or like the answer, which all follow the run for."""
_SHOWN: Final = 400  # characters of a text
_SHOWN_ITEMS: Final = 5
_SHOWN_LEVELS: Final = 3


@dataclass(frozen=True)
class Value:
    """A value that is to stand apart: its JSON text and that text's hash."""

    sha256: str
    text: str


def cut(data: Data) -> tuple[Data, list[Value]]:
    """A fact's data with references for what is large in it, and what they stand for; itself when nothing is.

    An object's fields are cut out one by one; it goes as a whole when the rest of it is still too large.
    """
    short, places, values = dict(data), list[list[str]](), list[Value]()

    def put_apart(value: Any, text: str) -> Data:
        values.append(Value(hashlib.sha256(text.encode()).hexdigest(), text))
        return {BLOB: values[-1].sha256, "bytes": len(text), "preview": preview(value)}

    for name in _APART:
        value = data.get(name)
        if isinstance(value, dict):
            texts = {field: dumps(inner) for field, inner in value.items()}
            large = {field: text for field, text in texts.items() if len(text) > LARGE}
            rest = sum(len(field) + len(text) for field, text in texts.items() if field not in large)
            if rest > LARGE:
                short[name] = put_apart(value, dumps(value))
                places.append([name])
            elif large:
                short[name] = value | {field: put_apart(value[field], text) for field, text in large.items()}
                places += [[name, field] for field in large]
        elif isinstance(value, str | list) and len(text := dumps(value)) > LARGE:
            short[name] = put_apart(value, text)
            places.append([name])
    return ({**short, PLACES: places}, values) if values else (data, values)


def named(data: Mapping[str, Any]) -> Iterator[str]:
    """The hashes of what stands apart from this data."""
    for *way, last in data.get(PLACES, ()):
        yield _at(data, way)[last][BLOB]


def whole(data: Data, values: Mapping[str, Any]) -> Data:
    """The data as it was before it was cut; `values` by their hashes. Raises KeyError when one is missing."""
    places = data.get(PLACES)
    if places is None:
        return data
    full = {name: value for name, value in data.items() if name != PLACES}
    for name, *fields in places:
        if not fields:
            full[name] = values[data[name][BLOB]]
            continue
        if full[name] is data[name]:
            full[name] = dict(data[name])
        full[name][fields[0]] = values[data[name][fields[0]][BLOB]]
    return full


def preview(value: Any, levels: int = _SHOWN_LEVELS) -> Any:
    """The beginning of a value, of the same kind."""
    if isinstance(value, str):
        return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    if isinstance(value, list):
        return [preview(item, levels - 1) for item in value[:_SHOWN_ITEMS]] if levels else []
    if isinstance(value, dict):
        fields = islice(value.items(), _SHOWN_ITEMS if levels else 0)
        return {preview(name): preview(inner, levels - 1) for name, inner in fields}
    return value


def _at(data: Any, way: list[str]) -> Any:
    for name in way:
        data = data[name]
    return data
