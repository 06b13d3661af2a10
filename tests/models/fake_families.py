"""The streams of Ollama and of Amazon Bedrock (Converse), for the fake provider."""

from __future__ import annotations

import json
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.models.fake_wire import calls_of, cut, text_of, words_of


class OtherFamilies(ABC):
    """Routes beside those of the fake provider, which notes what it is asked and sends what these make."""

    def route(self, app: web.Application) -> None:
        app.router.add_post("/api/chat", self._ollama)
        app.router.add_post("/model/{name}/converse-stream", self._bedrock)

    @abstractmethod
    def _note(self, request: web.Request, body: dict[str, Any]) -> None: ...

    @abstractmethod
    async def _stream(
        self,
        request: web.Request,
        message: str,
        events: AsyncIterator[str] | AsyncIterator[bytes],
        content_type: str = "text/event-stream",
    ) -> web.StreamResponse: ...

    async def _ollama(self, request: web.Request) -> web.StreamResponse:
        """Lines of JSON; the last one counts the tokens."""
        body = await request.json()
        self._note(request, body)
        message = text_of(body["messages"][-1]["content"])
        calls = calls_of(message)

        async def lines() -> AsyncIterator[str]:
            head = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "done": False}
            async for word in words_of("" if calls else message):
                yield json.dumps({**head, "message": {"role": "assistant", "content": word}}) + "\n"
            if message == "late error":
                yield json.dumps({"error": "overloaded"}) + "\n"
            for call in calls:
                function = {**call["function"], "arguments": json.loads(call["function"]["arguments"])}
                said = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
                yield json.dumps({**head, "message": said}) + "\n"
            counts = {"prompt_eval_count": 7, "eval_count": 3}
            end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
            yield json.dumps({**head, **end, **counts}) + "\n"

        return await self._stream(request, message, lines(), "application/x-ndjson")

    async def _bedrock(self, request: web.Request) -> web.StreamResponse:
        """Frames of Amazon's event stream."""
        body = await request.json()
        self._note(request, {**body, "model": unquote(request.match_info["name"])})
        message = text_of(body["messages"][-1]["content"])
        calls = calls_of(message)

        async def frames() -> AsyncIterator[bytes]:
            yield _frame("messageStart", {"role": "assistant"})
            async for word in words_of("Let me see." if calls else message):
                yield _frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
            if message == "late error":
                yield _frame("throttlingException", {"message": "slow down"}, kind="exception")
            yield _frame("contentBlockStop", {"contentBlockIndex": 0})
            for index, call in enumerate(calls, 1):
                function = call["function"]
                start = {"toolUse": {"toolUseId": call["id"], "name": function["name"]}}
                yield _frame("contentBlockStart", {"contentBlockIndex": index, "start": start})
                for part in cut(function["arguments"]):
                    delta = {"toolUse": {"input": part}}
                    yield _frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
                yield _frame("contentBlockStop", {"contentBlockIndex": index})
            yield _frame("messageStop", {"stopReason": "tool_use" if calls else "end_turn"})
            usage = {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10}
            yield _frame("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})

        return await self._stream(request, message, frames(), "application/vnd.amazon.eventstream")


def _frame(event: str, payload: dict[str, Any], kind: str = "event") -> bytes:
    """One message of the format: lengths, headers and payload, each part with its checksum."""
    named = {":message-type": kind, f":{kind}-type": event, ":content-type": "application/json"}
    headers = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in named.items()
    )
    text = json.dumps(payload).encode()
    lengths = struct.pack("!II", 16 + len(headers) + len(text), len(headers))
    whole = lengths + struct.pack("!I", zlib.crc32(lengths)) + headers + text
    return whole + struct.pack("!I", zlib.crc32(whole))
