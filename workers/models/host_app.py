"""The model host's HTTP side: OpenAI's chat completions over a Runtime, with a bounded queue."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from nodes.sdk.errors import NodeError
from nodes.sdk.models import Usage
from workers.models.host_request import MAX_BODY_BYTES, Ask, BadParameter, read_ask
from workers.models.line import Full, Line, Turn
from workers.models.runtime import Ended, Piece, Refused, Runtime

log = logging.getLogger(__name__)

RETRY_AFTER_S = 2
_WATCH_EVERY_S = 5.0
_TOLD_AFTER_S = 0.3
"""How long a request waits before it is told so. A shorter wait is not worth a word, and what has begun to be
answered cannot be refused by its status any more."""
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class HostApp:
    """One model behind `/v1/chat/completions`, `/v1/models` and `/health`.

    `give_up` is called when the engine no longer turns; the process should then end and be started again.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        name: str,
        waiting: int,
        give_up: Callable[[str], None],
        library: str = "",
        idle_s: float = 0,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        self._runtime = runtime
        self._library = library
        self._idle_s, self._on_idle = idle_s, on_idle
        self._asked_at = time.monotonic()
        self._name = name
        self._line = Line(runtime.slots, waiting)
        self._give_up = give_up
        self._is_loaded = False
        self._started_at = int(time.time())
        self.app = web.Application(client_max_size=MAX_BODY_BYTES)
        self.app.add_routes(
            [
                web.post("/v1/chat/completions", self.chat),
                web.get("/v1/models", self.models),
                web.get("/health", self.health),
                web.get("/healthz", self.health),
            ]
        )
        self.app.cleanup_ctx.append(self._life)

    async def health(self, request: web.Request) -> web.Response:
        state = {
            "status": "ok" if self._is_loaded else "loading",
            "model": self._name,
            "runtime": self._library,
            "memory_bytes": _memory_bytes(),
            "slots": self._runtime.slots,
            "context": self._runtime.context,
            "queued": self._line.size,
        }
        return web.json_response(state, status=200 if self._is_loaded else 503)

    async def models(self, request: web.Request) -> web.Response:
        model = {"id": self._name, "object": "model", "created": self._started_at, "owned_by": "local"}
        return web.json_response({"object": "list", "data": [model]})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        self._asked_at = time.monotonic()
        try:
            ask = read_ask(await request.read(), context=self._runtime.context)
        except web.HTTPRequestEntityTooLarge:
            return _error(413, "context_too_long", f"The body is longer than {MAX_BODY_BYTES:,} bytes.")
        except BadParameter as bad:
            return _error(400, bad.code, bad.message, bad.param)
        if not self._is_loaded:
            return _error(503, "model_busy", "The model is still loading.", retry=True)
        reply = _Reply(self._name, self._started_at, ask)
        try:
            with self._line.joined() as turn:
                begun = None if turn.is_due else await self._wait(request, ask, turn)
                async with aclosing(self._pieces(ask)) as pieces:
                    if ask.stream:
                        return await self._stream(request, reply, pieces, begun)
                    return await self._whole(reply, pieces)
        except Full:
            return _error(429, "model_busy", "Too many requests are waiting for the model.", retry=True)
        except Refused as refused:
            param = {"bad_schema": "response_format", "context_too_long": "messages"}.get(refused.code)
            return _error(400, refused.code, refused.message, param)
        except Ended as ended:
            log.error("%s", ended.message)
            return _error(500, _code_of(ended), ended.message, retry=True)
        except NodeError as broken:
            log.error("The engine broke off: %s", broken.message)
            return _error(500, "model_failed", "The model failed.")

    async def _pieces(self, ask: Ask) -> AsyncIterator[Piece]:
        """The runtime's pieces; the first is there before anything is said to the client."""
        async with aclosing(self._runtime.generate(ask.job)) as pieces:
            async for piece in pieces:
                yield piece

    async def _wait(self, request: web.Request, ask: Ask, turn: Turn) -> web.StreamResponse | None:
        """Waits until the turn is due. Who wants to hear its place gets a response that has begun by then."""
        if not ask.tells_place:
            await turn.comes()
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(_TOLD_AFTER_S):
                await turn.comes()
        if turn.is_due:
            return None
        begun = await _begin(request)
        async for ahead in turn.waits():
            await begun.write(_place(ahead, self._line.slots))
        await begun.write(_place(0, self._line.slots))
        return begun

    async def _whole(self, reply: _Reply, pieces: AsyncIterator[Piece]) -> web.StreamResponse:
        parts = [piece async for piece in pieces]
        return web.json_response(reply.whole(parts))

    async def _stream(
        self,
        request: web.Request,
        reply: _Reply,
        pieces: AsyncIterator[Piece],
        response: web.StreamResponse | None,
    ) -> web.StreamResponse:
        try:
            first = await anext(pieces, None)  # a refusal comes here, mostly with a status to say it by
            response = response or await _begin(request)
            await response.write(_sse(reply.opening()))
            if first is not None:
                await response.write(reply.events(first))
            async for piece in pieces:
                await response.write(reply.events(piece))
            await response.write(b"data: [DONE]\n\n")
        except (Refused, Ended, NodeError) as broken:
            if response is None:
                raise
            why = {"code": _code_of(broken) if isinstance(broken, Ended) else "model_failed"}
            if isinstance(broken, Refused):
                why = {"code": 400, "type": broken.code}
            await response.write(_sse({"error": {**why, "message": broken.message}}))
        return response

    async def _life(self, app: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._load()), asyncio.create_task(self._watch())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._runtime.close()

    async def _load(self) -> None:
        started = time.monotonic()
        try:
            await self._runtime.load()
        except (OSError, RuntimeError) as error:
            self._give_up(f"The model could not be loaded: {error}")
            return
        self._is_loaded = True
        log.info("%s is ready after %.1f s.", self._name, time.monotonic() - started)

    def _leave_if_idle(self) -> None:
        if self._line.size:
            self._asked_at = time.monotonic()
        elif self._on_idle and self._idle_s and time.monotonic() - self._asked_at > self._idle_s:
            log.info("Nobody has asked for %.0f s; ending.", self._idle_s)
            self._on_idle()

    async def _watch(self) -> None:
        """Work that hangs the engine must not hang everybody: ask it now and then, give up if it is mute."""
        while True:
            await asyncio.sleep(min(_WATCH_EVERY_S, self._idle_s or _WATCH_EVERY_S))
            self._leave_if_idle()
            if self._is_loaded and self._line.size and not await self._runtime.is_alive():
                self._give_up("The model's engine no longer answers.")


