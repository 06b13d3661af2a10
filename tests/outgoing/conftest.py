"""A site, and the guarded client that knows its names."""

import socket
from collections.abc import AsyncIterator

import pytest

from tests.outgoing.site import Site
from workers.outgoing import AllowList, GuardedHttp, OwnSite


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
async def http(site: Site) -> AsyncIterator[GuardedHttp]:
    """Reaches the site as shop.test, api.shop.test and other.test; it is the own installation too."""

    async def lookup(host: str, port: int) -> list[str]:
        if not host.endswith(".test"):
            raise socket.gaierror("no such name")
        return ["127.0.0.1"]

    names = ("shop.test", "api.shop.test", "other.test")
    allow = AllowList.parse(",".join(f"{name}:{site.port}" for name in names))
    http = GuardedHttp(allow, own=OwnSite(f"http://127.0.0.1:{site.port}"), lookup=lookup)
    yield http
    await http.close()
