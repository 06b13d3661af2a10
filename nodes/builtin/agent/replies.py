"""One reply of an agent's model: what it said, what it wants to call, and what that took."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from nodes.sdk import ChatRequest, Json, NodeContext, NodeError, ToolCall, Usage

TOO_LONG: Final = "context_too_long"
NO_ROOM: Final = "room"
"""What a reply was cut by that never came, because the model cannot read so much."""


@dataclass(frozen=True)
class Reply:
    """`cut` says that it ran out of time, tokens or room; `fault` what was wrong with it or its question."""

    text: str
    calls: tuple[ToolCall, ...]
    model: str
    usage: Usage
    seconds: float
    cut: str
    fault: str


def reply_from_json(value: Json) -> Reply:
    """The reply as it was written down."""
    said: Any = value
    used = said.get("usage") or {}
    return Reply(
        str(said.get("text", "")),
        tuple(ToolCall(call["id"], call["name"], call["arguments"]) for call in said.get("calls", ())),
        str(said.get("model", "")),
        Usage(int(used.get("prompt", 0)), int(used.get("completion", 0)), used.get("cost")),
        float(said.get("seconds", 0)),
        str(said.get("cut", "")),
        str(said.get("fault", "")),
    )


async def hear(
    ctx: NodeContext, request: ChatRequest, live: Callable[[str], None], seconds: float | None
) -> Json:
    """Asks the model and gives its reply as it is written down; `live` is told all its words so far.

    After `seconds` what was said until then is the reply. Calls that are none are no error of the step: the
    model is told what was wrong with them. Nor is a question that is too long: a shorter one is asked next.
    """
    heard = _Heard()
    began = ctx.now()
    try:
        async with asyncio.timeout(seconds):
            await _listen(ctx, request, heard, live)
    except TimeoutError:
        heard.cut, heard.calls = "time", ()
    except NodeError as error:
        if error.code == "bad_tool_call":
            heard.fault = error.message
        elif error.code == TOO_LONG:
            heard.cut, heard.fault = NO_ROOM, error.message
        else:
            raise
    elapsed = ctx.now() - began
    usage: dict[str, Json] = {
        "prompt": heard.usage.prompt_tokens,
        "completion": heard.usage.completion_tokens,
    }
    if heard.usage.cost is not None:
        usage["cost"] = heard.usage.cost
    calls: list[Json] = [
        {"id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in heard.calls
    ]
    return {
        "text": "".join(heard.words).lstrip(),
        "calls": calls,
        "model": heard.model or request.model,
        "reasoning": "".join(heard.thoughts),
        "usage": usage,
        "seconds": round(max(elapsed, timedelta()).total_seconds(), 3),
        "cut": heard.cut,
        "fault": heard.fault,
    }


class _Heard:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.thoughts: list[str] = []
        self.calls: tuple[ToolCall, ...] = ()
        self.usage = Usage()
        self.model = ""
        self.cut = ""
        self.fault = ""


async def _listen(ctx: NodeContext, request: ChatRequest, heard: _Heard, live: Callable[[str], None]) -> None:
    whole = ""
    async for chunk in ctx.models.chat(request):
        if chunk.text:
            heard.words.append(chunk.text)
            whole = (whole + chunk.text).lstrip()
            live(whole)
        if chunk.reasoning:
            heard.thoughts.append(chunk.reasoning)
        heard.usage = chunk.usage or heard.usage
        heard.model = chunk.model or heard.model
        if chunk.tool_calls:
            heard.calls = cast("tuple[ToolCall, ...]", tuple(chunk.tool_calls))
        if chunk.finish == "length":
            heard.cut = "length"
