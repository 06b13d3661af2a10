"""Secrets on their way out: put in at the last moment, for their hosts only, masked in what comes back."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from backend.accounts.bound_hosts import permits
from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse, SecretUse
from nodes.sdk.values import Json
from workers.outgoing.http import Carry, GuardedHttp, check_url
from workers.outgoing.spelled import Spelled

MASK = "***"

_QUICK = 2_000_000  # bytes times secrets; more is done beside the loop


@dataclass(frozen=True)
class KnownSecret:
    """A secret of the workspace. `value` is None when it cannot be opened any more."""

    name: str
    hosts: tuple[str, ...]
    value: str | None = field(repr=False)


class HttpWithSecrets:
    """The `Http` that the nodes of one workspace get. `secrets` gives all that it keeps, read at each use.

    Every answer and every error passes the mask, whether or not this request carried a secret: a service may
    repeat what it was told earlier.
    """

    def __init__(self, http: GuardedHttp, secrets: Callable[[], Awaitable[list[KnownSecret]]]) -> None:
        self._http = http
        self._secrets = secrets

    def is_listed(self, host: str, port: int) -> bool:
        """Whether the administrator's list of private places names this one."""
        return self._http.allow.permits(host, port)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        secret: SecretUse | None = None,
        also: SecretUse | None = None,
        timeout_s: float = 30,
        max_bytes: int | None = None,
        follow_redirects: bool = True,
    ) -> HttpResponse:
        """As `Http.request` says. `also` is another secret that goes along."""
        known = await self._secrets()
        mask = Mask(one.value for one in known)
        try:
            response = await self._http.request(
                method,
                url,
                headers=headers,
                json=json,
                data=data,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
                follow_redirects=follow_redirects,
                carry=_carrying([one for one in (secret, also) if one is not None], known),
            )
        except NodeError as error:
            raise mask.error(error) from None
        except Exception as error:
            # A fault of ours. Its text, and the log that it goes to, may not hold a value either.
            if mask.text(str(error)) == str(error):
                raise
            raise NodeError("node_crashed", mask.text(f"{type(error).__name__}: {error}")) from None
        return await mask.response(response)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        secret: SecretUse | None = None,
        hidden: Iterable[str] = (),
        read_timeout_s: float | None = None,
    ) -> AsyncGenerator[tuple[aiohttp.ClientResponse, Mask]]:
        """One request, not redirected, its body still unread; and the mask that whatever is read has to pass.

        `hidden` are further values that it masks. Errors inside the block are masked too.
        """
        known = await self._secrets()
        mask = Mask([*(one.value for one in known), *hidden])
        try:
            place, sent = check_url(url), dict(headers or {})
            if secret is not None:
                place, sent = Carrier(secret, known)(place, sent)
            async with self._http.open(
                method, place, headers=sent, json=json, read_timeout_s=read_timeout_s
            ) as response:
                yield response, mask
        except NodeError as error:
            raise mask.error(error) from None


def _carrying(uses: Sequence[SecretUse], known: Sequence[KnownSecret]) -> Carry | None:
    """Puts these secrets in, one after the other; None where there are none."""
    carriers = [Carrier(use, known) for use in uses]

    def carry(place: URL, headers: Mapping[str, str]) -> tuple[URL, dict[str, str]]:
        filled = dict(headers)
        for carrier in carriers:
            place, filled = carrier(place, filled)
        return place, filled

    return carry if carriers else None


def secret_named(name: str, known: Iterable[KnownSecret]) -> KnownSecret:
    """The secret of that name, with its value. Raises NodeError secret_missing or secret_unreadable."""
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise NodeError(
            "secret_missing",
            f"There is no secret named {name!r} in this workspace.",
            hint="Choose another secret in the step, or add it under Settings ▸ Secrets.",
        )
    if found.value is None:
        raise NodeError(
            "secret_unreadable",
            f"The secret {name!r} cannot be opened any more.",
            hint="Enter its value again under Settings ▸ Secrets.",
        )
    return found


def not_allowed(secret: KnownSecret, where: str) -> NodeError:
    """The error for a secret that is not meant for that place."""
    return NodeError(
        "secret_not_allowed",
        f"The secret {secret.name!r} may not go to {where}, so nothing was sent there.",
        hint=f"It may go to: {', '.join(secret.hosts)}. An owner can change that under Settings ▸ Secrets.",
    )


class Carrier:
    """Puts one secret into the requests of one call: the first, and redirects to its hosts.

    A redirect elsewhere goes on without it; one whose new address holds the value goes nowhere.
    """

    def __init__(self, use: SecretUse, known: Iterable[KnownSecret]) -> None:
        found = secret_named(use.name, known)
        self._use, self._secret, self._value = use, found, found.value or ""
        self._spelled = Spelled(self._value)
        self._has_begun = False

    def __call__(self, place: URL, headers: Mapping[str, str]) -> tuple[URL, dict[str, str]]:
        """The address and the headers of the next request. Raises NodeError secret_not_allowed."""
        is_first, self._has_begun = not self._has_begun, True
        if permits(self._secret.hosts, place):
            return self._filled(place, dict(headers))
        if is_first or self._spelled.is_in(str(place)) or self._spelled.is_in(place.human_repr()):
            raise not_allowed(self._secret, f"{place.scheme}://{place.authority}")
        return place, dict(headers)

    def _filled(self, place: URL, headers: dict[str, str]) -> tuple[URL, dict[str, str]]:
        use, value = self._use, self._value
        if use.place == "query":
            return place.update_query({use.field: value}), headers
        name = use.field if use.place == "header" else "Authorization"
        if use.place == "bearer":
            value = f"Bearer {value}"
        elif use.place == "basic":
            pair = f"{use.field}:{value}" if use.field else value
            value = f"Basic {base64.b64encode(pair.encode()).decode()}"
        kept = {key: text for key, text in headers.items() if key.lower() != name.lower()}
        return place, {**kept, name: value}


class Mask:
    """Puts *** where one of `values` stands, however it is spelled."""

    def __init__(self, values: Iterable[str | None]) -> None:
        spelled = [Spelled(value) for value in values if value]
        self._spelled = sorted(spelled, key=lambda one: len(one.value), reverse=True)

    def text(self, text: str) -> str:
        for one in self._spelled:
            text = one.masked(text)
        return text

    def body(self, body: bytes) -> bytes:
        for one in self._spelled:
            body = one.masked_bytes(body)
        return body

    def error(self, error: NodeError) -> NodeError:
        """The same error, safe to be written down."""
        error.message, error.hint = self.text(error.message), self.text(error.hint)
        error.args = (error.message,)
        return error

    async def response(self, response: HttpResponse) -> HttpResponse:
        """The same answer, safe to be written down."""
        if not self._spelled:
            return response
        headers = {self.text(name): self.text(value) for name, value in response.headers.items()}
        if len(response.body) * len(self._spelled) > _QUICK:
            body = await asyncio.to_thread(self.body, response.body)
        else:
            body = self.body(response.body)
        return HttpResponse(response.status, headers, body, self.text(response.url))
