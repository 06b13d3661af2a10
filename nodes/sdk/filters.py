"""The fixed list of filters that a ref may pass: each turns one JSON value into another and nothing else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodes.sdk.values import Json, to_text

MAX_RESULT: Final = 5_000_000
"""Characters one filter may give; more would let a short text grow without bound."""


class TooLong(Exception):
    """A filter would give more than MAX_RESULT characters."""


@dataclass(frozen=True)
class Filter:
    """One filter: what it does, what its arguments must be, and a line of help."""

    apply: Callable[..., Json]
    arguments: tuple[tuple[type, ...], ...] = ()
    required: int = 0
    help: str = ""


def wrong_arguments(name: str, arguments: Sequence[Json]) -> str:
    """What is wrong with the arguments of the filter `name`, in words, or nothing."""
    wanted = FILTERS[name]
    if not wanted.required <= len(arguments) <= len(wanted.arguments):
        most = len(wanted.arguments)
        count = f"{wanted.required}" if wanted.required == most else f"{wanted.required} to {most}"
        return f"{name} takes {count} values in brackets"
    for argument, kinds in zip(arguments, wanted.arguments, strict=False):
        if kinds and (isinstance(argument, bool) or not isinstance(argument, kinds)):
            return f"{name} takes {'a text in quotes' if str in kinds else 'a whole number'}"
    return ""


def _default(value: Json, instead: Json) -> Json:
    return instead if value is None or value == "" else value


def _upper(value: Json) -> Json:
    return to_text(value).upper()


def _lower(value: Json) -> Json:
    return to_text(value).lower()


def _trim(value: Json) -> Json:
    return to_text(value).strip()


def _json(value: Json) -> Json:
    return json.dumps(value, ensure_ascii=False)


def _join(value: Json, between: str = ", ") -> Json:
    if not isinstance(value, list):
        return to_text(value)
    texts = [to_text(item) for item in value]
    _bound(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _split(value: Json, between: str = ",") -> Json:
    return [part.strip() for part in to_text(value).split(between)] if between else [to_text(value)]


def _list(value: Json) -> Json:
    """The items of a list that a person typed: its lines, or where it has only one, what stands between
    commas or semicolons; without what marks them as items, such as "- " or "2. "."""
    if isinstance(value, list):
        return value
    text = to_text(value).strip()
    parts = text.splitlines() if "\n" in text else _BETWEEN_ITEMS.split(text)
    items = [_ITEM_MARK.sub("", part.strip(), count=1).strip() for part in parts]
    return [item for item in items if item]


_BETWEEN_ITEMS = re.compile(r"[,;，；、]")
_ITEM_MARK = re.compile(r"^(?:(?:[-*•·]|\d{1,4}[.)、])(?:\s+|$)|\d{1,4}、)")


def _flatten(value: Json) -> Json:
    """The items of the lists in a list, one level deep; what is no list stays as it is."""
    if not isinstance(value, list):
        return value
    return [inner for item in value for inner in (item if isinstance(item, list) else [item])]


def _length(value: Json) -> Json:
    return len(value) if isinstance(value, (list, dict)) else len(to_text(value))


def _first(value: Json) -> Json:
    if isinstance(value, list):
        return value[0] if value else None
    return to_text(value)[:1]


def _last(value: Json) -> Json:
    if isinstance(value, list):
        return value[-1] if value else None
    return to_text(value)[-1:]


def _truncate(value: Json, length: int, end: str = "…") -> Json:
    text = to_text(value)
    keep = max(length, 0)
    return text if len(text) <= keep else text[: max(keep - len(end), 0)] + end[:keep]


_NUMBER = re.compile(r"[+-]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})([eE][+-]?\d{1,3})?\Z")


def _number(value: Json) -> Json:
    """The number that a text spells, None for anything else."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    text = to_text(value).strip()
    if not _NUMBER.match(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text) else number


def _round(value: Json, digits: int = 0) -> Json:
    number = _number(value)
    if not isinstance(number, (int, float)):
        return None
    rounded = round(number, max(-15, min(15, digits)))
    return int(rounded) if digits <= 0 else rounded


def _replace(value: Json, old: str, new: str) -> Json:
    text = to_text(value)
    if not old:
        return text
    _bound(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _bound(length: int) -> None:
    if length > MAX_RESULT:
        raise TooLong


_TEXT: tuple[type, ...] = (str,)
_WHOLE: tuple[type, ...] = (int,)
_ANY: tuple[type, ...] = ()

FILTERS: Final[dict[str, Filter]] = {
    "default": Filter(_default, (_ANY,), 1, "If empty, use this instead."),
    "upper": Filter(_upper, help="In capital letters."),
    "lower": Filter(_lower, help="In small letters."),
    "trim": Filter(_trim, help="Without spaces around it."),
    "json": Filter(_json, help="As JSON."),
    "join": Filter(_join, (_TEXT,), 0, "A list as one text, with this between its items."),
    "split": Filter(_split, (_TEXT,), 0, "A text as a list, cut at this."),
    "list": Filter(_list, help="A text as a list: its lines, or what stands between commas."),
    "flatten": Filter(_flatten, help="A list of lists as one list."),
    "length": Filter(_length, help="How many characters, items or fields."),
    "first": Filter(_first, help="The first item, or the first character."),
    "last": Filter(_last, help="The last item, or the last character."),
    "truncate": Filter(_truncate, (_WHOLE, _TEXT), 1, "At most so many characters."),
    "number": Filter(_number, help="The number that a text spells."),
    "round": Filter(_round, (_WHOLE,), 0, "Rounded to so many decimals."),
    "replace": Filter(_replace, (_TEXT, _TEXT), 2, "With each first text replaced by the second."),
}


def apply_filter(name: str, value: Json, arguments: Sequence[Any]) -> Json:
    """`value` after the filter. Raises TooLong when the result would outgrow its bound."""
    result = FILTERS[name].apply(value, *arguments)
    if isinstance(result, str):
        _bound(len(result))
    return result
