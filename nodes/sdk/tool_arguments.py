"""Whether arguments are as a tool's JSON Schema says, and if not, in words what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final, cast

from nodes.sdk.values import Json

_LONGEST = 300
_MOST_DEPTH = 60
_UNCHECKED: Final = frozenset({"pattern", "patternProperties"})
"""An expression from elsewhere may take for ever on the right text, and nothing could stop it."""


def fault_of(arguments: Mapping[str, Json], schema: Mapping[str, Json]) -> str:
    """What is wrong with the arguments, in a sentence; "" when they fit. Formats are looked at too.

    A schema that is none in itself finds no fault: whoever gets the arguments then has the last word.
    """
    import jsonschema
    import referencing
    from jsonschema import exceptions

    # A registry of our own, because the library's would fetch references from the network.
    # And formats of our own, because the library's "time" is that of an old draft, without a zone.
    formats = jsonschema.FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))
    formats.checks("time", ValueError)(_is_time)
    formats.checks("date-time", ValueError)(_is_moment)
    registry = cast("Any", referencing.Registry)()
    validator = cast("Any", jsonschema.Draft202012Validator)(
        _without_patterns(dict(schema)), registry=registry, format_checker=formats
    )
    try:
        found = cast("Any", exceptions).best_match(validator.iter_errors(dict(arguments)))
    except Exception:  # a type that is no type, a reference that leads nowhere: each raises its own error
        return ""
    if found is None:
        return ""
    where = ".".join(str(part) for part in found.absolute_path)
    return f"{where + ': ' if where else ''}{found.message[:_LONGEST]}."


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        time.fromisoformat(value)
    return True


def _is_moment(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value)
        return "T" in value
    return True


def _without_patterns(schema: Json, depth: int = 0) -> Json:
    if depth > _MOST_DEPTH:
        return True
    if isinstance(schema, list):
        return [_without_patterns(one, depth + 1) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        # A field may well be named "pattern": what it holds is a schema, and no text.
        key: inner if key in ("enum", "const", "default", "examples") else _without_patterns(inner, depth + 1)
        for key, inner in schema.items()
        if key not in _UNCHECKED or (key == "pattern" and not isinstance(inner, str))
    }
