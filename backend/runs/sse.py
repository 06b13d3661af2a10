"""Server-sent events over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from django.http import StreamingHttpResponse

from backend.runs.columns import dumps
from backend.runs.public import SseEvent

PING_S = 10.0
PING = ": ping\n\n"


def sse_response(items: AsyncIterator[SseEvent | str]) -> StreamingHttpResponse:
    """A response that says each item when it comes, and pings in between. Text is passed on as it is."""
    response = StreamingHttpResponse(_framed(items), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def kept_alive(
    items: AsyncIterator[SseEvent | str], every_s: float = PING_S
) -> AsyncGenerator[SseEvent | str]:
    """`items`, with a ping whenever nothing came for a while: it keeps proxies from closing, and a reader
    that has left is noticed."""
    waiting: asyncio.Future[SseEvent | str] | None = None
    try:
        while True:
            waiting = asyncio.ensure_future(anext(items))
            while not (await asyncio.wait({waiting}, timeout=every_s))[0]:
                yield PING
            try:
                item = waiting.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        if waiting is not None and not waiting.done():
            waiting.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await waiting
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


def frame(event: SseEvent) -> str:
    """The event as it goes over the wire."""
    place = f"id: {event.id}\n" if event.id else ""
    return f"{place}event: {event.event}\ndata: {dumps(event.data)}\n\n"


async def _framed(items: AsyncIterator[SseEvent | str]) -> AsyncGenerator[str]:
    async with aclosing(kept_alive(items)) as kept:
        async for item in kept:
            yield item if isinstance(item, str) else frame(item)
