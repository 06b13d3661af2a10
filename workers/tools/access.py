"""How we say to a source who is asking: with nothing, with a secret, or with the tokens of a sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import aiohttp
from yarl import URL

from backend.tools.models import SourceAuth, ToolSource
from nodes.sdk.http import SecretUse
from nodes.sdk.values import Json
from workers.outgoing.secrets import HttpWithSecrets, Mask
from workers.tools.renewing import Renewals

Opened = AbstractAsyncContextManager[tuple[aiohttp.ClientResponse, Mask]]


class Access(Protocol):
    """Requests to one source, with whatever lets us in there."""

    def open(self, method: str, address: str, *, headers: Mapping[str, str], json: Json = None) -> Opened:
        """As `HttpWithSecrets.open`."""
        ...


class ByName:
    """With a secret of the workspace, or with none."""

    def __init__(self, http: HttpWithSecrets, secret: SecretUse | None = None) -> None:
        self._http, self._secret = http, secret

    def open(self, method: str, address: str, *, headers: Mapping[str, str], json: Json = None) -> Opened:
        return self._http.open(method, address, headers=headers, json=json, secret=self._secret)


class SignedIn:
    """With the tokens of a sign-in, read anew for each request, so that a sign-out counts at once.

    One that the server does not take is renewed once, and what it refused is sent again: nothing was done.
    """

    def __init__(self, http: HttpWithSecrets, source: ToolSource) -> None:
        self._http = http
        self._renewals = Renewals(http, source.pk, URL(source.address).host or source.name)

    @asynccontextmanager
    async def open(
        self, method: str, address: str, *, headers: Mapping[str, str], json: Json = None
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, Mask]]:
        tokens = await self._renewals.current()
        for is_last in (False, True):
            sent = {**headers, "Authorization": f"Bearer {tokens.access}"}
            async with self._http.open(
                method, address, headers=sent, json=json, hidden=(tokens.access, tokens.refresh)
            ) as (response, mask):
                if response.status != 401 or is_last:
                    yield response, mask
                    return
            tokens = await self._renewals.after(tokens)


def access_of(source: ToolSource, http: HttpWithSecrets) -> Access:
    """The way in that a person chose for this source."""
    if source.auth == SourceAuth.SIGNED_IN:
        return SignedIn(http, source)
    if source.auth == SourceAuth.WITH_SECRET:
        use = SecretUse(source.secret, source.secret_place or "bearer", source.secret_field)  # pyright: ignore[reportArgumentType]
        return ByName(http, use)
    return ByName(http)
