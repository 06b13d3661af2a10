"""JSON Schemas that a grammar engine can be trusted with.

Seen with xllamacpp 2026.10: a pattern such as `((a{0,9}){0,9}){0,9}` keeps the engine's only loop busy for
minutes, and with it every other request. So a schema is copied keyword by keyword, and what is not known to
be cheap is refused by name rather than dropped: an answer that is bound to less than was asked is a lie.
What passes here has a grammar (`grammar.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from nodes.sdk.values import Json
from workers.models.grammar import FORMATS
from workers.models.grammar_numbers import BOUNDS, LARGEST, fraction, whole
from workers.models.runtime import Refused

MAX_BYTES = 20_000
MAX_DEPTH = 12
MAX_PARTS = 400
MAX_OPTIONS = 300
MAX_EXPANDED = 1_000
_MAX_REFS_ON_A_PATH = 20
MAX_ITEMS = 100
MAX_LENGTH = 2_000

_WORDS = frozenset(
    {"title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated"}
)
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_COUNTS = {
    "minItems": MAX_ITEMS,
    "maxItems": MAX_ITEMS,
    "minLength": MAX_LENGTH,
    "maxLength": MAX_LENGTH,
}
_ALONE: dict[str, set[str]] = {
    "$ref": set(),
    "anyOf": set(),
    "const": {"type"},
    "enum": {"type"},
    "prefixItems": {"type"},
    "format": {"type"},
}


def bounded(schema: Json) -> dict[str, Json]:
    """The schema as the engine gets it. Raises Refused with where and why."""
    if not isinstance(schema, dict):
        raise Refused("bad_schema", "The schema must be a JSON object.")
    _check_depth(schema)
    if len(json.dumps(schema)) > MAX_BYTES:
        raise Refused("bad_schema", f"The schema is longer than {MAX_BYTES:,} bytes.")
    copy = _Copy().schema(schema, "")
    _Expansion(copy).check()
    return copy


def _check_depth(schema: Json) -> None:
    """Without recursion, since the depth is what is in question."""
    level: list[Json] = [schema]
    for _ in range(MAX_DEPTH * 2):
        inner: list[Json] = []
        for value in level:
            inner += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if not inner:
            return
        level = inner
    raise Refused("bad_schema", f"The schema is nested more than {MAX_DEPTH} levels deep.")


class _Expansion:
    """How large the schema is once each $ref is replaced by what it points to: sixty small definitions that
    each name the next one twice make 2^60 parts. A definition inside itself counts once, and only where an
    object or a list lies between, or else it has no end at all.
    """

    def __init__(self, schema: dict[str, Json]) -> None:
        self._schema = schema
        self._size = 0

    def check(self) -> None:
        self._walk(self._schema, (), frozenset())

    def _walk(self, value: Json, path: tuple[str, ...], bare: frozenset[str]) -> None:
        """`path` are the definitions this part lies in, `bare` those since the last object or list."""
        if not isinstance(value, dict):
            return
        self._size += 1
        if self._size > MAX_EXPANDED:
            raise Refused("bad_schema", f"The schema has more than {MAX_EXPANDED:,} parts when written out.")
        ref = value.get("$ref")
        if isinstance(ref, str):
            if ref in bare:
                raise Refused("bad_schema", f"{ref} is defined by itself.")
            if ref not in path:
                if len(path) >= _MAX_REFS_ON_A_PATH:
                    raise Refused("bad_schema", "The schema's definitions point at one another too often.")
                self._walk(self._definition(ref), (*path, ref), bare | {ref})
        for option in cast("list[Json]", value.get("anyOf", [])):
            self._walk(option, path, bare)
        for inner in cast("list[Json]", value.get("prefixItems", [])):
            self._walk(inner, path, frozenset())
        for inner in (value.get("items"), value.get("additionalProperties")):
            self._walk(inner, path, frozenset())
        for inner in cast("dict[str, Json]", value.get("properties", {})).values():
            self._walk(inner, path, frozenset())

    def _definition(self, ref: str) -> Json:
        _, place, name = ref.split("/", 2)
        definitions = self._schema.get(place)
        if not isinstance(definitions, dict) or name not in definitions:
            raise Refused("bad_schema", f"{ref} does not exist.")
        return definitions[name]


class _Copy:
    def __init__(self) -> None:
        self._parts = 0
        self._options = 0

    def schema(self, value: Json, at: str) -> dict[str, Json]:
        if value is True:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(at, "must be an object")
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise Refused("bad_schema", f"The schema has more than {MAX_PARTS} parts.")
        copy: dict[str, Json] = {}
        for keyword, inner in value.items():
            if keyword not in _WORDS:
                copy[keyword] = self._keyword(keyword, inner, f"{at}/{keyword}")
        self._check_together(copy, at)
        self._check_satisfiable(copy, at)
        return copy

    def _check_together(self, copy: dict[str, Json], at: str) -> None:
        """The engine looks at the first of these and forgets what stands beside it."""
        for leader, company in _ALONE.items():
            beside = sorted(set(copy) - company - {leader, "$defs", "definitions"})
            if leader in copy and beside:
                raise self._wrong(at, f"has {leader!r} and {beside[0]!r} together; put one inside the other")
        fixed = [copy["const"]] if "const" in copy else cast("list[Json]", copy.get("enum", []))
        kinds = copy.get("type", list(_TYPES))
        for value in fixed:
            if not set(_kinds(value)) & set(kinds if isinstance(kinds, list) else [kinds]):
                raise self._wrong(at, f"allows {value!r}, which is not of its type")

    def _check_satisfiable(self, copy: dict[str, Json], at: str) -> None:
        """What no value fits cannot be written: an empty range, a field that is needed and not allowed."""
        for what in ("Items", "Length"):
            if cast("int", copy.get(f"min{what}", 0)) > cast("int", copy.get(f"max{what}", LARGEST)):
                raise self._wrong(at, "has a lower bound above the upper one")
        kinds = copy.get("type", "number")
        try:
            for kind in (kinds if isinstance(kinds, list) else [kinds]) if BOUNDS & set(copy) else ():
                if kind in ("integer", "number"):
                    (whole if kind == "integer" else fraction)(copy)
        except ValueError:
            raise self._wrong(at, "has bounds that no number lies between") from None
        fields = copy.get("properties", {})
        if copy.get("additionalProperties") is False:
            missing = [
                n
                for n in cast("list[str]", copy.get("required", []))
                if n not in cast("dict[str, Json]", fields)
            ]
            if missing:
                raise self._wrong(at, f"requires {missing[0]!r} and does not allow it")

    def _keyword(self, keyword: str, value: Json, at: str) -> Json:
        if keyword == "type":
            return self._type(value, at)
        if keyword in ("properties", "$defs", "definitions"):
            return {
                name: self.schema(inner, f"{at}/{name}") for name, inner in self._object(value, at).items()
            }
        if keyword == "items":
            return self.schema(value, at)
        if keyword in ("anyOf", "prefixItems"):
            return [self.schema(inner, f"{at}/{n}") for n, inner in enumerate(self._list(value, at, 50))]
        if keyword == "additionalProperties":
            return value if isinstance(value, bool) else self.schema(value, at)
        if keyword == "required":
            names = self._list(value, at, MAX_PARTS)
            if not all(isinstance(name, str) for name in names):
                raise self._wrong(at, "must be a list of names")
            return names
        if keyword in ("enum", "const"):
            return self._fixed(value if keyword == "enum" else [value], keyword, at)
        if keyword in _COUNTS:
            return self._count(value, _COUNTS[keyword], at)
        if keyword in BOUNDS:
            return self._bound(value, at)
        if keyword == "$ref":
            if not isinstance(value, str) or not value.startswith(("#/$defs/", "#/definitions/")):
                raise self._wrong(at, "may only point into $defs")
            return value
        if keyword == "format":
            if value not in FORMATS:
                raise self._wrong(at, f"may be one of {', '.join(sorted(FORMATS))}")
            return value
        hint = "; use anyOf" if keyword == "oneOf" else ""
        raise self._wrong(at, f"is a keyword a local model cannot be bound by{hint}")

    def _type(self, value: Json, at: str) -> Json:
        kinds = value if isinstance(value, list) else [value]
        if not kinds or not all(isinstance(kind, str) and kind in _TYPES for kind in kinds):
            raise self._wrong(at, f"must be one of {', '.join(sorted(_TYPES))}")
        return value

    def _fixed(self, value: Json, keyword: str, at: str) -> Json:
        options = self._list(value, at, MAX_OPTIONS)
        self._options += len(options)
        if self._options > MAX_OPTIONS:
            raise Refused("bad_schema", f"The schema has more than {MAX_OPTIONS} fixed values.")
        if not all(option is None or isinstance(option, (str, bool, int, float)) for option in options):
            raise self._wrong(at, "may hold texts, numbers, true, false and null")
        for option in options:
            if isinstance(option, (int, float)) and not isinstance(option, bool):
                self._bound(option, at)
        return options if keyword == "enum" else options[0]

    def _object(self, value: Json, at: str) -> Mapping[str, Json]:
        if not isinstance(value, dict):
            raise self._wrong(at, "must be an object")
        return value

    def _list(self, value: Json, at: str, most: int) -> list[Json]:
        if not isinstance(value, list) or (not value and not at.endswith("/required")):
            raise self._wrong(at, "must be a list with something in it")
        if len(value) > most:
            raise self._wrong(at, f"has more than {most} entries")
        return cast("list[Json]", value)

    def _count(self, value: Json, most: int, at: str) -> Json:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self._wrong(at, f"must be a whole number from 0 to {most:,}")
        return value

    def _bound(self, value: Json, at: str) -> Json:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not -LARGEST < cast("float", value) < LARGEST:
            raise self._wrong(at, "must be a number of at most 15 digits")
        return value

    @staticmethod
    def _wrong(at: str, why: str) -> Refused:
        return Refused("bad_schema", f"{(at or '/').lstrip('/') or 'The schema'} {why}.")


def _kinds(value: Json) -> tuple[str, ...]:
    """The JSON types a plain value has."""
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, int):
        return ("integer", "number")
    if isinstance(value, float):
        return ("number",)
    return ("null",) if value is None else ("string",)
