"""The kinds of information an app remembers, and how a value is brought to its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast, get_args

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import apply_filter
from nodes.sdk.values import Json

Kind = Literal[
    "text", "number", "boolean", "object", "list", "list_text", "list_number", "list_object", "any"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KIND_WORDS: Final[Mapping[str, str]] = {
    "text": "a text",
    "number": "a number",
    "boolean": "yes or no",
    "object": "an object",
    "list": "a list",
    "list_text": "a list of texts",
    "list_number": "a list of numbers",
    "list_object": "a list of objects",
}

_JSON_TYPES: Final[Mapping[str, str]] = {
    "text": "string",
    "number": "number",
    "boolean": "boolean",
    "object": "object",
}
_EMPTY: Final[Mapping[str, Json]] = {"text": "", "number": 0, "boolean": False, "any": None}


def empty_of(kind: str) -> Json:
    """Nothing of that kind; a fresh one, for lists and objects."""
    if kind in _EMPTY:
        return _EMPTY[kind]
    return dict[str, Json]() if kind == "object" else list[Json]()


def begins_with(value: Json, kind: str) -> Json:
    """What information of that kind begins with where `value` was given for it; nothing of it, if nothing
    was. Raises NodeError("bad_variable")."""
    is_left_empty = value is None or (value == "" and kind != "any")
    return empty_of(kind) if is_left_empty else as_kind(value, kind)


def kind_schema(kind: str, title: str) -> dict[str, Any]:
    """The JSON Schema of values of that kind."""
    if kind.startswith("list"):
        inner = kind.removeprefix("list").removeprefix("_")
        items = {"items": {"type": _JSON_TYPES[inner]}} if inner else {}
        return {"type": "array", "title": title, **items}
    return {"title": title} if kind == "any" else {"type": _JSON_TYPES[kind], "title": title}


def as_kind(value: Json, kind: str) -> Json:
    """`value` as a value of that kind. Raises NodeError("bad_variable") where it is none.

    Numbers and yes or no become texts, and texts that say a number or yes or no become those: what fills a
    field is often text. Nothing else is turned into something else.
    """
    if kind == "any":
        return value
    if kind.startswith("list"):
        if not isinstance(value, list):
            raise _unfit(value, kind)
        inner = kind.removeprefix("list").removeprefix("_")
        return [_item(item, inner, kind) for item in value] if inner else value
    if kind == "object" and isinstance(value, dict):
        return value
    if kind == "text" and not isinstance(value, (list, dict)):
        return value if isinstance(value, str) else _written(value)
    if kind == "boolean" and (isinstance(value, bool) or value in ("true", "false")):
        return value is True or value == "true"
    if kind == "number" and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        number = value if not isinstance(value, str) else _number(value)
        if number is not None:
            return number
    raise _unfit(value, kind)


def as_kind_or(value: Json, kind: str, otherwise: Json) -> Json:
    """The same; `otherwise` where it is none: a newer version may keep another kind under an old name."""
    try:
        return as_kind(value, kind)
    except NodeError:
        return otherwise


def _item(item: Json, kind: str, whole: str) -> Json:
    try:
        return as_kind(item, kind)
    except NodeError:
        raise NodeError(
            "bad_variable",
            f"The information to remember is {KIND_WORDS[whole]}, but one of the items is {_kind(item)}.",
            "Change what is given, or the kind of the information.",
        ) from None


def _number(text: str) -> int | float | None:
    number = apply_filter("number", text, ()) if text.strip() else None
    return cast("int | float | None", number)


def _written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Json) -> str:
    if value is None:
        return "empty"
    words: dict[type, str] = {str: "a text", bool: "yes or no", list: "a list", dict: "an object"}
    return words.get(type(value), "a number")


def _unfit(value: Json, kind: str) -> NodeError:
    return NodeError(
        "bad_variable",
        f"The information to remember is {KIND_WORDS[kind]}, but what was given is {_kind(value)}.",
        "Change what is given, or the kind of the information.",
    )
