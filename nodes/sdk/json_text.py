"""Texts that hold data: JSON read so that every value can be kept, also from amid other words."""

from __future__ import annotations

import json
import re
from typing import Any, Final, cast

from nodes.sdk.strict import MAX_INTEGER
from nodes.sdk.values import Json
from nodes.sdk.web_answers import whole

MAX_DEPTH: Final = 32
_FENCED: Final = re.compile(r"```[a-zA-Z0-9]*[ \t]*\n(.*?)```", re.DOTALL)
_OPENS: Final = re.compile(r"[\[{]")
_MOST_TRIES: Final = 20


class NotData(ValueError):
    """A text that is not JSON, or holds what cannot be kept."""


def data_of(text: str, max_depth: int = MAX_DEPTH) -> Json:
    """The JSON value that `text` holds. Whole numbers that a browser cannot keep exactly become texts."""
    try:
        return _plain(_DECODER.decode(text), 0, max_depth)
    except (ValueError, RecursionError) as error:
        raise NotData(str(error)) from None


def data_in(text: str) -> Json:
    """The same; where `text` has other words around the data, what stands between ``` and ```, else the
    first object or list in it. Raises NotData."""
    try:
        return data_of(text)
    except NotData as error:
        fault = error
    fenced = _FENCED.search(text)
    if fenced is not None:
        return data_of(fenced[1])
    for tries, opens in enumerate(_OPENS.finditer(text)):
        if tries == _MOST_TRIES:
            break
        try:
            return _plain(_DECODER.raw_decode(text, opens.start())[0], 0)
        except (ValueError, RecursionError):
            continue
    raise fault


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _integer(digits: str) -> Any:
    if len(digits) > 400:
        return digits
    number = int(digits)
    return number if abs(number) <= MAX_INTEGER else digits


def _number(digits: str) -> Any:
    number = float(digits)
    return digits if number in (float("inf"), float("-inf")) else number


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=_integer, parse_float=_number)


def _plain(value: Any, depth: int, max_depth: int = MAX_DEPTH) -> Json:
    """`value` with every text whole. Raises ValueError when it is nested too deep."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, (list, dict)) and depth >= max_depth:
        raise ValueError(f"nested more than {max_depth} levels deep")
    if isinstance(value, list):
        return [_plain(item, depth + 1, max_depth) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {
            whole(key): _plain(item, depth + 1, max_depth)
            for key, item in cast("dict[str, Any]", value).items()
        }
    return value
