"""A provider on loopback whose words take their time, and which remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from aiohttp import web

WORDS = [f"word{n}" for n in range(1, 61)]
PAUSE_S = 0.1


class SlowModel:
    """OpenAI's chat completions. A message with "quickly" is answered at once, others word by word."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.keys: set[str] = set()

    async def start(self) -> int:
        """Listens on a free port of 127.0.0.1 and returns it."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Closes all connections."""
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        message = body["messages"][-1]["content"]
        self.asked[message] += 1
        self.keys.add(request.headers.get("Authorization", ""))
        is_quick = "quickly" in message
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for word in [f"Heard: {message}."] if is_quick else [f"{word} " for word in WORDS]:
            await response.write(_event({"content": word}))
            await asyncio.sleep(0 if is_quick else PAUSE_S)
        await response.write(_event({}, "stop") + b"data: [DONE]\n\n")
        return response


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "slow", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
