"""The guarded client against real listeners. Names are mapped to addresses by the test's own look-up."""

from __future__ import annotations

import gzip
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from nodes.sdk.errors import NodeError
from workers.outgoing import AllowList, GuardedHttp
from workers.outgoing.sessions import NotPublic, _public_socket

METADATA = "http://169.254.169.254/latest/meta-data"


class Site:
    """A web site on 127.0.0.1 that remembers what it was asked and redirects where `to` says."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.bodies.append(await request.read())
        if "to" in request.query:
            status = int(request.query.get("status", "302"))
            return web.Response(status=status, headers={"Location": request.query["to"]})
        if request.path == "/bomb":
            zeros = gzip.compress(bytes(50_000_000))
            return web.Response(body=zeros, headers={"Content-Encoding": "gzip"})
        if request.path == "/loop":
            return web.Response(status=302, headers={"Location": "/loop"})
        if request.path == "/slow":
            import asyncio

            await asyncio.sleep(30)
        return web.Response(text="hello", headers={"X-Seen": "1"})


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def http(site: Site) -> AsyncIterator[GuardedHttp]:
    async def lookup(host: str, port: int) -> list[str]:
        names = {
            "inside.test": ["10.0.0.7"],
            "both.test": ["93.184.216.34", "127.0.0.1"],
            "mapped.test": ["::ffff:127.0.0.1"],
            "nat64.test": ["64:ff9b::a9fe:a9fe"],
            "allowed.test": ["127.0.0.1"],
            "other.test": ["127.0.0.1"],
        }
        if host not in names:
            raise socket.gaierror("no such name")
        return names[host]

    places = f"127.0.0.1:{site.port},allowed.test:{site.port},other.test:{site.port}"
    http = GuardedHttp(AllowList.parse(places), lookup=lookup)
    yield http
    await http.close()


async def refusal(http: GuardedHttp, url: str, method: str = "GET", **more: object) -> str:
    with pytest.raises(NodeError) as caught:
        await http.request(method, url, timeout_s=5, **more)  # type: ignore[arg-type]
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        METADATA,
        "http://127.0.0.1:1/", "http://localhost.:1/", "http://127.1:1/", "http://2130706433/",
        "http://0x7f000001/", "http://0177.0.0.1/", "http://127.0.0.1./", "http://0/", "http://0x7f.1/",
        "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/",
        "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/", "http://[fe80::1%25lo]/", "http://[fd00::1]/", "http://100.64.0.1/",
        "http://inside.test/", "http://both.test/", "http://mapped.test/", "http://nat64.test/",
        "http://allowed.test/", "https://allowed.test/",  # allowed, but on another port
        "http://user:secret@93.184.216.34/", "file:///etc/passwd", "ftp://93.184.216.34/", "gopher://x/",
        "//93.184.216.34/", "/etc/passwd", "unix:///run/docker.sock", "http://", "http:///x", "", "http://[::1",
        "http://x:99999/", "http://a..b/", "http://" + "a" * 64 + ".com/",
    ],
)  # fmt: skip
async def test_what_leads_inside_is_refused(http: GuardedHttp, url: str) -> None:
    assert await refusal(http, url) in {"address_refused", "address_unreachable"}
    if "localhost" not in url:
        assert await refusal(http, url) == "address_refused"


async def test_the_real_look_up_of_localhost_is_refused() -> None:
    http = GuardedHttp(AllowList())

    assert await refusal(http, "http://localhost:1/") == "address_refused"
    await http.close()


async def test_an_allowed_place_is_reached(http: GuardedHttp, site: Site) -> None:
    answer = await http.request("post", f"http://allowed.test:{site.port}/a?b=1", json={"x": 1})

    assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, b"hello", "1")
    assert answer.url == f"http://allowed.test:{site.port}/a?b=1"
    assert site.bodies == [b'{"x": 1}']
    assert site.asked[0].headers["Host"] == f"allowed.test:{site.port}"


async def test_proxies_of_the_environment_are_not_used(
    http: GuardedHttp, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert (await http.request("GET", f"http://127.0.0.1:{site.port}/")).status == 200


@pytest.mark.parametrize("to", [METADATA, "//169.254.169.254/", "http://inside.test/", "file:///etc/passwd"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_inside_is_refused(http: GuardedHttp, site: Site, to: str, status: int) -> None:
    from yarl import URL

    url = URL(f"http://127.0.0.1:{site.port}/").with_query(to=to, status=status)

    assert await refusal(http, str(url)) == "address_refused"


async def test_a_redirect_to_another_host_takes_no_credentials_along(http: GuardedHttp, site: Site) -> None:
    to = f"http://other.test:{site.port}/there"
    keys = {"Authorization": "Bearer k", "X-Api-Key": "k", "Cookie": "k", "Accept": "text/plain"}

    answer = await http.request("GET", f"http://allowed.test:{site.port}/?to={to}", headers=keys)

    assert answer.url == to
    assert not {"Authorization", "X-Api-Key", "Cookie"} & set(site.asked[1].headers)
    assert site.asked[1].headers["Accept"] == "text/plain"


async def test_a_redirect_on_the_same_host_keeps_them(http: GuardedHttp, site: Site) -> None:
    await http.request(
        "GET", f"http://allowed.test:{site.port}/?to=/there", headers={"Authorization": "Bearer k"}
    )

    assert site.asked[1].headers["Authorization"] == "Bearer k"


async def test_what_was_posted_is_not_sent_on_to_another_host(http: GuardedHttp, site: Site) -> None:
    url = f"http://allowed.test:{site.port}/?status=307&to=http://other.test:{site.port}/"

    assert await refusal(http, url, "POST", json={"secret": 1}) == "address_refused"
    assert len(site.asked) == 1


async def test_a_post_that_is_redirected_becomes_a_get(http: GuardedHttp, site: Site) -> None:
    await http.request("POST", f"http://allowed.test:{site.port}/?to=/there", json={"x": 1})

    assert [r.method for r in site.asked] == ["POST", "GET"]
    assert site.bodies[1] == b""


async def test_redirects_without_end_are_given_up(http: GuardedHttp, site: Site) -> None:
    assert await refusal(http, f"http://127.0.0.1:{site.port}/loop") == "address_unreachable"
    assert len(site.asked) == 6


async def test_a_body_is_capped_after_it_is_inflated(http: GuardedHttp, site: Site) -> None:
    assert await refusal(http, f"http://127.0.0.1:{site.port}/bomb") == "answer_too_large"


async def test_a_slow_answer_is_a_timeout(http: GuardedHttp, site: Site) -> None:
    with pytest.raises(NodeError) as caught:
        await http.request("GET", f"http://127.0.0.1:{site.port}/slow", timeout_s=0.2)

    assert (caught.value.code, caught.value.retry) == ("address_unreachable", True)


async def test_an_unknown_name_is_unreachable(http: GuardedHttp) -> None:
    assert await refusal(http, "http://nobody.test/") == "address_unreachable"


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\x00b"])
async def test_a_header_cannot_hold_a_line_end(http: GuardedHttp, site: Site, header: str) -> None:
    with pytest.raises(NodeError) as caught:
        await http.request("GET", f"http://127.0.0.1:{site.port}/", headers={"X-A": header})

    assert caught.value.code == "bad_config"
    assert site.asked == []


async def test_a_name_that_changes_its_address_is_caught_at_the_socket() -> None:
    # Whatever the look-up said before: the socket sees the address that is connected to.
    with pytest.raises(NotPublic):
        _public_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80)))


async def test_each_connection_is_looked_up_and_checked_anew() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    http = GuardedHttp(AllowList(), lookup=rebinding)

    assert await refusal(http, "http://rebinding.test/") == "address_refused"
    assert await refusal(http, "http://rebinding.test/") == "address_refused"
    await http.close()
