"""A JSON Schema as a grammar of llama.cpp: what a model that is bound to it can write fits the schema.

llama.cpp has a translator of its own, and its Python bindings another: neither knows bounds of fractions, one
no bounds at all, both let days be written that no month has and halves of characters (ADR 44). JSON is
written here as Python writes it, one blank behind `:` and `,` and none elsewhere, so that no model loses its
way among blanks. A schema comes through `schema_limits.bounded` first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from nodes.sdk.values import Json
from workers.models.grammar_numbers import fraction, whole

_HEX8, _HEX4 = "[0-9a-f]{8}", "[0-9a-f]{4}"
_DAY28 = '("0" [1-9] | "1" [0-9] | "2" [0-8])'
# Every month has 28 days; the days beyond those are where one can go wrong. The 29th of February is left out.
_DATE = (
    f'[12] [0-9] [0-9] [0-9] "-" (("0" [1-9] | "1" [0-2]) "-" {_DAY28} | '
    '("0" [13-9] | "1" [0-2]) "-" ("29" | "30") | ("0" [13578] | "1" [02]) "-31")'
)
_CLOCK = '("0" [0-9] | "1" [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9]'
_ZONE = '("Z" | [+-] ("0" [0-9] | "1" [0-4]) ":" [0-5] [0-9])'
_NAME = "[a-zA-Z0-9] [a-zA-Z0-9-]{0,15}"
_DOMAIN = f'({_NAME} "."){{1,3}} [a-z] [a-z] [a-z]{{0,8}}'
_BYTE = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])'

FORMATS: Final[Mapping[str, str]] = {
    "date": _DATE,
    "time": f"{_CLOCK} {_ZONE}",
    "date-time": f'{_DATE} "T" {_CLOCK} {_ZONE}',
    "uuid": f'{_HEX8} "-" {_HEX4} "-" {_HEX4} "-" {_HEX4} "-" [0-9a-f]{{12}}',
    "email": f'{_NAME} ([._+] {_NAME})? "@" {_DOMAIN}',
    "uri": f'"http" "s"? "://" {_DOMAIN} ("/" [a-zA-Z0-9._~-]{{0,40}}){{0,6}}',
    "ipv4": f'{_BYTE} ("." {_BYTE}){{3}}',
}
"""What a text of a format is made of, without its quotes."""

# Escapes by number are left out: \ud800 alone is half a character, and any can be written as itself.
_CHARACTER = r'[^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]'
_DEEPEST = 4
"""How deep a value may be nested of which the schema says nothing."""


def grammar_of(schema: Mapping[str, Json]) -> str:
    """The grammar in llama.cpp's notation, its start "root". Raises ValueError for a range with no number."""
    return _Grammar(schema).text()


def has_end(grammar: str) -> bool:
    """Whether all that it binds comes to an end: nothing in it may be repeated as often as one likes."""
    return not _WITHOUT_END.search(_FIXED.sub("", grammar))


# In a grammar: what is fixed or one of a few characters; and what may follow something without an end.
_FIXED = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]')
_WITHOUT_END = re.compile(r"\*|,\}")


