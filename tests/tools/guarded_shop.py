"""A server of the official package that lets nobody in who has not signed in there, and the way to sign in.

It runs in a thread, so that a test sees what it did and says how it is to be.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import httpx
import uvicorn
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl, AnyUrl
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.runs.stack import free_port, until


@dataclass
class Doorkeeper(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Whom it let in. Each token to renew with is good once, unless it is told to leave them as they are."""

    url: str = ""
    lasts_s: int = 3600
    clients: dict[str, OAuthClientInformationFull] = field(default_factory=dict)
    asked: dict[str, tuple[str, AuthorizationParams]] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    renewal: dict[str, RefreshToken] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    """Every code and token that it ever gave."""
    renewals: int = 0
    rotates: bool = True
    thinks_s: float = 0.3
    handed_in: list[str] = field(default_factory=list)
    """Every token that somebody came with to renew it, or to take it back."""
    revoked: list[str] = field(default_factory=list)

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        assert client_info.client_id
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        ticket = secrets.token_urlsafe(16)
        assert client.client_id
        self.asked[ticket] = (client.client_id, params)
        return f"{self.url}/login?ticket={ticket}"

    def decided(self, ticket: str, is_agreed: bool) -> str:
        """Where a person is sent back to who has made up their mind."""
        client_id, params = self.asked.pop(ticket)
        back = str(params.redirect_uri)
        if not is_agreed:
            return construct_redirect_uri(back, error="access_denied", state=params.state, iss=self.url)
        code = self._new()
        self.codes[code] = AuthorizationCode(
            code=code,
            scopes=params.scopes or ["orders"],
            expires_at=time.time() + 60,
            client_id=client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        return construct_redirect_uri(back, code=code, state=params.state, iss=self.url)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._pair(
            authorization_code.client_id, authorization_code.scopes, authorization_code.resource
        )

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        self.handed_in.append(refresh_token)
        return self.renewal.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        self.renewals += 1
        del self.renewal[refresh_token.token]
        await asyncio.sleep(self.thinks_s)
        kept = "" if self.rotates else refresh_token.token
        return self._pair(refresh_token.client_id, scopes, refresh_token.resource, kept)

    async def load_access_token(self, token: str) -> AccessToken | None:
        found = self.access.get(token)
        return found if found and (found.expires_at or 0) > time.time() else None

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.revoked.append(token.token)
        self.access.pop(token.token, None)
        self.renewal.pop(token.token, None)

    def _pair(self, client_id: str, scopes: list[str], resource: str | None, renewal: str = "") -> OAuthToken:
        access, renewal = self._new(), renewal or self._new()
        ends = int(time.time()) + self.lasts_s
        about = {"client_id": client_id, "scopes": scopes, "resource": resource, "subject": "ella"}
        self.access[access] = AccessToken(token=access, expires_at=ends, **about)
        self.renewal[renewal] = RefreshToken(token=renewal, **about)
        return OAuthToken(
            access_token=access,
            token_type="Bearer",
            expires_in=self.lasts_s,
            refresh_token=renewal,
            scope=" ".join(scopes),
        )

    def _new(self) -> str:
        self.given.append(secrets.token_urlsafe(32))
        return self.given[-1]


class GuardedShop:
    """The server. `keeper` is who lets people in, `done` what was asked of its tool."""

    def __init__(self, *, registers: bool = True) -> None:
        self.port = free_port()
        self.place = f"127.0.0.1:{self.port}"
        self.base = f"http://{self.place}"
        self.url = f"{self.base}/mcp"
        self.keeper = Doorkeeper(url=self.base)
        self.done: list[str] = []
        server = self._server(registers)
        app = server.streamable_http_app(json_response=True)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error")
        )
        self._thread = threading.Thread(target=self._uvicorn.run, daemon=True)
        self._thread.start()
        until(lambda: self._uvicorn.started, "the guarded shop is open")

    def _server(self, registers: bool) -> MCPServer:
        server = MCPServer(
            "The guarded shop",
            log_level="ERROR",
            auth_server_provider=self.keeper,
            auth=AuthSettings(
                issuer_url=AnyHttpUrl(self.base),
                resource_server_url=AnyHttpUrl(self.url),
                client_registration_options=ClientRegistrationOptions(
                    enabled=registers, valid_scopes=["orders"], default_scopes=["orders"]
                ),
                revocation_options=RevocationOptions(enabled=True),
                required_scopes=["orders"],
                validate_token_resource=True,
            ),
        )

        @server.tool()
        def find_order(number: str) -> dict[str, str]:
            """Says where an order is."""
            self.done.append(number)
            return {"number": number, "status": "on its way"}

        @server.custom_route("/login", methods=["GET", "POST"])
        async def login(request: Request) -> Response:
            ticket = request.query_params["ticket"]
            if request.method == "POST":
                answer = (await request.form()).get("answer")
                return RedirectResponse(self.keeper.decided(ticket, answer == "yes"), status_code=303)
            return HTMLResponse(
                f'<h1>The shop</h1><form method="post" action="/login?ticket={ticket}">'
                '<button name="answer" value="yes">Let it in</button>'
                '<button name="answer" value="no">Keep it out</button></form>'
            )

        return server

    def knows(self, client_id: str, redirect: str) -> None:
        """A client that a person made here by hand, with a secret."""
        self.keeper.clients[client_id] = OAuthClientInformationFull(
            client_id=client_id,
            client_secret=f"secret-of-{client_id}",
            redirect_uris=[AnyUrl(redirect)],
            token_endpoint_auth_method="client_secret_post",
            scope="orders",
        )

    def close(self) -> None:
        """Listens no more."""
        self._uvicorn.should_exit = True
        self._thread.join(10)


def signed_in_there(address: str, *, agrees: bool = True) -> dict[str, str]:
    """What a browser is sent back with that opens `address` and answers there."""
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(browser.get(address).headers["Location"])
        assert "Let it in" in page.text
        back = browser.post(page.url, data={"answer": "yes" if agrees else "no"})
    return dict(parse_qsl(urlsplit(back.headers["Location"]).query))


@contextmanager
def guarded(*, registers: bool = True) -> Iterator[GuardedShop]:
    """One for as long as it is wanted."""
    shop = GuardedShop(registers=registers)
    try:
        yield shop
    finally:
        shop.close()
