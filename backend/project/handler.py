"""Django's handler, with a short way for what must be fast: the public API and the chat page.

Django gives each request a thread of its own for synchronous code, starts it even where there is none, and
calls the receivers of its start and end signals through it: two thirds of what an empty view costs. Views
under the prefixes below are coroutines that reach the database through `runs.reads` and `runs.writes`,
whose threads look after their own connections; so they need none of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

SHORT = ("/v1/", "/c/", "/embed/")

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Handler(ASGIHandler):
    """Serves requests under SHORT without Django's thread and signals, all others as Django does."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(SHORT):
            await super().__call__(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            await self._serve(scope, body, receive, send)

    async def _serve(self, scope: dict[str, Any], body: Any, receive: Receive, send: Send) -> None:
        set_script_prefix("/")
        request, refusal = self.create_request(scope, body)
        if request is None:
            await self.send_response(refusal, send)
            return
        answering = asyncio.current_task()
        assert answering is not None
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))

        def stop(_: object) -> None:
            answering.cancel()  # nobody is there any more to work for

        leaving.add_done_callback(stop)
        try:
            await self._answer(request, send)
        except asyncio.CancelledError:
            if not leaving.done() or answering.uncancel() > 0:  # it is we who are to stop
                raise
        finally:
            leaving.remove_done_callback(stop)
            leaving.cancel()
            with suppress(asyncio.CancelledError, RequestAborted):
                await leaving

    async def _answer(self, request: Any, send: Send) -> None:
        response: HttpResponseBase = await self.run_get_response(request)
        try:
            await self.send_response(response, send)
        finally:
            # Not close(): it would send the signal at a request's end. What there is to close is closed.
            for close in response._resource_closers:
                close()
            response.closed = True
