"""How values are written into paths, behind question marks and into headers, as OpenAPI's styles have it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import quote

from nodes.sdk.values import Json, to_text

Encode = Callable[[str], str]


def encoded(text: str) -> str:
    """A text of which nothing has a meaning in an address."""
    return quote(text, safe="", errors="replace")


def scalar(value: Json) -> str:
    """A single value as text; what is none, as JSON."""
    if value is None:
        return "null"
    if isinstance(value, (list, dict)):
        return as_json(value)
    return to_text(value)


def as_json(value: Json) -> str:
    """A value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def simple(value: Json, explode: bool, encode: Encode) -> str:
    """`a,b` for a list, `k,v` or `k=v` for an object: in paths and headers."""
    return _joined(value, explode, encode, between=",", within=",")


def in_path(name: str, value: Json, style: str, explode: bool) -> str:
    """What stands in a path for a parameter."""
    if style == "label":
        return "." + _joined(value, explode, encoded, between="." if explode else ",", within=",")
    if style == "matrix":
        key = encoded(name)
        if explode and isinstance(value, list):
            return "".join(f";{key}={encoded(scalar(one))}" for one in value)
        if explode and isinstance(value, dict):
            return "".join(f";{encoded(inner)}={encoded(scalar(one))}" for inner, one in value.items())
        return f";{key}={_joined(value, False, encoded, between=',', within=',')}"
    return simple(value, explode, encoded)


def in_query(name: str, value: Json, style: str, explode: bool) -> list[str]:
    """What stands behind the question mark: `name=value`, encoded, once or several times."""
    key = encoded(name)
    if style == "deepObject" and isinstance(value, dict):
        return _deep(key, value)
    if isinstance(value, dict) and explode:
        return [f"{encoded(inner)}={encoded(scalar(one))}" for inner, one in value.items()]
    if isinstance(value, list) and explode:
        return [f"{key}={encoded(scalar(one))}" for one in value]
    between = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    return [f"{key}={_joined(value, False, encoded, between=between, within=between)}"]


def _joined(value: Json, explode: bool, encode: Encode, *, between: str, within: str) -> str:
    if isinstance(value, list):
        return between.join(encode(scalar(one)) for one in value)
    if isinstance(value, dict):
        pairs = ((encode(key), encode(scalar(one))) for key, one in value.items())
        return between.join(f"{key}={one}" if explode else f"{key}{within}{one}" for key, one in pairs)
    return encode(scalar(value))


def _deep(key: str, value: Mapping[str, Json]) -> list[str]:
    """`name[inner]=value`. How deep a value may be is said where it came from."""
    found: list[str] = []
    for inner, one in value.items():
        place = f"{key}%5B{encoded(inner)}%5D"
        if isinstance(one, dict):
            found += _deep(place, one)
        else:
            found += [
                f"{place}={encoded(scalar(each))}" for each in (one if isinstance(one, list) else [one])
            ]
    return found
