"""What of a tool's JSON Schema a model can be bound to by a grammar, and what has to be looked at afterwards.

Schemas of tools come from anywhere: a step, an OpenAPI description, an MCP server. They are rewritten into
the part that `schema_limits.bounded` takes, never wider than it must be: what is left open there is closed
(texts and lists get an end, objects their named fields alone), so that an answer that is bound fits and ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from nodes.sdk.values import Json
from workers.models.grammar import FORMATS
from workers.models.grammar_numbers import BOUNDS, fraction, whole
from workers.models.runtime import Refused
from workers.models.schema_limits import MAX_ITEMS, MAX_LENGTH, MAX_OPTIONS, bounded

_MOST_MERGED = 40
_MOST_MULTIPLES = 200
_IGNORED = frozenset(
    {
        "title",
        "description",
        "default",
        "examples",
        "example",
        "deprecated",
        "readOnly",
        "writeOnly",
        "$schema",
    }
    | {
        "$id",
        "$comment",
        "$anchor",
        "$defs",
        "definitions",
        "discriminator",
        "nullable",
        "externalDocs",
        "xml",
    }
    | {"contentEncoding", "contentMediaType"}
)
_BY_KIND: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "format", "pattern"}),
    "integer": BOUNDS | {"multipleOf"},
    "number": BOUNDS | {"multipleOf"},
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"}),
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "maxProperties"}),
}


@dataclass(frozen=True)
class Room:
    """How much is written where a schema sets no end: characters of a text, entries of a list."""

    characters: int = 400
    entries: int = 12


ROOMY, TIGHT = Room(), Room(80, 3)


@dataclass(frozen=True)
class Bindable:
    """`schema` is what a grammar is made of; `loose` the words it leaves out, each with its place."""

    schema: dict[str, Json]
    loose: tuple[str, ...] = ()


def bindable(schema: Mapping[str, Json], room: Room = ROOMY) -> Bindable:
    """The part of an object's schema that a model can be bound to. One that is too large: any object."""
    rewriting = _Rewriting(schema, room)
    found = rewriting.schema(dict(schema), "")
    if found.get("type") != "object" and "anyOf" not in found and "$ref" not in found:
        found = {**found, "type": "object"}
    if rewriting.definitions:
        found = {**found, "$defs": cast("Json", rewriting.definitions)}
    try:
        bounded(found)
    except Refused as refused:
        return Bindable({"type": "object"}, (refused.message,))
    return Bindable(found, tuple(rewriting.loose))


