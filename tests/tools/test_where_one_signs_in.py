"""What servers say of where one signs in: taken at its word only where that is safe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web as aio

from tests.tools.conftest import web
from workers.outgoing import HttpWithSecrets
from workers.tools.oauth_places import SignInError, SignInServer, find_server, safe_address

Base = tuple[HttpWithSecrets, str]
Say = Callable[[str], Mapping[str, Any]]
ABOUT = "/.well-known/oauth-protected-resource/mcp"
SERVER = "/.well-known/oauth-authorization-server"


def fine(base: str) -> dict[str, Any]:
    """What a server says that does all it should."""
    return {
        ABOUT: {"resource": f"{base}/mcp", "authorization_servers": [base], "scopes_supported": ["orders"]},
        SERVER: {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "code_challenge_methods_supported": ["S256"],
        },
    }


@pytest.fixture
async def saying() -> AsyncIterator[Callable[[Say], Awaitable[Base]]]:
    """Starts a server that says at each address what `say` has for it; the server of tools is at /mcp."""
    running: list[aio.AppRunner] = []

    async def start(say: Say) -> Base:
        async def answer(request: aio.Request) -> aio.Response:
            base = f"http://{request.host}"
            if request.path == "/mcp":
                told = f'Bearer error="invalid_token", resource_metadata="{base}{ABOUT}"'
                return aio.Response(status=401, headers={"WWW-Authenticate": told})
            said = say(base).get(request.path)
            if isinstance(said, aio.Response):
                return said
            return aio.Response(status=404) if said is None else aio.json_response(said)

        app = aio.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        running.append(aio.AppRunner(app, shutdown_timeout=0.1))
        await running[-1].setup()
        await aio.TCPSite(running[-1], "127.0.0.1", 0).start()
        port = running[-1].addresses[0][1]
        return web(port), f"http://127.0.0.1:{port}"

    yield start
    for one in running:
        await one.cleanup()


async def test_a_server_that_says_all_is_found(saying: Any) -> None:
    http, base = await saying(fine)

    found = await find_server(http, f"{base}/mcp")

    assert found == SignInServer(
        issuer=base,
        authorize=f"{base}/authorize",
        token=f"{base}/token",
        register="",
        revoke="",
        methods=("client_secret_basic",),
        says_issuer=False,
        resource=f"{base}/mcp",
        scope="orders",
    )
    assert SignInServer.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        (SERVER, {"code_challenge_methods_supported": ["plain"]}),
        (SERVER, {"code_challenge_methods_supported": None}),
        (SERVER, {"issuer": "https://another.example"}),
        (SERVER, {"authorization_endpoint": "javascript:alert(1)"}),
        (SERVER, {"authorization_endpoint": "file:///etc/passwd"}),
        (SERVER, {"authorization_endpoint": "http://auth.example/authorize"}),
        (SERVER, {"token_endpoint": "http://169.254.169.254/token"}),
        (SERVER, {"token_endpoint": "https://me:secret@auth.example/token"}),
        (SERVER, {"revocation_endpoint": "http://127.0.0.1:1/"}),
        (SERVER, {"token_endpoint": ""}),
        (ABOUT, {"resource": "https://bank.example/"}),
        (ABOUT, {"resource": "BASE/mc"}),
        (ABOUT, {"authorization_servers": []}),
        (ABOUT, {"authorization_servers": ["http://auth.example"]}),
    ],
)
async def test_a_word_that_is_not_safe_ends_the_sign_in(
    saying: Any, place: str, changed: dict[str, Any]
) -> None:
    def say(base: str) -> dict[str, Any]:
        told = fine(base)
        told[place].update(changed)
        if changed.get("resource") == "BASE/mc":
            told[place]["resource"] = f"{base}/mc"
        return told

    http, base = await saying(say)

    with pytest.raises(SignInError) as refused:
        await find_server(http, f"{base}/mcp")

    assert refused.value.code == "sign_in_impossible"


async def test_nobody_is_followed_to_where_a_server_sends_us_on(saying: Any) -> None:
    def say(base: str) -> dict[str, Any]:
        elsewhere = {"Location": f"{base}/elsewhere"}
        return {
            **fine(base),
            SERVER: aio.Response(status=302, headers=elsewhere),
            "/elsewhere": fine(base)[SERVER],
        }

    http, base = await saying(say)

    with pytest.raises(SignInError, match="does not say how"):
        await find_server(http, f"{base}/mcp")


async def test_only_loopback_on_the_administrators_list_may_do_without_https(saying: Any) -> None:
    http, base = await saying(fine)

    assert safe_address(http, f"{base}/token") == f"{base}/token"
    assert safe_address(http, "https://auth.example/token") == "https://auth.example/token"
    for unsafe in (
        "http://127.0.0.1:1/token",
        "http://localhost/token",
        "http://auth.example/",
        "mailto:a@b.c",
    ):
        with pytest.raises(SignInError):
            safe_address(http, unsafe)