class _Grammar:
    """Rules by name. Equal rules are written once."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        self._schema = schema
        self._rules: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._refs: dict[str, str] = {}
        self._rules["root"] = self._value(schema)

    def text(self) -> str:
        return "".join(f"{name} ::= {body}\n" for name, body in self._rules.items())

    def _rule(self, body: str, name: str = "") -> str:
        if body not in self._named:
            self._named[body] = name = name or f"r{len(self._named)}"
            self._rules[name] = body
        return self._named[body]

    def _value(self, schema: Json) -> str:
        """The name of the rule, or the literal, for values that fit the schema."""
        said = cast("dict[str, Json]", schema) if isinstance(schema, dict) else {}
        if "$ref" in said:
            return self._reference(str(said["$ref"]))
        if "const" in said:
            return _json(said["const"])
        if "enum" in said:
            kinds = _kinds(said)
            fitting = [one for one in cast("list[Json]", said["enum"]) if not kinds or _is_a(one, kinds)]
            return self._one_of([_json(one) for one in fitting])
        if "anyOf" in said:
            return self._one_of([self._value(option) for option in cast("list[Json]", said["anyOf"])])
        kinds = _kinds(said) or _implied(said)
        return self._one_of([self._kind(kind, said) for kind in kinds]) if kinds else self._any(_DEEPEST)

    def _one_of(self, options: list[str]) -> str:
        different = list(dict.fromkeys(options))
        return different[0] if len(different) == 1 else self._rule(" | ".join(different))

    def _reference(self, ref: str) -> str:
        """The rule of a definition, which may be inside itself: its name is known before its body is."""
        if ref not in self._refs:
            name = self._refs[ref] = f"d{len(self._refs)}"
            _, place, key = ref.split("/", 2)
            self._rules[name] = self._value(cast("Any", self._schema)[place][key])
        return self._refs[ref]

    def _kind(self, kind: str, schema: dict[str, Json]) -> str:
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        if kind == "string":
            return self._string(schema)
        if kind in ("integer", "number"):
            return self._rule(whole(schema) if kind == "integer" else fraction(schema))
        return self._rule('"true" | "false"') if kind == "boolean" else '"null"'

    def _string(self, schema: dict[str, Json]) -> str:
        known = FORMATS.get(str(schema.get("format")))
        if known:
            return self._rule(rf'"\"" {known} "\""')
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        character = self._rule(_CHARACTER, "character")
        many = "*" if most is None and not least else f"{{{least},{'' if most is None else most}}}"
        return self._rule(rf'"\"" {character}{many} "\""')

    def _array(self, schema: dict[str, Json]) -> str:
        least = cast("int", schema.get("minItems", 0))
        most = cast("int | None", schema.get("maxItems"))
        heads = [self._value(item) for item in cast("list[Json]", schema.get("prefixItems", []))][:most]
        item = self._value(schema.get("items", {}))
        if heads:
            more = max(0, least - len(heads))
            items = " ".join((*heads[:1], *(f'", " {head}' for head in heads[1:])))
            return self._rule(f'"[" {items}' + (f' (", " {item}){{{more}}}' if more else "") + ' "]"')
        if most == 0:
            return '"[]"'
        bounds = f"{{{max(least - 1, 0)},{'' if most is None else most - 1}}}"
        items = f'{item} (", " {item}){bounds}'
        return self._rule(f'"[" {items} "]"' if least else f'"[" ({items})? "]"')

    def _object(self, schema: dict[str, Json]) -> str:
        fields = cast("dict[str, Json]", schema.get("properties", {}))
        required = cast("list[str]", schema.get("required", []))
        further = schema.get("additionalProperties", True)
        if not fields and not required:
            return '"{}"' if further is False else self._map(further)
        # Required ones in the order in which they are described, which is the order a model expects.
        needed = [name for name in fields if name in required] + [
            name for name in required if name not in fields
        ]
        pairs = {name: self._pair(name, fields.get(name, further)) for name in (*fields, *needed)}
        optional = [pairs[name] for name in fields if name not in required]
        if needed:
            body = ' ", " '.join(pairs[name] for name in needed)
            return self._rule(f'"{{" {body} ' + "".join(f'(", " {pair})? ' for pair in optional) + '"}"')
        # None is needed: any of them may be the first.
        starts = [
            pair + "".join(f' (", " {later})?' for later in optional[place + 1 :])
            for place, pair in enumerate(optional)
        ]
        return self._rule(f'"{{" ({" | ".join(starts)})? "}}"')

    def _pair(self, name: str, schema: Json) -> str:
        return f"{_literal(json.dumps(name, ensure_ascii=False) + ': ')} {self._value(schema)}"

    def _map(self, values: Json) -> str:
        """An object whose fields have any names."""
        value = self._any(_DEEPEST - 1) if values is True or values == {} else self._value(values)
        key = self._string({"minLength": 1, "maxLength": 60})
        pair = self._rule(f'{key} ": " {value}')
        return self._rule(f'"{{" ({pair} (", " {pair})*)? "}}"')

    def _any(self, depth: int) -> str:
        """Any JSON value that is nested at most so deep."""
        plain = [self._kind(kind, {}) for kind in ("string", "number", "boolean", "null")]
        if depth <= 0:
            return self._one_of(plain)
        inner = self._any(depth - 1)
        pair = self._rule(f'{self._string({"minLength": 1, "maxLength": 60})} ": " {inner}')
        return self._one_of(
            [
                *plain,
                self._rule(f'"[" ({inner} (", " {inner})*)? "]"'),
                self._rule(f'"{{" ({pair} (", " {pair})*)? "}}"'),
            ]
        )


def _kinds(schema: Mapping[str, Json]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else cast("list[str]", kinds)


def _implied(schema: Mapping[str, Json]) -> list[str]:
    """The kind that a schema without a type speaks of: its other words hold for that kind alone."""
    for kind, words in _WORDS_OF.items():
        if words & set(schema):
            return [kind]
    return []


_WORDS_OF = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
}


def _is_a(value: Json, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, int):
        return "integer" in kinds or "number" in kinds
    if isinstance(value, float):
        return "number" in kinds or ("integer" in kinds and value.is_integer())
    return ("null" if value is None else "string") in kinds


def _json(value: Json) -> str:
    return _literal(json.dumps(value, ensure_ascii=False))


def _literal(text: str) -> str:
    """A text in the grammar's quotes, every sign of it meant as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in escaped) + '"'