@dataclass
class _Rewriting:
    root: Mapping[str, Json]
    room: Room
    loose: list[str] = field(default_factory=list[str])
    definitions: dict[str, Json] = field(default_factory=dict[str, Json])
    _names: dict[str, str] = field(default_factory=dict[str, str])
    _merged: int = 0

    def schema(self, value: Json, at: str) -> dict[str, Json]:
        if not isinstance(value, dict):
            if value is False:
                self.loose.append(f"{at}: false")
            return {}
        said = {key: inner for key, inner in value.items() if key not in _IGNORED}
        if "$ref" in said:
            return self._reference(said, at)
        if "allOf" in said:
            return self.schema(self._all_of(said, at), at)
        for word in ("oneOf", "anyOf"):
            if isinstance(said.get(word), list) and said[word]:
                return self._any_of(said, word, at)
        if "const" in said or "enum" in said:
            return self._fixed(said, at)
        return self._plain(said, at)

    def _reference(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        ref = str(said.pop("$ref"))
        target = self._find(ref)
        if target is None:
            self.loose.append(f"{at}/$ref")
            return self.schema(said, at)
        if said:  # words beside a reference hold too
            return self.schema({"allOf": [target, said]}, at)
        if ref not in self._names:
            name = self._names[ref] = f"d{len(self._names)}"
            self.definitions[name] = self.schema(target, at)
        return {"$ref": f"#/$defs/{self._names[ref]}"}

    def _find(self, ref: str) -> dict[str, Json] | None:
        """What a reference within the schema points to. There is no way out of it to another document."""
        found: Any = self.root
        if ref != "#" and not ref.startswith("#/"):
            return None
        for part in ref[2:].split("/") if ref != "#" else ():
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or part not in found:
                return None
            found = cast("dict[str, Any]", found)[part]
        return cast("dict[str, Json]", found) if isinstance(found, dict) else None

    def _all_of(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        """All parts as one schema. Where two say something of the same, the first is kept."""
        parts = said.pop("allOf")
        merged = said
        for part in parts if isinstance(parts, list) else ():
            self._merged += 1
            part = self._inlined(part)
            if part is None or self._merged > _MOST_MERGED:
                self.loose.append(f"{at}/allOf")
                continue
            merged = self._merge(merged, part, at)
        return merged

    def _inlined(self, part: Json) -> dict[str, Json] | None:
        for _ in range(10):
            if not isinstance(part, dict) or "$ref" not in part or len(set(part) - _IGNORED) > 1:
                break
            part = self._find(str(part["$ref"]))
        if not isinstance(part, dict):
            return None
        return {key: inner for key, inner in part.items() if key not in _IGNORED}

    def _merge(self, one: Mapping[str, Json], other: Mapping[str, Json], at: str) -> dict[str, Json]:
        merged = dict(one)
        for key, value in other.items():
            before = merged.get(key)
            if key not in merged or before == value:
                merged[key] = value
            elif key == "required" and isinstance(before, list) and isinstance(value, list):
                merged[key] = [*before, *(name for name in value if name not in before)]
            elif key == "properties" and isinstance(before, dict) and isinstance(value, dict):
                both = {name: {"allOf": [before[name], value[name]]} for name in before if name in value}
                merged[key] = {**before, **value, **cast("dict[str, Json]", both)}
            elif key == "allOf" and isinstance(before, list) and isinstance(value, list):
                merged[key] = [*before, *value]
            elif key == "additionalProperties":
                merged[key] = False if False in (before, value) else before
                self.loose.append(f"{at}/{key}")
            else:
                self.loose.append(f"{at}/{key}")
        return merged

    def _any_of(self, said: dict[str, Json], word: str, at: str) -> dict[str, Json]:
        options = cast("list[Json]", said.pop(word))
        if word == "oneOf" and not _are_apart(options):
            self.loose.append(f"{at}/oneOf")
        found: list[Json] = []
        for option in options:
            self._merged += 1
            if self._merged > _MOST_MERGED * 5:
                self.loose.append(f"{at}/{word}")
                break
            whole_option: Json = {"allOf": [option, said]} if said else option
            found.append(self.schema(whole_option, at))
        return {"anyOf": found}

    def _fixed(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        given = [said["const"]] if "const" in said else said["enum"]
        options = given if isinstance(given, list) else []
        kinds = _kinds(said)
        plain = [
            one
            for one in options
            if (one is None or isinstance(one, (str, bool, int, float))) and _fits(one, kinds)
        ]
        self.loose += [f"{at}/{key}" for key in said if key not in ("const", "enum", "type")]
        if not plain or len(plain) > MAX_OPTIONS:
            self.loose.append(f"{at}/enum")
            return self._plain({key: one for key, one in said.items() if key == "type"}, at)
        return {"enum": plain}

    def _plain(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        kinds = _kinds(said) or [kind for kind, words in _BY_KIND.items() if words & set(said)][:1]
        known = {"type"}.union(*(_BY_KIND.get(kind, frozenset()) for kind in kinds))
        self.loose += [f"{at}/{key}" for key in said if key not in known]
        found: list[Json] = [self._kind(kind, said, at) for kind in dict.fromkeys(kinds)]
        if not found:
            return {}
        return cast("dict[str, Json]", found[0]) if len(found) == 1 else {"anyOf": found}

    def _kind(self, kind: str, said: dict[str, Json], at: str) -> dict[str, Json]:
        if kind == "object":
            return self._object(said, at)
        if kind == "array":
            return self._array(said, at)
        if kind == "string":
            return self._string(said, at)
        if kind in ("integer", "number"):
            return self._number(kind, said, at)
        return {"type": kind}

    def _string(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        if "pattern" in said:
            self.loose.append(f"{at}/pattern")
        if said.get("format") in FORMATS:
            self.loose += [f"{at}/{key}" for key in ("minLength", "maxLength") if key in said]
            return {"type": "string", "format": said["format"]}
        least, most = self._span(said, "Length", self.room.characters, MAX_LENGTH, at)
        return {"type": "string", "minLength": least, "maxLength": most}

    def _array(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        self.loose += [f"{at}/{word}" for word in ("uniqueItems", "contains") if said.get(word)]
        entries = 1 if said.get("uniqueItems") and self.room is TIGHT else self.room.entries
        least, most = self._span(said, "Items", entries, MAX_ITEMS, at)
        if said.get("uniqueItems") and self.room is TIGHT:
            most = max(least, 1)  # one entry alone is like no other
        found: dict[str, Json] = {"type": "array", "minItems": least, "maxItems": most}
        heads = said.get("prefixItems")
        if isinstance(heads, list) and heads:
            found["prefixItems"] = [self.schema(one, f"{at}/{n}") for n, one in enumerate(heads)]
            if least > len(heads) or "items" in said:
                self.loose.append(f"{at}/items")
        elif "items" in said:
            found["items"] = self.schema(said["items"], f"{at}/items")
        return {key: inner for key, inner in found.items() if not (heads and key in ("minItems", "maxItems"))}

    def _span(self, said: dict[str, Json], what: str, room: int, top: int, at: str) -> tuple[int, int]:
        """The least and the most of something: what is said, else what there is room for."""
        least, most = said.get(f"min{what}"), said.get(f"max{what}")
        low = least if isinstance(least, int) and 0 <= least <= top else 0
        if low != (least or 0):
            self.loose.append(f"{at}/min{what}")
        ceiling = min(most if isinstance(most, int) and most >= 0 else top, top, max(room, low))
        if ceiling < low:
            self.loose.append(f"{at}/max{what}")
        return low, max(ceiling, low)

    def _number(self, kind: str, said: dict[str, Json], at: str) -> dict[str, Json]:
        found: dict[str, Json] = {"type": kind}
        for word in BOUNDS & set(said):
            bound = said[word]
            if isinstance(bound, bool):  # as older schemas say it: `minimum: 0, exclusiveMinimum: true`
                continue
            plain = word.removeprefix("exclusive").lower() if word.startswith("exclusive") else word
            is_open = (
                word.startswith("exclusive") or said.get(f"exclusive{word[:1].upper()}{word[1:]}") is True
            )
            name = f"exclusive{plain.capitalize()}" if is_open else plain
            if isinstance(bound, (int, float)):
                found[name] = bound
        try:
            (whole if kind == "integer" else fraction)(found)
        except (ValueError, ArithmeticError):
            self.loose.append(f"{at}/{kind}")
            return {"type": kind}
        return self._multiples(found, said, at)

    def _multiples(self, found: dict[str, Json], said: dict[str, Json], at: str) -> dict[str, Json]:
        step = said.get("multipleOf")
        low, high = found.get("minimum"), found.get("maximum")
        if step is None or step == 1:
            return found
        if isinstance(step, int) and step > 0 and isinstance(low, int) and isinstance(high, int):
            options: list[Json] = list(range(-(-low // step) * step, high + 1, step)[: _MOST_MULTIPLES + 1])
            if 0 < len(options) <= _MOST_MULTIPLES:
                return {"enum": options}
        self.loose.append(f"{at}/multipleOf")
        return found

    def _object(self, said: dict[str, Json], at: str) -> dict[str, Json]:
        self.loose += [f"{at}/{word}" for word in ("minProperties", "maxProperties") if word in said]
        fields = said.get("properties")
        fields = fields if isinstance(fields, dict) else {}
        required = said.get("required")
        needed = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        further = said.get("additionalProperties", True)
        found: dict[str, Json] = {"type": "object"}
        if fields:
            found["properties"] = {name: self.schema(one, f"{at}/{name}") for name, one in fields.items()}
        unnamed = [name for name in needed if name not in fields]
        if unnamed:
            more = {name: self.schema(further, f"{at}/{name}") for name in unnamed}
            found["properties"] = {**cast("dict[str, Json]", found.get("properties", {})), **more}
        if needed:
            found["required"] = cast("Json", needed)
        if fields or unnamed or further is False:
            found["additionalProperties"] = False
        else:
            found["additionalProperties"] = self.schema(further, f"{at}/*") or True
        return found


def _are_apart(options: list[Json]) -> bool:
    """Whether fixed values or kinds make sure that no two of the options fit at once."""
    seen: list[Json] = []
    for option in options:
        if not isinstance(option, dict) or not ("const" in option or "enum" in option):
            break
        seen += [option["const"]] if "const" in option else cast("list[Json]", option["enum"])
    else:
        return len({repr(one) for one in seen}) == len(seen)
    kinds = [option.get("type") if isinstance(option, dict) else None for option in options]
    names = ["number" if kind == "integer" else kind for kind in kinds]
    return all(isinstance(kind, str) for kind in names) and len(set(map(str, names))) == len(names)


def _kinds(said: Mapping[str, Json]) -> list[str]:
    kinds = said.get("type")
    found = kinds if isinstance(kinds, list) else [kinds]
    known = {*_BY_KIND, "boolean", "null"}
    return [kind for kind in found if isinstance(kind, str) and kind in known]


def _fits(value: Json, kinds: list[str]) -> bool:
    if not kinds:
        return True
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, (int, float)):
        return "number" in kinds or ("integer" in kinds and float(value).is_integer())
    return ("null" if value is None else "string") in kinds
