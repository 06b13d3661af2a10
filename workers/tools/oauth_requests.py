"""What we say to an authorization server: who we are, what came back for a person, and that tokens end.

Nothing secret is in an address, an error or a log; what a server says of an error is masked and cut short.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

from django.utils import timezone
from yarl import URL

from backend.tools.tokens import Client, Tokens
from nodes.sdk.errors import NodeError
from nodes.sdk.http import HttpResponse
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.values import Json
from workers.outgoing import HttpWithSecrets
from workers.outgoing.secrets import Mask
from workers.tools.oauth_places import MOST_BYTES, PATIENCE_S, SignInError, SignInServer, impossible

_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}\Z")
_LONGEST_S: Final = 10 * 365 * 24 * 3600.0
_FORM: Final = "application/x-www-form-urlencoded"


class Refused(Exception):
    """The server does not give what was asked for, and would not the next time either."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


def new_verifier() -> str:
    """What proves later that it was we who sent a person (PKCE)."""
    return secrets.token_urlsafe(48)


def authorize_address(
    server: SignInServer, client: Client, *, redirect: str, state: str, verifier: str
) -> str:
    """Where the person signs in, in their own browser."""
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "resource": server.resource,
        **({"scope": server.scope} if server.scope else {}),
        **({"prompt": "consent"} if "offline_access" in server.scope.split() else {}),
    }
    return str(URL(server.authorize).update_query(asked))


async def register(http: HttpWithSecrets, server: SignInServer, redirect: str) -> Client:
    """The client that the server makes of us (RFC 7591). Raises SignInError or NodeError."""
    method = server.methods[0] if server.methods else "none"
    body: Json = {
        "client_name": "Treadle",
        "redirect_uris": [redirect],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        **({"scope": server.scope} if server.scope else {}),
    }
    response = await http.request(
        "POST",
        server.register,
        json=body,
        timeout_s=PATIENCE_S,
        max_bytes=MOST_BYTES,
        follow_redirects=False,
    )
    said = _said(response)
    client_id, secret = said.get("client_id"), said.get("client_secret") or ""
    if response.status not in (200, 201) or not isinstance(client_id, str) or not isinstance(secret, str):
        raise impossible(f"{URL(server.register).host!r} does not register us{_why(said, Mask([]))}")
    if not 0 < len(client_id) <= 500 or not client_id.isprintable() or (secret and not _TOKEN.match(secret)):
        raise impossible(f"{URL(server.register).host!r} registers us in a way that cannot be used")
    return Client(client_id, secret)


async def first_tokens(
    http: HttpWithSecrets,
    server: SignInServer,
    client: Client,
    *,
    code: str,
    verifier: str,
    redirect: str,
) -> Tokens:
    """What the code that came back is worth. Raises Refused, SignInError or NodeError."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": verifier,
        "resource": server.resource,
    }
    said = await _ask(http, server, client, server.token, asked, hidden=[code, verifier])
    return _tokens(said, server, client)


async def next_tokens(http: HttpWithSecrets, tokens: Tokens) -> Tokens:
    """The pair that comes after this one. Raises Refused, or NodeError for what may pass."""
    server = SignInServer.from_json(tokens.server)
    asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh, "resource": server.resource}
    said = await _ask(http, server, tokens.client, server.token, asked, hidden=[tokens.refresh])
    try:
        return _tokens(said, server, tokens.client, tokens.refresh, tokens.generation + 1)
    except SignInError as error:
        raise Refused("no_token", error.message) from None


async def revoke(http: HttpWithSecrets, tokens: Tokens) -> None:
    """Asks the server to forget a pair (RFC 7009), where it offers that. Raises Refused or NodeError."""
    server = SignInServer.from_json(tokens.server)
    if not server.revoke:
        return
    for kind, token in (("refresh_token", tokens.refresh), ("access_token", tokens.access)):
        if token:
            asked = {"token": token, "token_type_hint": kind}
            await _ask(http, server, tokens.client, server.revoke, asked, hidden=[token])


async def _ask(
    http: HttpWithSecrets,
    server: SignInServer,
    client: Client,
    place: str,
    asked: Mapping[str, str],
    hidden: list[str],
) -> dict[str, Json]:
    headers = {"Content-Type": _FORM, "Accept": "application/json"}
    form = {**asked, "client_id": client.id}
    if client.secret and "client_secret_post" in server.methods:
        form["client_secret"] = client.secret
    elif client.secret:
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    response = await http.request(
        "POST",
        place,
        headers=headers,
        data=urlencode(form),
        timeout_s=PATIENCE_S,
        max_bytes=MOST_BYTES,
        follow_redirects=False,
    )
    if response.status == 200:
        return _said(response)
    if response.status in (408, 429) or response.status >= 500:
        raise NodeError(
            "address_unreachable",
            f"{URL(place).host!r}, where one signs in, answers with the error {response.status}.",
            "Try again later.",
        )
    said = _said(response)
    code = said.get("error")
    mask = Mask([*hidden, client.secret])
    raise Refused(str(code)[:60] if isinstance(code, str) else str(response.status), _why(said, mask))


def _tokens(
    said: Mapping[str, Json], server: SignInServer, client: Client, refresh: str = "", generation: int = 0
) -> Tokens:
    """The tokens in an answer; the one to renew with stays where no other comes (RFC 6749, 6)."""
    access, renewal, lasts = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
    kind = str(said.get("token_type", "")).lower()
    if not isinstance(access, str) or not _TOKEN.match(access) or kind != "bearer":
        raise impossible("the server that one signs in at gives no token that can be used")
    if not isinstance(renewal, str) or not _TOKEN.match(renewal):
        renewal = refresh
    rotates = renewal != refresh if refresh else None
    ends = None
    if isinstance(lasts, int | float) and not isinstance(lasts, bool) and 0 < lasts < _LONGEST_S:
        ends = timezone.now() + timedelta(seconds=lasts)
    return Tokens(access, renewal, ends, client, server.to_json(), generation, rotates)


def _said(response: HttpResponse) -> dict[str, Json]:
    try:
        said = data_of(response.body.decode("utf-8", "replace"))
    except NotData:
        return {}
    return said if isinstance(said, dict) else {}


def _why(said: Mapping[str, Json], mask: Mask) -> str:
    """What a server says of an error, in a few words."""
    words = [said[key] for key in ("error", "error_description") if isinstance(said.get(key), str)]
    text = mask.text(" ".join(": ".join(str(one) for one in words).split()))[:300]
    return f" ({text})" if text else ""
