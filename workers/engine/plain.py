"""Plain JSON: the only kind of value that enters a journal."""

from math import isfinite
from typing import Any, Final, cast

MAX_DEPTH: Final = 64
MAX_CHARACTERS: Final = 10_000_000
_MAX_BITS: Final = 1024  # whole numbers beyond this cannot be a JSON number anywhere
_TOO_LARGE_A_NUMBER: Final = "it has a number that is too large"
_MOST_NAMES: Final = 4_096

_names: set[str] = set()
"""Short names of fields that were found to be whole: most are the same again and again."""


class NotPlain(Exception):
    """A value that JSON, the database or a browser would not keep as it is. The message says why."""


def check_plain(value: object) -> int:
    """How large `value` is, in characters and items. Raises NotPlain unless it is JSON in Python's own
    types: finite, whole text, of bounded size."""
    return 0 if value is None else _check(value, 0, 0)


def clean_text(text: str, limit: int = 2_000) -> str:
    """`text` without what a database refuses, and not longer than `limit`."""
    if "\0" in text or not _is_whole(text):
        text = text.replace("\0", "").encode(errors="replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _check(value: object, depth: int, size: int) -> int:
    kind: type[object] = type(value)
    if kind is int:
        if cast(int, value).bit_length() > _MAX_BITS:
            raise NotPlain(_TOO_LARGE_A_NUMBER)
        return size
    if kind is str:
        text = cast(str, value)
        if not text.isascii() or "\0" in text:
            _check_text(text)
        size += len(text)
    elif kind is dict:
        if depth >= MAX_DEPTH:
            raise _too_deep()
        for name, item in cast("dict[Any, Any]", value).items():
            if type(name) is not str or name not in _names:
                _check_name(name)
            size += len(name)
            # What is no container is spared a call where it can be: loops check such by the thousand.
            kind = type(item)  # pyright: ignore[reportUnknownVariableType]
            if kind is str:
                if not item.isascii() or "\0" in item:
                    _check_text(item)
                size += len(item)
            elif kind is int:
                if item.bit_length() > _MAX_BITS:
                    raise NotPlain(_TOO_LARGE_A_NUMBER)
            elif item is not None and kind is not bool:
                size = _check(item, depth + 1, size)
    elif kind is list:
        if depth >= MAX_DEPTH:
            raise _too_deep()
        for item in cast("list[Any]", value):
            size += 1
            if item is not None and type(item) is not bool:
                size = _check(item, depth + 1, size)
    elif kind is float:
        if not isfinite(cast(float, value)):
            raise NotPlain("it has a number that is not finite")
    elif value is not None and kind is not bool:
        raise NotPlain(f"it has a value of the kind {kind.__name__!r}, which is not JSON")
    if size > MAX_CHARACTERS:
        raise NotPlain(f"it is larger than {MAX_CHARACTERS:,} characters")
    return size


def _too_deep() -> NotPlain:
    return NotPlain(f"it is nested more than {MAX_DEPTH} levels deep")


def _check_name(name: Any) -> None:
    if type(name) is not str:
        raise NotPlain(f"it has the name {name!r}, which is not a text")
    _check_text(name)
    if len(name) <= 64 and len(_names) < _MOST_NAMES:
        _names.add(name)


def _check_text(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise NotPlain(f"it is larger than {MAX_CHARACTERS:,} characters")
    if "\0" in text:
        raise NotPlain("it has a text with a NUL character")
    if not _is_whole(text):
        raise NotPlain("it has a text with half a character")


def _is_whole(text: str) -> bool:
    if text.isascii():  # known without looking at the characters
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
