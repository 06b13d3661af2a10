"""The request that an operation becomes, from what was approved of it and what it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json
from nodes.sdk.web_address import MAX_LENGTH
from workers.tools.openapi_values import as_json, in_path, in_query, scalar, simple

_PLACE: Final = re.compile(r"\{([^{}/]+)\}")
_IN_PATHS: Final = "/:@!$&'()*+,;=-._~%"


@dataclass(frozen=True)
class Request:
    """What is sent. The key goes along later, where secrets do."""

    method: str
    url: str
    headers: Mapping[str, str]
    data: bytes | None


def request_of(said: Mapping[str, Any], given: Mapping[str, Json], base: str) -> Request:
    """The request of an operation (`Definition.request`) at a service. Raises NodeError bad_config."""
    places: dict[str, str] = {}
    query: list[str] = []
    headers: dict[str, str] = {}
    for one in said["parameters"]:
        value = given.get(one["argument"])
        if value is None:
            continue
        name, style, explode = one["name"], one["style"], one["explode"]
        if one["json"]:
            value = as_json(value)
        if one["in"] == "path":
            places[name] = _segment(one["argument"], in_path(name, value, style, explode))
        elif one["in"] == "query":
            query += in_query(name, value, style, explode)
        else:
            headers[name] = simple(value, explode, _as_it_is)
    path = "".join(
        _of_place(part, places) if number % 2 else quote(part, safe=_IN_PATHS, errors="replace")
        for number, part in enumerate(_PLACE.split(said["path"]))
    )
    url = base.rstrip("/") + path + ("?" + "&".join(query) if query else "")
    if len(url) > MAX_LENGTH:
        raise _wrong(f"The address would be longer than {MAX_LENGTH:,} characters.")
    kind, data = _body(said.get("body"), given)
    if kind:
        headers["Content-Type"] = kind
    return Request(said["method"], url, headers, data)


def _of_place(name: str, places: Mapping[str, str]) -> str:
    if name not in places:
        raise _wrong(f"{name[:60]!r} is missing, and stands in the address.")
    return places[name]


def _segment(argument: str, text: str) -> str:
    """What stands in a path. Nothing, or dots only, would make it the address of something else."""
    if not text.strip("."):
        raise _wrong(f"{argument[:60]!r} is empty, and stands in the address.")
    return text


def _body(said: Mapping[str, Any] | None, given: Mapping[str, Json]) -> tuple[str, bytes | None]:
    """Media type and content of the body; nothing where none is sent."""
    if said is None:
        return "", None
    values = {
        name: given[argument]
        for argument, name in said["fields"].items()
        if argument in given and given[argument] is not None
    }
    if not values and not said["required"]:
        return "", None
    value: Json = next(iter(values.values()), None) if said["whole"] else values
    if said["kind"] == "json":
        return said["type"], as_json(value).encode("utf-8", "replace")
    if said["kind"] == "text":
        return "text/plain; charset=utf-8", scalar(value).encode("utf-8", "replace")
    pairs = [
        (name, scalar(one))
        for name, field in values.items()
        for one in (field if isinstance(field, list) else [field])
    ]
    if said["kind"] == "form":
        return said["type"], urlencode(pairs, errors="replace").encode()
    return _parts(pairs)


def _parts(pairs: list[tuple[str, str]]) -> tuple[str, bytes]:
    """A form in parts, always the same for the same content: its mark is made from it."""
    written = [
        (f'Content-Disposition: form-data; name="{_quoted(name)}"'.encode("utf-8", "replace"), text)
        for name, text in ((name, text.encode("utf-8", "replace")) for name, text in pairs)
    ]
    digest = sha256(b"\0".join(head + b"\0" + text for head, text in written)).hexdigest()
    mark = f"treadle-{digest[:40]}".encode()
    body = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (mark, head, text) for head, text in written)
    return f"multipart/form-data; boundary={mark.decode()}", body + b"--%s--\r\n" % mark


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _as_it_is(text: str) -> str:
    return text


def _wrong(why: str) -> NodeError:
    return NodeError(
        "bad_config", f"The tool cannot be used so. {why}", "Correct what it is given in the step."
    )
