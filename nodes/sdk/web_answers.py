"""What a web service answered: read as text, or turned into an error with a stable code."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse
from nodes.sdk.parts import part_of
from nodes.sdk.values import Json

HEADERS: Final = frozenset(
    {"content-type", "date", "etag", "last-modified", "link", "location", "retry-after", "x-request-id"}
)
"""What of the headers is kept: nothing that may hold a key, such as a cookie."""

_SAID: Final = 300  # characters of an error's own words
_HINTS: Final[Mapping[str, str]] = {
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


def text_of(response: HttpResponse) -> str:
    """The body as text, without what cannot be kept."""
    named = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        text = response.body.decode(_encoding(named[1] if named else "utf-8"), "replace")
    except LookupError:
        text = response.body.decode("utf-8", "replace")
    return whole(text.removeprefix("\ufeff"))


def _encoding(name: str) -> str:
    """The encoding that a service names. Raises LookupError for what no page is written in."""
    found = codecs.lookup(name).name
    if found in _NOT_OF_PAGES:
        raise LookupError(name)
    return found


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


def whole(text: str) -> str:
    """`text` without what cannot be kept."""
    return text.replace("\0", "").encode(errors="replace").decode()


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
    value = part_of(data, path)
    if value is None:
        raise NodeError(
            "answer_part_missing",
            f"The answer of the web service has no {path!r}.",
            "Look at the answer in the step's last result, and correct the part to pick.",
        )
    return value
