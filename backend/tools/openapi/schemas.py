"""Schemas of a description as JSON Schema: only what is known of it, each of the right kind, and finite.

What several places refer to is kept once, under `$defs`, so that neither circles nor ever more references
make it larger than the text that it was read from.
"""

from __future__ import annotations

import re
from typing import Any, Final

from backend.tools.openapi.refs import Document, LeftOut, object_in, objects_in, too_large, unclear

MOST_PARTS: Final = 3_000
"""Of one operation."""
_MOST_DEPTH: Final = 20
_LONGEST_TEXT: Final = 1_000
_MOST_CHOICES: Final = 500
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_TEXTS: Final = ("title", "description", "format", "pattern")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_SEVERAL: Final = ("allOf", "anyOf", "oneOf")
_WITH_MORE: Final = frozenset({"$ref", "properties", "items", "additionalProperties", "not", *_SEVERAL})


class Schemas:
    """The schemas of one operation. `definitions` is what `finish` found them to refer to."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = MOST_PARTS
        self._names: dict[str, str] = {}
        self._todo: list[tuple[str, Any]] = []

    def of(self, schema: Any, depth: int = 0) -> dict[str, Any]:
        """A schema, as it may be told to a model and held against a value. Raises LeftOut."""
        self._left -= 1
        self._document.spend()
        if depth > _MOST_DEPTH or self._left < 0:
            raise too_large()
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            raise unclear("a schema is no object")
        if schema.get("type") == "file":
            raise needs_file()
        if "$ref" in schema:
            return self._reference(schema, depth)
        if (alone := present_of(schema)) is not None:
            said = {key: one for key, one in schema.items() if key in ("title", "description", "default")}
            return _nullable({**self.of(alone, depth + 1), **self._own(said, depth)}, {"nullable": True})
        alone = objects_in(schema.get("allOf"))
        if len(alone) == 1 and "properties" not in schema:  # how 3.0 writes a word about a reference
            rest = {key: one for key, one in schema.items() if key in ("title", "description", "nullable")}
            return _nullable({**self.of(alone[0], depth + 1), **self._own(rest, depth)}, rest)
        return self._own(schema, depth)

    def finish(self) -> dict[str, Any]:
        """What the schemas so far refer to, by name. Raises LeftOut."""
        found: dict[str, Any] = {}
        while self._todo:
            name, schema = self._todo.pop()
            found[name] = self.of(schema)
        return found

    def _reference(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        ref, target = schema["$ref"], self._document.follow(schema)
        words = {key: schema[key] for key in ("title", "description") if isinstance(schema.get(key), str)}
        if isinstance(target, dict) and not _WITH_MORE & target.keys():
            return {**self.of(target, depth + 1), **_texts(words)}
        if ref not in self._names:
            self._names[ref] = self._free_name(ref)
            self._todo.append((self._names[ref], target))
        return {"$ref": f"#/$defs/{self._names[ref]}", **_texts(words)}

    def _free_name(self, ref: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_]", "_", ref.rpartition("/")[2])[:60] or "part"
        taken, number, base = set(self._names.values()), 1, name
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        return name

    def _own(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = _texts(schema)
        if kinds := _types(schema.get("type")):
            found["type"] = kinds
        elif isinstance(schema.get("properties"), dict):
            found["type"] = "object"
        choices = objects_in(schema.get("enum"))
        if choices:
            found["enum"] = choices[:_MOST_CHOICES]
        for key in ("const", "default"):
            if key in schema and not isinstance(schema[key], (dict, list)):
                found[key] = schema[key]
        found |= {key: schema[key] for key in _NUMBERS if _is_number(schema.get(key))}
        found |= {key: schema[key] for key in _COUNTS if _is_count(schema.get(key))}
        if schema.get("uniqueItems") is True:
            found["uniqueItems"] = True
        _bounds_of_old(schema, found)
        found |= self._within(schema, depth)
        return _nullable(found, schema)

    def _within(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        properties = object_in(schema.get("properties"))
        kept = {name: one for name, one in properties.items() if object_in(one).get("readOnly") is not True}
        if kept:
            found["properties"] = {name: self.of(one, depth + 1) for name, one in kept.items()}
        required = [name for name in objects_in(schema.get("required")) if isinstance(name, str)]
        required = [name for name in dict.fromkeys(required) if name in kept or name not in properties]
        if required:
            found["required"] = required
        if isinstance(schema.get("items"), dict):
            found["items"] = self.of(schema["items"], depth + 1)
        more = schema.get("additionalProperties")
        if isinstance(more, bool):
            found["additionalProperties"] = more
        elif isinstance(more, dict):
            found["additionalProperties"] = self.of(more, depth + 1)
        for key in _SEVERAL:
            several = objects_in(schema.get(key))
            if several:
                found[key] = [self.of(one, depth + 1) for one in several]
        if isinstance(schema.get("not"), dict):
            found["not"] = self.of(schema["not"], depth + 1)
        return found


def present_of(schema: dict[str, Any]) -> Any:
    """What a value is when it is there, of a schema that says: this, or nothing. None for any other."""
    for key in ("anyOf", "oneOf"):
        several = objects_in(schema.get(key))
        present = [one for one in several if object_in(one).get("type") != "null"]
        if len(present) == 1 and len(several) == 2 and "properties" not in schema:
            return present[0]
    return None


def needs_file() -> LeftOut:
    """For an operation that takes a file."""
    return LeftOut("operation_needs_file", "It takes a file, and files cannot be given to it yet.")


def _texts(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: schema[key][:_LONGEST_TEXT] for key in _TEXTS if isinstance(schema.get(key), str)}


def _types(said: Any) -> str | list[str] | None:
    kinds = [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)]
    kinds = [one for one in dict.fromkeys(kinds) if one in _TYPES]
    return kinds[0] if len(kinds) == 1 else kinds or None


def _nullable(found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """As 3.0 says that nothing will do as well."""
    if schema.get("nullable") is not True:
        return found
    kinds = found.get("type")
    if isinstance(kinds, str) and kinds != "null":
        found = {**found, "type": [kinds, "null"]}
    if "enum" in found and None not in found["enum"]:
        found = {**found, "enum": [*found["enum"], None]}
    return found


def _bounds_of_old(schema: dict[str, Any], found: dict[str, Any]) -> None:
    """As 3.0 and 2.0 say that a bound itself is excluded."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
