"""The parameters of an operation: in its path, behind the question mark, and in headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from backend.tools.openapi.arguments import Argument
from backend.tools.openapi.refs import Document, LeftOut, object_in, objects_in, text_in, unclear
from backend.tools.openapi.schemas import Schemas

_STYLES: Final = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
}
_OLD_STYLES: Final = {"csv": "", "multi": "", "ssv": "spaceDelimited", "pipes": "pipeDelimited"}
# What the connection, the body, the key, or what we say of ourselves decides.
_OURS: Final = frozenset(
    {"accept", "content-type", "authorization", "host", "connection", "content-length", "transfer-encoding"}
    | {"te", "trailer", "upgrade", "expect", "cookie", "proxy-authorization", "idempotency-key", "user-agent"}
)
_LONGEST_NAME: Final = 200


def parameters_of(
    document: Document, schemas: Schemas, lists: Iterable[Any], keys: frozenset[tuple[str, str]]
) -> list[Argument]:
    """What the lists say, a later one before an earlier. `keys` are places and names in which the key goes.

    Raises LeftOut for what cannot be sent and has to be.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for said in lists:
        for one in objects_in(said):
            parameter = document.followed(one)
            place, name = text_in(parameter.get("in")), text_in(parameter.get("name"))
            if document.is_old and place in ("body", "formData"):
                continue
            if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
                raise unclear("a parameter has no name that can be used")
            found[place, name] = parameter
    read = [
        _argument(document, schemas, place, name, one)
        for (place, name), one in found.items()
        if (place, name.lower() if place == "header" else name) not in keys
        and not (place == "header" and name.lower() in _OURS)
    ]
    return [one for one in read if one is not None]


def _argument(
    document: Document, schemas: Schemas, place: str, name: str, said: dict[str, Any]
) -> Argument | None:
    is_required = place == "path" or said.get("required") is True
    if place not in _STYLES:
        if not is_required:
            return None
        if place == "cookie":
            raise LeftOut("operation_needs_cookie", "It needs a cookie, and none are sent.", name)
        raise unclear("a parameter says no place that there is", name)
    sent = _sent(document, place, said)
    if sent is None:
        if is_required:
            raise unclear("a parameter is sent in a way that we do not know", name)
        return None
    schema, as_json = _schema(document, said)
    read = schemas.of(schema)
    if text_in(said.get("description")):
        read["description"] = text_in(said["description"])[:1_000]
    return Argument(name, place, read, is_required, {**sent, "json": as_json})


def _schema(document: Document, said: dict[str, Any]) -> tuple[Any, bool]:
    """The schema, and whether the value is sent as JSON."""
    if document.is_old:
        return {key: one for key, one in said.items() if key != "required"}, False
    content = object_in(said.get("content"))
    if content:
        kind, media = next(iter(content.items()))
        if "json" not in kind.lower():
            raise unclear("a parameter is sent in a way that we do not know")
        return object_in(media).get("schema", {}), True
    return said.get("schema", {}), False


def _sent(document: Document, place: str, said: dict[str, Any]) -> dict[str, Any] | None:
    """How lists and objects are written. None for a way that is not known."""
    usual = _STYLES[place][0]
    if document.is_old:
        way = said.get("collectionFormat", "csv")
        if way not in _OLD_STYLES:
            return None
        style = _OLD_STYLES[way] or usual
        return {"style": style if style in _STYLES[place] else usual, "explode": way == "multi"}
    style = said.get("style", usual)
    if style not in _STYLES[place]:
        return None
    explode = said.get("explode")
    return {"style": style, "explode": explode if isinstance(explode, bool) else style == "form"}
