"""Reads JSON from strangers: everything that would only fail later, deeper, as a 500, is refused here.

Python's own parser accepts NaN, lone surrogates and repeated keys, and answers deep nesting with a
RecursionError. PostgreSQL refuses NUL and surrogates only when the row is saved.
"""

import json
import math
import re
from typing import Any, TypeAlias

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from backend.accounts.errors import ApiError

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 64

# The closing quote is optional, so that every attempt to match a string succeeds: linear, whatever comes.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def parse_json(raw: bytes) -> Json:
    """The value that `raw` says. Raises ApiError (400 or 413) with a code per reason."""
    if len(raw) > MAX_BYTES:
        raise too_large()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ApiError(400, "bad_encoding", "The text sent is not valid UTF-8.") from error
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ApiError(
            400, "bad_json", f"The data sent is not valid JSON: {error.msg} at {where}."
        ) from error
    except ValueError as error:  # an integer of more digits than Python is willing to read
        raise ApiError(400, "bad_number", "A number in the data is too long.") from error
    if _SUSPECT_ESCAPE.search(text):
        _check_strings(value)
    return value


def read_json(request: HttpRequest) -> Json:
    """The JSON body of `request`, for plain views. An empty body reads as {}."""
    content_type = request.content_type or ""
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise too_large() from error
    if not raw:
        return {}
    # A form on another site can send text/plain or a form, never application/json without asking first.
    if content_type != "application/json":
        raise not_json(content_type)
    return parse_json(raw)


def read_object(request: HttpRequest, fields: frozenset[str] | set[str]) -> dict[str, Json]:
    """The JSON object in the body of `request`, in which only `fields` may stand."""
    value = read_json(request)
    if not isinstance(value, dict):
        raise ApiError(400, "not_an_object", "The data sent must be a JSON object.")
    for name in value:
        if name not in fields:
            raise unknown_field(name)
    return value


def unknown_field(name: str) -> ApiError:
    """The refusal of a field that nothing here reads: a slip of the pen, or an attempt at more."""
    shown = name[:80]
    return ApiError(
        400,
        "unknown_field",
        f"The field {shown!r} is not known here.",
        hint="Leave it away, or check its spelling.",
        field=shown,
    )


def not_json(content_type: str) -> ApiError:
    """The refusal of data that is not said to be JSON."""
    return ApiError(
        415,
        "not_json",
        f"The data was sent as {content_type or 'nothing in particular'}.",
        hint="Send it with the header Content-Type: application/json.",
    )


def too_large(most: int = MAX_BYTES) -> ApiError:
    """The refusal of a body of more than `most` bytes."""
    return ApiError(413, "too_large", f"More than {most // 2**20} MB were sent, which is the limit.")


def _check_depth(text: str) -> None:
    depth = 0
    for match in _TOKENS.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ApiError(400, "too_deep", f"The data is nested more than {MAX_DEPTH} levels deep.")
        elif found in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ApiError(400, "duplicate_key", f"The field {twice[:80]!r} is given twice.", field=twice[:80])
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ApiError(400, "bad_number", f"The number {text[:40]} is too large.")
    return number


def _refuse_constant(text: str) -> float:
    raise ApiError(400, "bad_number", f"{text} is not a number that JSON knows.")


def _check_strings(value: Json) -> None:
    """Walks with a list of its own, not by recursion."""
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            if "\0" in item:
                raise ApiError(400, "bad_text", "A text in the data holds the character NUL.")
            if any("\ud800" <= c <= "\udfff" for c in item):
                raise ApiError(
                    400, "bad_text", "A text in the data holds half a character (a lone surrogate)."
                )
