"""What a web service answered, read as data, and what of it later steps may use."""

import json
from typing import Any

from nodes.sdk import HttpResponse, Json, NodeError
from nodes.sdk.graph import Ref
from nodes.sdk.resolve import look_up
from nodes.sdk.strict import MAX_INTEGER
from nodes.sdk.templates import Expression, TemplateError, parse_template
from nodes.sdk.web_answers import whole

MAX_DEPTH = 32
HEADERS = frozenset(
    {"content-type", "date", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"}
)
"""What of the headers is kept: nothing that may hold a key, such as a cookie."""


class NotData(ValueError):
    """A text that is not JSON, or holds what cannot be kept."""


def data_of(text: str) -> Json:
    """The JSON value that `text` holds. Whole numbers that a browser cannot keep exactly become texts."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer, parse_float=_number)
        return _plain(value, 0)
    except (ValueError, RecursionError) as error:
        raise NotData(str(error)) from None


def is_json(response: HttpResponse) -> bool:
    """Whether the service says that it answers with JSON."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


def kept_headers(response: HttpResponse) -> dict[str, str]:
    """The headers that later steps may use, by their names in small letters."""
    return {
        name.lower(): whole(value)
        for name, value in response.headers.items()
        if name.lower() in HEADERS or name.lower().startswith(("x-ratelimit", "ratelimit"))
    }


def pick_part(data: Json, path: str) -> Json:
    """The part of `data` at a path such as `orders[0].status`. Raises NodeError answer_part_missing."""
    value = look_up(part_ref(path), {"it": data})
    if value is None:
        raise NodeError(
            "answer_part_missing",
            f"The answer of the web service has no {path!r}.",
            "Look at the answer in the step's last result, and correct the part to pick.",
        )
    return value


def part_ref(path: str) -> Ref:
    """`path` as a ref into `it`. Raises TemplateError for what is no path."""
    path = path.strip()
    pieces = parse_template(f"{{{{ it{'' if path.startswith('[') else '.'}{path} }}}}")
    part = pieces[0]
    if len(pieces) != 1 or not isinstance(part, Expression) or part.ref is None or part.filters:
        raise TemplateError("This is not a part of an answer.", 0)
    return part.ref


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


def _plain(value: Any, depth: int) -> Json:
    """`value` with every text whole. Raises ValueError when it is nested too deep."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, (list, dict)) and depth >= MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {whole(key): _plain(item, depth + 1) for key, item in value.items()}
    return value
