"""Reads JSON strictly: each function returns what it names, or raises GraphError saying where it fails."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final, cast

from nodes.sdk.values import Json

MAX_CONFIG_DEPTH: Final = 32
MAX_TEXT_BYTES: Final = 256 * 1024
MAX_TITLE: Final = 200
MAX_INTEGER: Final = 2**53 - 1  # what a browser keeps exactly

NODE_ID = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")
PORT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}\Z")


class GraphError(Exception):
    """A graph that cannot be read or drawn. `field` is where, such as `nodes[3].config.text`."""

    def __init__(self, code: str, message: str, hint: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field


def check_plain_json(value: Json, at: str, max_depth: int = MAX_CONFIG_DEPTH) -> None:
    """Refuses what JSON, a database or a browser would not keep exactly: NaN, NUL, lone surrogates, giants.

    Walks with its own stack, so that depth cannot exhaust Python's.
    """
    todo: list[tuple[Any, str, int]] = [(value, at, 0)]
    while todo:
        here, where, depth = todo.pop()
        if isinstance(here, str):
            check_text(here, where)
        elif here is None or isinstance(here, bool):
            continue
        elif isinstance(here, (int, float)):
            check_number(here, where)
        elif depth >= max_depth:
            raise GraphError("too_deep", f"{where} is nested more than {max_depth} levels deep.", field=where)
        elif isinstance(here, list):
            todo += [(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(cast("list[Any]", here))]
        elif isinstance(here, dict):
            for key, item in cast("dict[Any, Any]", here).items():
                if not isinstance(key, str):
                    raise GraphError("wrong_type", f"{where} has a name that is not a text.", field=where)
                check_text(key, where)
                todo.append((item, f"{where}.{shorten(key)}", depth + 1))
        else:
            raise GraphError("wrong_type", f"{where} is not a JSON value.", field=where)


def check_number(number: int | float, where: str) -> None:
    if isinstance(number, float) and not math.isfinite(number):
        raise GraphError("not_finite", f"{where} is not a finite number.", field=where)
    if isinstance(number, int) and abs(number) > MAX_INTEGER:
        raise GraphError("number_too_large", f"{where} is a whole number above {MAX_INTEGER}.", field=where)


def check_text(text: str, where: str) -> None:
    if len(text) > MAX_TEXT_BYTES:
        raise GraphError("text_too_long", f"{where} is longer than {MAX_TEXT_BYTES // 1024} kB.", field=where)
    if "\0" in text:
        raise GraphError("bad_text", f"{where} contains a NUL character.", "Remove it.", field=where)
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise GraphError(
            "bad_text", f"{where} contains half a character.", "Type the text again.", field=where
        ) from None
    if size_bytes > MAX_TEXT_BYTES:
        raise GraphError("text_too_long", f"{where} is longer than {MAX_TEXT_BYTES // 1024} kB.", field=where)


def shorten(name: object) -> str:
    text = str(name)
    return "".join(c if c.isprintable() else "?" for c in (text if len(text) <= 60 else text[:57] + "…"))


def read_object(value: Json, at: str, known: frozenset[str], required: Iterable[str] = ()) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise wrong_type(at, "an object")
    for name in cast("dict[Any, Json]", value):
        if name not in known:
            raise GraphError(
                "unknown_field",
                f"{at} has a field {shorten(name)!r} that does not belong there.",
                f"Fields are: {', '.join(sorted(known))}.",
                at,
            )
    for name in required:
        if name not in value:
            raise GraphError("missing_field", f"{at} has no {name!r}.", f"Add {name!r}.", at)
    return value


def read_list(value: Json, at: str) -> list[Json]:
    if not isinstance(value, list):
        raise wrong_type(at, "a list")
    return value


def read_name(value: Json, at: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str):
        raise wrong_type(at, "a text")
    if not pattern.match(value):
        first = "a small letter" if pattern is NODE_ID else "a letter"
        rest = "small letters, digits and _" if pattern is NODE_ID else "letters, digits, _ and -"
        raise GraphError(
            "bad_name",
            f"{at} is {shorten(value)!r}, which cannot be used as a name.",
            f"Begin with {first}, go on with {rest}, 50 characters at most.",
            at,
        )
    return value


def read_title(value: Json, at: str) -> str:
    if not isinstance(value, str):
        raise wrong_type(at, "a text")
    check_text(value, at)
    if len(value) > MAX_TITLE:
        raise GraphError("text_too_long", f"{at} is longer than {MAX_TITLE} characters.", field=at)
    return value


def read_whole(value: Json, at: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(at, "a whole number")
    if not low <= value <= high:
        raise GraphError("out_of_range", f"{at} must lie between {low} and {high:,}.", field=at)
    return value


def read_number(value: Json, at: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(at, "a number")
    if not low <= value <= high:  # also false for NaN
        raise GraphError("out_of_range", f"{at} must lie between {low:g} and {high:g}.", field=at)
    return value


def wrong_type(at: str, wanted: str) -> GraphError:
    return GraphError("wrong_type", f"{at} must be {wanted}.", field=at)
