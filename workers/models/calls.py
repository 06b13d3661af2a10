"""Messages, pictures and tools in OpenAI's JSON, and tool calls put together as they come."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from nodes.sdk.errors import NodeError
from nodes.sdk.models import CallText, ChatMessage, ChatRequest, ToolCall
from nodes.sdk.strict import GraphError, check_plain_json
from nodes.sdk.values import Json

MOST_CALLS = 64
_MOST_CHARACTERS = 1_000_000


def message_json(message: ChatMessage) -> dict[str, Json]:
    """A message as OpenAI's JSON; one with pictures is a list of parts, the words before the pictures."""
    said: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.images:
        said["content"] = _parts(message)
    if message.tool_calls:
        # Services tell a message with calls alone by its having no content.
        said["content"] = message.content or None
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": written(call)},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        said["tool_call_id"] = message.answers
    return said


def _parts(message: ChatMessage) -> list[Json]:
    words: list[Json] = [{"type": "text", "text": message.content}] if message.content else []
    pictures = [(one.mime, b64encode(one.content).decode()) for one in message.images]
    return words + [
        {"type": "image_url", "image_url": {"url": f"data:{mime};base64,{content}"}}
        for mime, content in pictures
    ]


def written(call: ToolCall) -> str:
    """The arguments of a call as JSON text."""
    return json.dumps(dict(call.arguments), ensure_ascii=False)


def tool_settings(request: ChatRequest) -> dict[str, Json]:
    """The parameters with which tools are offered; none where there are none."""
    if not request.tools:
        return {}
    tools: list[Json] = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            },
        }
        for tool in request.tools
    ]
    return {"tools": tools, "tool_choice": request.tool_choice}


@dataclass
class _Heard:
    """One call so far."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


class CallsHeard:
    """The calls of one reply. `title` is how messages name the model."""

    def __init__(self, request: ChatRequest, title: str) -> None:
        self._known = {tool.name for tool in request.tools}
        self._title = title
        self._calls: dict[int, _Heard] = {}
        self._size = 0

    def feed(self, deltas: object) -> list[CallText]:
        """What the `tool_calls` of a delta or of a whole message add. Raises NodeError for what is none."""
        found: list[CallText] = []
        for delta in cast("list[Any]", deltas) if isinstance(deltas, list) else ():
            if isinstance(delta, dict):
                found += self._feed(cast("dict[str, Any]", delta))
        return found

    def whole(self, *, was_cut: bool) -> tuple[ToolCall, ...]:
        """The calls when the reply is over. Raises NodeError("bad_tool_call") if one of them is none."""
        ids: set[str] = set()
        calls: list[ToolCall] = []
        for _, heard in sorted(self._calls.items()):
            # Some services leave the id out, or give the same to each call of a reply.
            id_ = heard.id if heard.id and heard.id not in ids else f"call_{uuid4().hex[:20]}"
            ids.add(id_)
            if heard.name not in self._known:
                raise bad_call(
                    self._title,
                    f"called a tool that it was not offered, {heard.name[:80]!r}",
                    was_cut=was_cut,
                )
            arguments = read_arguments("".join(heard.arguments))
            if arguments is None:
                raise bad_call(
                    self._title, f"called {heard.name!r} with what is no JSON object", was_cut=was_cut
                )
            calls.append(ToolCall(id_, heard.name, arguments))
        return tuple(calls)

    @property
    def text(self) -> str:
        """All that was written of calls, to be counted."""
        return "".join(heard.name + "".join(heard.arguments) for heard in self._calls.values())

    def _feed(self, delta: dict[str, Any]) -> Iterable[CallText]:
        index = self._index(delta)
        heard = self._calls.setdefault(index, _Heard())
        id_, function = delta.get("id"), delta.get("function")
        said = cast("dict[str, Any]", function) if isinstance(function, dict) else {}
        name, arguments = said.get("name"), said.get("arguments")
        if isinstance(arguments, dict):  # some give the object instead of its text
            arguments = json.dumps(arguments, ensure_ascii=False)
        if isinstance(id_, str) and id_:
            heard.id = id_
        is_new = isinstance(name, str) and name != "" and not heard.name
        if is_new:
            heard.name = cast("str", name)
        text = arguments if isinstance(arguments, str) else ""
        heard.arguments.append(text)
        self._size += len(text) + len(heard.id)
        if len(self._calls) > MOST_CALLS or self._size > _MOST_CHARACTERS:
            raise bad_call(self._title, "wanted more calls than can be taken at once", was_cut=False)
        return [CallText(index, heard.name, text)] if text or is_new else []

    def _index(self, delta: dict[str, Any]) -> int:
        """Which call a delta belongs to. Without a number, a new id begins one."""
        index = delta.get("index")
        if isinstance(index, int) and not isinstance(index, bool):
            return index
        last = max(self._calls, default=-1)
        id_ = delta.get("id")
        is_same = last >= 0 and (not id_ or id_ == self._calls[last].id)
        return last if is_same else last + 1


def read_arguments(text: str) -> dict[str, Json] | None:
    """The object that is written there; nothing written is an empty one. None for anything else."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
        check_plain_json(value, "The arguments")
    except (ValueError, RecursionError, GraphError):
        return None
    return cast("dict[str, Json]", value) if isinstance(value, dict) else None


def bad_call(title: str, what: str, *, was_cut: bool) -> NodeError:
    """The error for a call that cannot be made. Another try may well give a proper one."""
    hint = "Raise the step's length limit." if was_cut else "Try again, or choose a stronger model."
    return NodeError("bad_tool_call", f"The model {title!r} {what}.", hint, retry=not was_cut)
