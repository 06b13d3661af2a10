"""The part of the fake provider that hears, speaks and draws."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from typing import Any

from aiohttp import web

from nodes.sdk.media_by_script import square_of, tone

LINK_LOCAL = "http://169.254.169.254/latest/meta-data"


class MediaFamilies:
    """Does what is said in a recording, what is to be said, or what is to be drawn.

    `status NNN` answers with it; `silent` says nothing; `drip` and `huge` never end; `cut` breaks off;
    `garbage` sends what is none. A picture comes in base64, or for `address` at one, which leads on to
    another; for `far address` and `far redirect` to a link-local one.
    """

    closed_early: int

    def route_media(self, app: web.Application) -> None:
        for base in ("/v1", "/openai/deployments/{name}"):
            app.router.add_post(base + "/audio/transcriptions", self._transcribe)
            app.router.add_post(base + "/audio/speech", self._speak)
            app.router.add_post(base + "/images/generations", self._draw)
        app.router.add_get("/pictures/{name}", self._picture)

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file: Any = form["file"]
        content = file.file.read()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        told = {**fields, "file": file.filename, "kind": file.content_type, "size": len(content)}
        said = re.split(rb"[\x00-\x1f]", content)[-1].decode(errors="replace")
        self._note(request, told)
        if (odd := await self._oddly(request, said)) is not None:
            return odd
        if said == "no text":
            return web.json_response({"words": []})
        return web.json_response({"text": f" {said} ", "usage": {"type": "duration", "seconds": 90}})

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        said = body["input"]
        if (odd := await self._oddly(request, said)) is not None:
            return odd
        return web.Response(body=tone(len(said)), content_type="application/octet-stream")

    async def _draw(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._note(request, body)
        words = body["prompt"]
        if (odd := await self._oddly(request, words)) is not None:
            return odd
        here = f"http://{request.host}/pictures"
        usage = {"input_tokens": 11, "output_tokens": 200, "total_tokens": 211}
        packed = b64encode(square_of(words)).decode()
        entry: dict[str, Any] = {
            "address": {"url": f"{here}/on"},
            "far address": {"url": f"{LINK_LOCAL}/one.png"},
            "far redirect": {"url": f"{here}/far"},
            "round": {"url": f"{here}/round"},
            "gone": {"url": f"{here}/gone"},
            "within": {"url": f"data:image/png;base64,{packed}"},
            "no base64": {"b64_json": "!!!"},
            "page": {"b64_json": b64encode(b"<svg onload=alert(1)>").decode()},
            "nothing": {},
        }.get(words, {"b64_json": packed})
        return web.json_response({"created": 1, "data": [entry], "usage": usage})

    async def _picture(self, request: web.Request) -> web.Response:
        self._note(request, {})
        name = request.match_info["name"]
        leads = {"on": "/pictures/there", "far": f"{LINK_LOCAL}/one.png", "round": "/pictures/round"}
        if name in leads:
            return web.Response(status=302, headers={"Location": leads[name]})
        if name == "gone":
            return web.Response(status=404)
        return web.Response(body=square_of("there"), content_type="text/html")

    async def _oddly(self, request: web.Request, said: str) -> web.StreamResponse | None:
        if said.startswith("status "):
            error = {"message": f"no, {request.headers.get('Authorization', '')}"}
            status = int(said.split()[1])
            return web.json_response({"error": error}, status=status, headers={"Retry-After": "7"})
        if said == "silent":
            await asyncio.sleep(600)
        if said == "garbage":
            return web.Response(text="{no json", content_type="application/json")
        if said not in ("drip", "huge", "cut"):
            return None
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            for sent in range(100_000):
                await response.write(b" " * (100_000 if said == "huge" else 1))
                await asyncio.sleep(0.02 if said == "drip" else 0)
                if said == "cut" and sent == 3 and request.transport is not None:
                    request.transport.abort()
            return response
        except (asyncio.CancelledError, ConnectionError):
            self.closed_early += 1
            raise

    def _note(self, request: web.Request, body: dict[str, Any]) -> None:
        raise NotImplementedError
