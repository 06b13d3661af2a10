"""What a web service answered: read as text and data, or turned into an error with a stable code."""

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any

from nodes.sdk import HttpResponse, Json, NodeError
from nodes.sdk.graph import Ref
from nodes.sdk.resolve import look_up
from nodes.sdk.strict import MAX_INTEGER
from nodes.sdk.templates import Expression, TemplateError, parse_template

MAX_DEPTH = 32
HEADERS = frozenset(
    {"content-type", "date", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"}
)
"""What of the headers is kept: nothing that may hold a key, such as a cookie."""

_SAID = 300  # characters of an error's own words
_HINTS: Mapping[str, str] = {
    "http_400": "Look at what the step sends, and at what the service expects.",
    "http_401": "Choose a secret in the step, or replace the key that it holds.",
    "http_403": "Check at the service what the key may do.",
    "http_404": "Check the address and the information in it, or connect the step's way out for errors.",
    "http_409": "Look at the service whether it was done before.",
    "http_422": "Look at what the step sends, and at what the service expects.",
    "http_429": "Wait a little, or ask less often.",
    "http_4xx": "Look at what the service expects.",
    "http_5xx": "Try again later, or ask those who run the service.",
}
# Of host names and of program text. A megabyte as punycode would keep a worker busy for an hour.
_NOT_OF_PAGES = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})
_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


class NotData(ValueError):
    """A text that is not JSON, or holds what cannot be kept."""


def text_of(response: HttpResponse) -> str:
    """The body as text, without what cannot be kept."""
    named = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        text = response.body.decode(_encoding(named[1] if named else "utf-8"), "replace")
    except LookupError:
        text = response.body.decode("utf-8", "replace")
    return _whole(text.removeprefix("\ufeff"))


def _encoding(name: str) -> str:
    """The encoding that a service names. Raises LookupError for what no page is written in."""
    found = codecs.lookup(name).name
    if found in _NOT_OF_PAGES:
        raise LookupError(name)
    return found


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
        name.lower(): _whole(value)
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


def require_success(response: HttpResponse, host: str) -> None:
    """Raises NodeError, with a code such as http_404, unless the service was content."""
    status = response.status
    if status < 400:
        return
    code = f"http_{status}"
    if code not in _HINTS:
        code = "http_5xx" if status >= 500 else "http_4xx"
    said = " ".join(text_of(response).split())
    said = said if len(said) <= _SAID else said[: _SAID - 1] + "…"
    raise NodeError(
        code,
        f"{host} answered {status}" + (f": {said}" if said else "."),
        _HINTS[code],
        retry=status in (408, 425, 429) or status >= 500,
        retry_after_s=_seconds(response.headers.get("retry-after", "")),
    )


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,6}", text.strip()) else None


def _whole(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()


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
        return _whole(value)
    if isinstance(value, (list, dict)) and depth >= MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _plain(item, depth + 1) for key, item in value.items()}
    return value
