"""The door to the web for a node that writes: what it sends carries a key that stays when it is repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from nodes.sdk.http import Http, HttpResponse, SecretUse
from nodes.sdk.values import Json

HEADER: Final = "Idempotency-Key"
LOOKS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_NAME: Final = 60

STEP: ContextVar[tuple[str, str]] = ContextVar("remembered step", default=("", ""))
"""The remembered step that is being done, if any: the key of its node run, and its name."""


class KeyedHttp:
    """Adds an Idempotency-Key to every request that may change something and has none.

    `key` is the same on every attempt of one node run. A second request gets `#2` behind it, one inside a
    remembered step the step's name, so that two requests never pass for one, and a repeated one always does.
    """

    def __init__(self, http: Http, key: Callable[[], str]) -> None:
        self._http = http
        self._key = key
        self._sent: dict[str, int] = {}

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        secret: SecretUse | None = None,
        timeout_s: float = 30,
        max_bytes: int | None = None,
        follow_redirects: bool = True,
    ) -> HttpResponse:
        if method.upper() not in LOOKS and HEADER.lower() not in {name.lower() for name in headers or {}}:
            headers = {**(headers or {}), HEADER: self._next()}
        return await self._http.request(
            method,
            url,
            headers=headers,
            json=json,
            data=data,
            secret=secret,
            timeout_s=timeout_s,
            max_bytes=max_bytes,
            follow_redirects=follow_redirects,
        )

    def _next(self) -> str:
        key = self._key()
        run, step = STEP.get()
        if run != key:
            step = ""
        count = self._sent[step] = self._sent.get(step, 0) + 1
        name = f"#{_plain(step)}" if step else ""
        return f"{key}{name}{f'#{count}' if count > 1 else ''}"


def _plain(name: str) -> str:
    """`name` as it may stand in a header."""
    quoted = quote(name, safe="")
    return quoted if len(quoted) <= LONGEST_NAME else sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
