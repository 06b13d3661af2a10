"""What stands before Django: a limit on bodies while they arrive, and the origin of WebSockets."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from backend.accounts.strict_json import MAX_BYTES, too_large
from backend.files.limits import BODY_BYTES
from backend.knowledge.limits import UPLOAD_BYTES
from backend.publish.visitors import COOKIE as VISITORS_COOKIE

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


_ID = "[0-9a-f-]{36}"
# The routes that take files: by which header somebody claims to be let in there, and how much.
_SESSION = ("cookie", f"{settings.SESSION_COOKIE_NAME}=")
_UPLOADS = (
    (re.compile(rf"/api/knowledge/{_ID}/documents\Z"), *_SESSION, UPLOAD_BYTES),
    (re.compile(rf"/api/workflows/{_ID}/files\Z"), *_SESSION, BODY_BYTES),
    (re.compile(r"/(v1/files(/upload)?|a/files)\Z"), "authorization", "Bearer ", BODY_BYTES),
    (re.compile(r"/embed/[^/]+/files\Z"), "authorization", "Bearer ", BODY_BYTES),
    (re.compile(r"/c/[^/]+/files\Z"), "cookie", f"{VISITORS_COOKIE}=", BODY_BYTES),
)


class _TooLargeError(Exception):
    """More arrived than is allowed."""


class BodyLimit:
    """Refuses a body above the limit before it is read; Django would first write all of it to disk."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = _most_bytes(scope)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            await _refuse(send, most)
            return
        arrived = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > most:
                raise _TooLargeError
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLargeError:
            await _refuse(send, most)


class SameOrigin:
    """Lets a WebSocket in only from our own pages: browsers send cookies along from anywhere."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        is_ours = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        same = is_ours and origin in (f"http://{host}", f"https://{host}")
        if same or origin in settings.CSRF_TRUSTED_ORIGINS:
            await self.app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403})


def _most_bytes(scope: Scope) -> int:
    """How much may arrive: files only where files are taken, and from who at least claims to be let in."""
    headers = dict(scope["headers"])
    if scope["method"] == "POST" and headers.get(b"content-type", b"").startswith(b"multipart/form-data"):
        for path, header, claim, most in _UPLOADS:
            if path.match(scope["path"]) and claim.encode() in headers.get(header.encode(), b""):
                return most
    return MAX_BYTES


async def _refuse(send: Send, most: int) -> None:
    response = too_large(most).response()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
