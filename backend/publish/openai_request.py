"""OpenAI's chat completion requests, read as a question to an app.

Pure: no request, no database. What an app cannot honour is refused by name; silently dropping a
parameter would change answers without anybody noticing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.publish.refusals import LONGEST_QUERY, bad_field, query_too_long
from nodes.sdk import Json

LONGEST_HISTORY = 256_000
MOST_MESSAGES = 500

_READ = {"model", "messages", "stream", "stream_options"}
# They ask for nothing that could change the answer.
_HARMLESS = {"user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier"}
# Values that say what an app does anyway.
_ALREADY_SO: dict[str, tuple[Json, ...]] = {
    "n": (1,),
    "store": (False,),
    "logprobs": (False,),
    "modalities": (["text"],),
    "response_format": ({"type": "text"},),
}
_SETTINGS = """temperature top_p max_tokens max_completion_tokens seed stop presence_penalty frequency_penalty
    logit_bias reasoning_effort verbosity web_search_options response_format moderation
    prompt_cache_options prompt_cache_retention"""
_FEATURES = """tools tool_choice functions function_call parallel_tool_calls n logprobs top_logprobs
    modalities audio prediction store"""
_UNSUPPORTED = {
    **dict.fromkeys(_SETTINGS.split(), "This is set in the app by its owner. Leave it out of the request."),
    **dict.fromkeys(_FEATURES.split(), "Apps answer with one text. Leave it out of the request."),
}
# Clients send a whole earlier answer back as history; these fields come with it, empty.
_EMPTY_IN_MESSAGE = {"refusal", "annotations", "audio", "function_call", "tool_calls", "name"}


@dataclass(frozen=True)
class Question:
    """What one completion request asks of an app."""

    model: str
    query: str
    history: tuple[Mapping[str, str], ...]  # {"role", "content"}; before the query
    stream: bool = False
    include_usage: bool = False


def read_request(body: Mapping[str, Json], *, allow_system: bool) -> Question:
    """The question in `body`. Raises ApiError that names the parameter at fault."""
    _refuse_unsupported(body)
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_field("model", "`model` is missing.", "Give the name of the app, as in GET /v1/models.")
    stream = _flag(body.get("stream"), "stream")
    messages = _read_messages(body.get("messages"), allow_system)
    if messages[-1]["role"] != "user":
        raise bad_field("messages", "The last message must come from the user: it is the question.")
    query = messages[-1]["content"]
    if not query.strip():
        raise bad_field("messages", "The last message is empty, so there is nothing to answer.")
    if len(query) > LONGEST_QUERY:
        raise query_too_long(len(query), "messages")
    history = tuple(messages[:-1])
    if sum(len(m["content"]) for m in history) > LONGEST_HISTORY:
        raise bad_field(
            "messages",
            f"The earlier messages have more than {LONGEST_HISTORY:,} characters together.",
            "Leave the oldest ones out.",
            "history_too_long",
        )
    include_usage = _read_stream_options(body.get("stream_options"), stream)
    return Question(model, query, history, stream, include_usage)


def _refuse_unsupported(body: Mapping[str, Json]) -> None:
    for name, value in body.items():
        if name in _READ or name in _HARMLESS or (value is None and name in _UNSUPPORTED):
            continue
        if any(type(value) is type(fine) and value == fine for fine in _ALREADY_SO.get(name, ())):
            continue
        if name in _UNSUPPORTED:
            raise bad_field(
                name, f"Apps do not support `{name}`.", _UNSUPPORTED[name], "unsupported_parameter"
            )
        raise bad_field(name, f"There is no parameter `{name}`.", "Leave it out.", "unknown_parameter")


def _flag(value: Json, name: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise bad_field(name, f"`{name}` must be true or false.")


def _read_stream_options(value: Json, stream: bool) -> bool:
    if value is None:
        return False
    if not isinstance(value, dict):
        raise bad_field("stream_options", "`stream_options` must be an object.")
    if not stream:
        raise bad_field("stream_options", "`stream_options` goes with `stream: true` only.")
    # Obfuscation pads chunks with noise; there is none here, so both answers to it are fine.
    unknown = set(value) - {"include_usage", "include_obfuscation"}
    if unknown:
        name = f"stream_options.{min(unknown)}"
        raise bad_field(name, f"There is no parameter `{name}`.", "Leave it out.", "unknown_parameter")
    return _flag(value.get("include_usage"), "stream_options.include_usage")


def _read_messages(value: Json, allow_system: bool) -> list[Mapping[str, str]]:
    if not isinstance(value, list) or not value:
        raise bad_field("messages", "`messages` must be a list with at least one message.")
    if len(value) > MOST_MESSAGES:
        raise bad_field(
            "messages",
            f"There are {len(value):,} messages; {MOST_MESSAGES:,} are allowed.",
            code="history_too_long",
        )
    return [_read_message(message, f"messages[{i}]", allow_system) for i, message in enumerate(value)]


def _read_message(message: Json, at: str, allow_system: bool) -> Mapping[str, str]:
    if not isinstance(message, dict):
        raise bad_field(at, f"`{at}` must be an object with `role` and `content`.")
    for name, value in message.items():
        if name in ("role", "content") or (name in _EMPTY_IN_MESSAGE and value in (None, [], {})):
            continue
        raise bad_field(
            f"{at}.{name}",
            f"Apps do not support `{name}` in a message.",
            "Leave it out.",
            "unsupported_parameter",
        )
    role = message.get("role")
    if role in ("system", "developer"):
        if not allow_system:
            raise bad_field(
                f"{at}.role",
                "This app does not take system text.",
                "Leave the system message out, or let the app's owner allow it under Publish.",
                "system_text_not_allowed",
            )
        role = "system"
    elif role in ("tool", "function"):
        message = f"Apps do not support messages of the role {role}."
        raise bad_field(f"{at}.role", message, code="unsupported_parameter")
    elif role not in ("user", "assistant"):
        raise bad_field(f"{at}.role", "`role` must be user or assistant.")
    return {"role": role, "content": _read_content(message.get("content"), f"{at}.content")}


def _read_content(content: Json, at: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        raise bad_field(at, f"`{at}` must be text.")
    texts: list[str] = []
    for i, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("image_url", "input_audio", "file"):
            raise bad_field(
                f"{at}[{i}]",
                "Apps read text only; images, sound and files cannot be sent yet.",
                "Leave the part out.",
                "unsupported_content",
            )
        if not isinstance(part, dict) or kind != "text" or not isinstance(part.get("text"), str):
            raise bad_field(f"{at}[{i}]", f"`{at}[{i}]` must be a part of the type text.")
        unknown = set(part) - {"type", "text"}
        if unknown:
            raise bad_field(
                f"{at}[{i}].{min(unknown)}",
                f"Apps do not support `{min(unknown)}` in a content part.",
                "Leave it out.",
                "unsupported_parameter",
            )
        texts.append(part["text"])
    return "\n".join(texts)
