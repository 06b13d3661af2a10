"""The door to the web: what a node sends, what comes back, and how a secret goes along without being seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from nodes.sdk.values import Json

Place = Literal["bearer", "basic", "header", "query"]
"""Where a secret stands in a request: `Authorization: Bearer …`, `Authorization: Basic …` as the password,
a header of its own, or a parameter of the address."""


@dataclass(frozen=True)
class SecretUse:
    """Which secret goes along with a request, and where. A node never holds its value.

    `field` is the header's or the parameter's name; for "basic" the user's name, or "" when the secret is
    `user:password` itself.
    """

    name: str
    place: Place = "bearer"
    field: str = ""


@dataclass(frozen=True)
class HttpResponse:
    """What an address answered; `url` is where the answer came from after redirects."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    url: str = ""


class Http(Protocol):
    """The guarded way out to the network.

    `url` is a whole address, or one that begins with /samples/: this installation's own sample service.
    Raises NodeError: "address_refused" for a private address, "address_unreachable" when nothing answers,
    "secret_missing" or "secret_not_allowed" for a secret that is not there or not meant for this host. Where
    an answer or an error repeats the value of a secret, *** stands instead.
    """

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
    ) -> HttpResponse: ...
