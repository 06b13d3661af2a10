"""A web site on loopback that remembers what it was asked, repeats it, and redirects where it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """`/echo` repeats headers, address and body; `/to?place=…&status=…` redirects; `/status/404` fails."""

    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, str(request.rel_url), headers, body))
        said = {
            "headers": headers,
            "url": str(request.url),
            "query": dict(request.query),
            "body": body.decode(),
        }
        if request.path == "/to":
            place = request.query["place"].replace("QUERY", request.query.get("key", ""))
            return web.Response(status=int(request.query.get("status", "302")), headers={"Location": place})
        status = int(request.path.removeprefix("/status/")) if request.path.startswith("/status/") else 200
        if request.path == "/utf16":
            return web.Response(body=json.dumps(said).encode("utf-16-le"))
        echo = {"X-Echo": headers.get("authorization", headers.get("x-key", "-"))}
        return web.json_response(said, status=status, headers=echo)