async def _begin(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=_STREAM_HEADERS)
    await response.prepare(request)
    return response


def _place(ahead: int, at_once: int) -> bytes:
    """That so many requests are before this one, and how many are answered at a time."""
    place = {"ahead": ahead, "at_once": at_once}
    return _sse({"object": "chat.completion.chunk", "choices": [], "place": place})


def _code_of(ended: Ended) -> str:
    return "model_killed" if ended.was_killed else "model_failed"


def _memory_bytes() -> int:
    """What this process and its children take of the machine's memory now; 0 where that cannot be seen."""
    pages = 0
    try:
        children = [
            child for task in Path("/proc/self/task").iterdir() for child in _words(task / "children")
        ]
        for process in ("self", *children):
            pages += int(_words(Path("/proc") / process / "statm")[1])
    except (OSError, ValueError, IndexError):
        pass  # one of them has just ended
    return pages * os.sysconf("SC_PAGE_SIZE")


def _words(path: Path) -> list[str]:
    return path.read_text().split()


class _Reply:
    """One completion in OpenAI's forms."""

    def __init__(self, model: str, created: int, ask: Ask) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": created, "model": model}
        self._ask = ask

    def opening(self) -> dict[str, Any]:
        return self._chunk({"role": "assistant", "content": ""}, None)

    def events(self, piece: Piece) -> bytes:
        """A piece as server-sent events."""
        events = b""
        if piece.text or piece.reasoning:
            delta = {"content": piece.text} if piece.text else {}
            if piece.reasoning:
                delta["reasoning_content"] = piece.reasoning
            events += _sse(self._chunk(delta, None))
        if piece.finish is not None:
            events += _sse(self._chunk({}, piece.finish))
        if piece.usage is not None and self._ask.include_usage:
            last = {**self._head, "object": "chat.completion.chunk", "choices": []}
            events += _sse({**last, "usage": _usage(piece.usage)})
        return events

    def whole(self, pieces: list[Piece]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(piece.text for piece in pieces)}
        reasoning = "".join(piece.reasoning for piece in pieces)
        if reasoning:
            message["reasoning_content"] = reasoning
        finish = next((piece.finish for piece in pieces if piece.finish), "stop")
        usage = next((piece.usage for piece in pieces if piece.usage), Usage())
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": _usage(usage)}

    def _chunk(self, delta: dict[str, str], finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def _usage(usage: Usage) -> dict[str, int]:
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _sse(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _error(
    status: int, code: str, message: str, param: str | None = None, *, retry: bool = False
) -> web.Response:
    error = {"message": message, "type": "invalid_request_error" if status < 429 else "server_error"}
    return web.json_response(
        {"error": {**error, "param": param, "code": code}},
        status=status,
        headers={"Retry-After": str(RETRY_AFTER_S)} if retry else None,
    )
