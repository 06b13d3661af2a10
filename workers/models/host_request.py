"""OpenAI's chat request, checked value by value, as a Job for the runtime."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, cast

from nodes.sdk.models import ChatMessage, Role
from nodes.sdk.values import Json
from workers.models.runtime import Job, Refused
from workers.models.schema_limits import bounded

MAX_BODY_BYTES = 2_000_000
DEFAULT_MAX_TOKENS = 512
_MAX_DEPTH = 64
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_IGNORED = frozenset({"user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier"})
_NUMBERS: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "repeat_penalty": (0.5, 2),
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
}


class BadParameter(Exception):
    """A request that is refused with 400; `param` names what is wrong."""

    def __init__(self, param: str | None, message: str, code: str = "bad_parameter") -> None:
        super().__init__(message)
        self.param, self.message, self.code = param, message, code


@dataclass(frozen=True)
class Ask:
    """A job and how its answer goes back. `tells_place`: who waits hears how many are before it."""

    job: Job
    stream: bool
    include_usage: bool
    tells_place: bool


def read_ask(body: bytes, *, context: int) -> Ask:
    """Raises BadParameter naming the first parameter that is missing, unknown, mistyped or out of range."""
    fields = _read_json(body)
    known = {
        "model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "top_k",
        "seed", "stop", "response_format", "n", *_NUMBERS, *_IGNORED,
    }  # fmt: skip
    for name, value in fields.items():
        if name not in known and value is not None:
            raise BadParameter(name, f"The parameter {name!r} is not supported.", "unsupported_parameter")
    given = {name: value for name, value in fields.items() if value is not None}
    if given.get("n", 1) != 1 or isinstance(given.get("n"), bool):
        raise BadParameter("n", "'n' can only be 1.")
    if not isinstance(given.get("model", ""), str):
        raise BadParameter("model", "'model' must be a text.")
    options = given.get("stream_options", {})
    if not isinstance(options, dict):
        raise BadParameter("stream_options", "'stream_options' must be an object.")
    schema, any_json = _response_format(given.get("response_format"))
    numbers = {name: _number(given, name, *limits) for name, limits in _NUMBERS.items()}
    tokens = "max_completion_tokens" if "max_completion_tokens" in given else "max_tokens"
    job = Job(
        messages=_messages(given.get("messages")),
        max_tokens=_integer(given, tokens, 1, context) or min(DEFAULT_MAX_TOKENS, context),
        top_k=_integer(given, "top_k", 0, 1_000),
        seed=_integer(given, "seed", -(2**63), 2**64 - 1),
        stop=_stop(given.get("stop")),
        schema=schema,
        json=any_json,
        **numbers,
    )
    stream = _flag(given, "stream", "stream")
    includes_usage, includes_place = (
        _flag(options, name, "stream_options") for name in ("include_usage", "include_place")
    )
    return Ask(job, stream, includes_usage, stream and includes_place)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
        if _depth(text) > _MAX_DEPTH:
            raise ValueError
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be written
    except (ValueError, RecursionError):
        raise BadParameter(None, "The body is not valid JSON.", "bad_json") from None
    if not isinstance(value, dict):
        raise BadParameter(None, "The body must be a JSON object.", "bad_json")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _depth(text: str) -> int:
    """How deep the brackets outside of texts are nested."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_TEXT.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _messages(value: Json) -> tuple[ChatMessage, ...]:
    if not isinstance(value, list) or not value:
        raise BadParameter("messages", "'messages' must be a list with at least one message.")
    if len(value) > 1_000:
        raise BadParameter("messages", "'messages' has more than 1,000 entries.")
    return tuple(_message(entry, f"messages[{index}]") for index, entry in enumerate(value))


def _message(value: Json, at: str) -> ChatMessage:
    if not isinstance(value, dict):
        raise BadParameter(at, f"{at} must be an object.")
    role = value.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise BadParameter(f"{at}.role", f"{at}.role must be system, user or assistant.")
    content = value.get("content")
    if isinstance(content, list):
        parts = [part if isinstance(part, dict) else {} for part in content]
        if any(part.get("type") == "image_url" for part in parts):
            raise BadParameter(f"{at}.content", "This model cannot look at pictures.", "model_cannot_see")
        if not all(part.get("type") == "text" and isinstance(part.get("text"), str) for part in parts):
            raise BadParameter(f"{at}.content", f"{at}.content may hold text only.")
        content = "".join(str(part["text"]) for part in parts)
    if not isinstance(content, str):
        raise BadParameter(f"{at}.content", f"{at}.content must be a text.")
    return ChatMessage(_ROLES[role], content)


def _response_format(value: Json) -> tuple[dict[str, Json] | None, bool]:
    if value is None:
        return None, False
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "text":
        return None, False
    if kind == "json_object":
        return None, True
    if kind != "json_schema":
        raise BadParameter(
            "response_format", "'response_format.type' must be text, json_object or json_schema."
        )
    outer = cast("dict[str, Json]", value).get("json_schema")
    try:
        return bounded(outer.get("schema") if isinstance(outer, dict) else None), False
    except Refused as refused:
        raise BadParameter("response_format", refused.message, refused.code) from None


def _stop(value: Json) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if texts is None:
        return ()
    if not isinstance(texts, list) or len(texts) > 8:
        raise BadParameter("stop", "'stop' must be a text or a list of at most 8 texts.")
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts):
        raise BadParameter("stop", "Each text in 'stop' must have 1 to 200 characters.")
    return tuple(cast("list[str]", texts))


def _number(fields: dict[str, Any], name: str, low: float, high: float) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadParameter(name, f"{name!r} must be a number from {low:g} to {high:g}.")
    return float(value) if math.isfinite(value) else None


def _integer(fields: dict[str, Any], name: str, low: int, high: int) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadParameter(name, f"{name!r} must be a whole number from {low} to {high}.")
    return value


def _flag(fields: dict[str, Any], name: str, param: str) -> bool:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadParameter(param, f"{name!r} must be true or false.")
    return bool(value)
