"""What an operation is sent as a body: its fields one by one where it is an object, else the whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from backend.tools.openapi.arguments import Argument
from backend.tools.openapi.refs import Document, LeftOut, object_in, objects_in, text_in
from backend.tools.openapi.schemas import Schemas, needs_file, present_of

_FORM: Final = "application/x-www-form-urlencoded"
_PARTS: Final = "multipart/form-data"
_FILES: Final = ("application/octet-stream", "image/", "audio/", "*/*")
_MOST_JOINED: Final = 10


class Body:
    """The body of one operation: what it takes, and how that is sent. `sent` is None where there is none."""

    def __init__(self, arguments: list[Argument], sent: dict[str, Any] | None) -> None:
        self.arguments, self.sent = arguments, sent


def body_of(document: Document, schemas: Schemas, operation: dict[str, Any], lists: Iterable[Any]) -> Body:
    """What is sent as a body. Raises LeftOut for one that is needed and cannot be sent."""
    content, is_required, words = (_old if document.is_old else _new)(document, operation, lists)
    chosen = _chosen(content)
    if chosen is None:
        if is_required and content:
            kinds = ", ".join(content)[:100]
            if any(kind.startswith(_FILES) for kind in content):
                raise needs_file()
            raise LeftOut("operation_body_kind", f"It takes {kinds}, which we do not write.", kinds)
        return Body([], None)
    way, kind, media = chosen
    sent: dict[str, Any] = {"kind": way, "type": kind, "required": is_required}
    schema = media.get("schema", {})
    if way == "text":
        whole = Argument("body", "body", _described(schemas.of(schema), words), is_required)
        return Body([whole], {**sent, "whole": True})
    fields = _fields(document, schema)
    if fields is None:
        if way != "json":
            raise LeftOut("operation_body_kind", f"It takes {kind} without saying its fields.", kind)
        whole = Argument("body", "body", _described(schemas.of(schema), words), is_required)
        return Body([whole], {**sent, "whole": True})
    arguments: list[Argument] = []
    for name, (one, needed) in fields.items():
        if way == "parts" and _is_file(document, one):
            if needed:
                raise needs_file()
            continue
        arguments.append(Argument(name, "body", schemas.of(one), needed and is_required))
    return Body(arguments, {**sent, "whole": False})


def _chosen(content: dict[str, Any]) -> tuple[str, str, dict[str, Any]] | None:
    """The way of sending that we know best of those there are; its media type, and what is said of it."""
    ways: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for said, media in content.items():
        kind = said.partition(";")[0].strip().lower()
        if not kind.isascii() or not kind.isprintable():
            continue
        if kind == "application/json" or kind.endswith("+json"):
            way = "json"
        else:
            way = {_FORM: "form", _PARTS: "parts", "text/plain": "text"}.get(kind, "")
        if way and (way not in ways or kind == "application/json"):
            ways[way] = (way, kind, object_in(media))
    return next((ways[way] for way in ("json", "form", "parts", "text") if way in ways), None)


def _new(
    document: Document, operation: dict[str, Any], lists: Iterable[Any]
) -> tuple[dict[str, Any], bool, str]:
    if "requestBody" not in operation:
        return {}, False, ""
    body = document.followed(operation["requestBody"])
    words = text_in(body.get("description"))
    return object_in(body.get("content")), body.get("required") is True, words


def _old(
    document: Document, operation: dict[str, Any], lists: Iterable[Any]
) -> tuple[dict[str, Any], bool, str]:
    """The same of Swagger 2.0, where the body is a parameter, or several."""
    kinds = objects_in(operation.get("consumes", document.whole.get("consumes")))
    kinds = [one for one in kinds if isinstance(one, str)]
    fields: dict[str, Any] = {}
    required: list[str] = []
    whole: dict[str, Any] | None = None
    for said in lists:
        for one in objects_in(said):
            parameter = document.followed(one)
            if parameter.get("in") == "body":
                whole = parameter
            elif parameter.get("in") == "formData" and (name := text_in(parameter.get("name"))):
                fields[name] = {key: value for key, value in parameter.items() if key != "required"}
                required += [name] if parameter.get("required") is True else []
    if whole is not None:
        media = {"schema": whole.get("schema", {})}
        words = text_in(whole.get("description"))
        return dict.fromkeys(kinds or ["application/json"], media), whole.get("required") is True, words
    if not fields:
        return {}, False, ""
    schema = {"type": "object", "properties": fields, "required": required}
    ways = [one for one in kinds if one in (_FORM, _PARTS)] or [_FORM]
    return {kind: {"schema": schema} for kind in ways}, bool(required), ""


def _fields(document: Document, schema: Any, depth: int = 0) -> dict[str, tuple[Any, bool]] | None:
    """The fields of an object with whether each is needed; None for what is more than that.

    An object that is put together of several, as an heir is, counts as one.
    """
    said = document.follow(schema)
    if not isinstance(said, dict) or depth > _MOST_JOINED:
        return None
    if (present := present_of(said)) is not None:
        return _fields(document, present, depth + 1)
    kinds = said.get("type", "object")
    is_object = kinds == "object" or (isinstance(kinds, list) and "object" in kinds)
    is_open = said.get("additionalProperties") not in (None, False)
    if not is_object or is_open or "oneOf" in said or "anyOf" in said or "not" in said:
        return None
    found: dict[str, tuple[Any, bool]] = {}
    for one in objects_in(said.get("allOf"))[:_MOST_JOINED]:
        inherited = _fields(document, one, depth + 1)
        if inherited is None:
            return None
        found |= inherited
    own = object_in(said.get("properties"))
    found |= {
        name: (one, False)
        for name, one in own.items()
        if name and name.isprintable() and object_in(one).get("readOnly") is not True
    }
    needed = {name for name in objects_in(said.get("required")) if isinstance(name, str)}
    found = {name: (one, is_needed or name in needed) for name, (one, is_needed) in found.items()}
    return found or None


def _is_file(document: Document, schema: Any) -> bool:
    said = object_in(document.follow(schema))
    if said.get("type") == "array":
        said = object_in(document.follow(said.get("items")))
    is_binary = said.get("format") == "binary" or "contentMediaType" in said
    return said.get("type") == "file" or (is_binary and said.get("contentEncoding") is None)


def _described(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {**schema, "description": words[:1_000]} if words and "description" not in schema else schema
