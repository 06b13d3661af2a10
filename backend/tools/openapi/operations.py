"""One operation of a description as a tool: what it takes, and the request that it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from backend.tools.definitions import Definition, defined
from backend.tools.openapi.arguments import named
from backend.tools.openapi.bodies import body_of
from backend.tools.openapi.parameters import parameters_of
from backend.tools.openapi.refs import Document, LeftOut, object_in, text_in, unclear
from backend.tools.openapi.schemas import Schemas
from backend.tools.openapi.service import servers_in

METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
READS: Final = frozenset({"get", "head"})
_FIT_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")
_FIT_PATH: Final = re.compile(r"/[^\s?#\\]{0,999}\Z")
_PLACE: Final = re.compile(r"\{([^{}/]+)\}")
_DOTS: Final = re.compile(r"(\.|%2e){1,2}\Z", re.IGNORECASE)


def operations_in(document: Document) -> Iterator[tuple[str, str, Any, Any]]:
    """Each operation: its method and path, what is said of the path, and of the operation itself."""
    for path, item in object_in(document.whole.get("paths")).items():
        if path.startswith("x-"):
            continue
        try:
            item = object_in(document.follow(item))
        except LeftOut as why:
            yield "", path, why, None
            continue
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield method, path, item, item[method]


def ids_taken_twice(document: Document) -> set[str]:
    """The ids that more than one operation has: none of them goes by it."""
    seen: set[str] = set()
    twice: set[str] = set()
    for _, _, _, operation in operations_in(document):
        one = text_in(object_in(operation).get("operationId"))
        (twice if one in seen else seen).add(one)
    return twice


def name_of(method: str, path: str, operation: dict[str, Any], twice: set[str]) -> str:
    """By what an operation goes: its id, else what it does with what."""
    said = text_in(operation.get("operationId"))
    if _FIT_NAME.match(said) and said not in twice:
        return said
    words = re.sub(r"[^A-Za-z0-9]+", "_", path).strip("_")
    return f"{method}_{words}"[:100].rstrip("_")


def tool_of(
    document: Document,
    method: str,
    path: str,
    item: dict[str, Any],
    operation: dict[str, Any],
    *,
    name: str,
    keys: frozenset[tuple[str, str]],
    servers: list[str],
    address: str,
) -> Definition:
    """The operation as a tool. Raises Unusable with why it is none."""
    if not _FIT_PATH.match(path) or not path.isprintable() or any(map(_DOTS.match, path.split("/"))):
        raise unclear("its path is none", path)
    own = operation.get("servers", item.get("servers"))
    if own and not document.is_old and not set(servers_in(own, address)) & set(servers):
        raise LeftOut("operation_elsewhere", "It is at another address than the rest.")
    schemas = Schemas(document)
    lists = [item.get("parameters"), operation.get("parameters")]
    parameters = parameters_of(document, schemas, lists, keys)
    body = body_of(document, schemas, operation, lists)
    arguments = named([*parameters, *body.arguments])
    _require_places(path, [one.name for one in parameters if one.place == "path"])
    request: dict[str, Any] = {
        "method": method.upper(),
        "path": path,
        "parameters": [
            {"argument": given, "name": one.name, "in": one.place, **one.sent}
            for given, one in arguments.items()
            if one.place != "body"
        ],
        "body": None,
    }
    if body.sent is not None:
        fields = {given: one.name for given, one in arguments.items() if one.place == "body"}
        request["body"] = {**body.sent, "fields": fields}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {given: one.schema for given, one in arguments.items()},
        "required": [given for given, one in arguments.items() if one.is_required],
        "additionalProperties": False,
    }
    if definitions := schemas.finish():
        schema["$defs"] = definitions
    said = {
        "name": name,
        "title": text_in(operation.get("summary") or item.get("summary")),
        "description": _words(operation, item),
        "input_schema": schema,
    }
    return defined(**said, said={**said, "request": request}, reads=method in READS, request=request)


def _require_places(path: str, given: list[str]) -> None:
    """Raises LeftOut unless each place in the path is filled by a parameter, and the other way round."""
    places = _PLACE.findall(path)
    if set(places) != set(given) or re.search(r"[{}]", _PLACE.sub("", path)):
        raise unclear("its path and its parameters do not go together", path)


def _words(operation: dict[str, Any], item: dict[str, Any]) -> str:
    words = text_in(operation.get("description") or item.get("description"))
    return f"Deprecated. {words}".strip() if operation.get("deprecated") is True else words
