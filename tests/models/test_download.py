"""Fetching a model file, against a server that drops connections and says odd things."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from nodes.sdk.errors import NodeError
from workers.models import download
from workers.models.download import Download, check_hash
from workers.outgoing import AllowList, GuardedHttp

DATA = bytes(range(256)) * 20_000  # five megabytes


class FileServer:
    """Serves DATA at /file. `drop_after` bytes of each answer the connection ends; `etag` is its version."""

    def __init__(self) -> None:
        self.data = DATA
        self.drop_after: int | None = None
        self.etag = '"v1"'
        self.takes_ranges = True
        self.asked: list[dict[str, str]] = []

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/file", self.file)
        app.router.add_get("/moved", self.moved)
        app.router.add_get("/inside", self.inside)
        app.router.add_get("/status/{status}", self.status)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.headers))
        start, status = 0, 200
        wanted = request.headers.get("Range", "")
        if wanted and self.takes_ranges and request.headers.get("If-Range", self.etag) == self.etag:
            start, status = int(wanted.removeprefix("bytes=").rstrip("-")), 206
            if start >= len(self.data):
                return web.Response(status=416)
        body = self.data[start:]
        headers = {"ETag": self.etag, "Content-Length": str(len(body))}
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        if self.drop_after is not None and len(body) > self.drop_after:
            await response.write(body[: self.drop_after])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(body)
        return response

    async def moved(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/file"})

    async def inside(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/file"})

    async def status(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        return web.Response(status=int(request.match_info["status"]))


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    server = FileServer()
    await server.start()
    yield server
    await server.runner.cleanup()


@pytest.fixture
async def http(server: FileServer) -> AsyncIterator[GuardedHttp]:
    http = GuardedHttp(AllowList.parse(f"127.0.0.1:{server.port}"))
    yield http
    await http.close()


async def fetch(http: GuardedHttp, url: str, part: Path, **fields: Any) -> Download:
    one = Download(url, part, **fields)

    async def report(done: int, total: int, etag: str) -> None:
        told.append((done, total, etag))

    told: list[tuple[int, int, str]] = []
    await one.run(http, report, pause_s=0.01)
    one.told = told  # type: ignore[attr-defined]
    return one


async def test_a_file_comes_whole_with_its_progress(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    one = await fetch(http, server.url(), tmp_path / "part", size=len(DATA))

    assert one.part.read_bytes() == DATA
    told = one.told  # type: ignore[attr-defined]
    assert told[0] == (0, len(DATA), '"v1"')
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


async def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    server.drop_after = 1_500_000

    one = await fetch(http, server.url(), tmp_path / "part")

    assert one.part.read_bytes() == DATA
    assert len(server.asked) >= 4
    assert [asked.get("If-Range") for asked in server.asked] == [None, *['"v1"'] * (len(server.asked) - 1)]


async def test_what_was_fetched_before_is_not_fetched_again(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(DATA[:4_000_000])

    await fetch(http, server.url(), tmp_path / "part", etag='"v1"', size=len(DATA))

    assert (tmp_path / "part").read_bytes() == DATA
    assert server.asked[0]["Range"] == "bytes=4000000-"


async def test_another_version_is_fetched_from_its_beginning(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(b"old" * 1000)
    server.etag = '"v2"'

    one = await fetch(http, server.url(), tmp_path / "part", etag='"v1"')

    assert one.part.read_bytes() == DATA
    assert one.etag == '"v2"'


async def test_a_server_that_knows_no_ranges_sends_all_again(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(DATA[:1000])
    server.takes_ranges = False

    await fetch(http, server.url(), tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == DATA


async def test_more_than_there_is_to_have_is_thrown_away(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(DATA + b"more")

    await fetch(http, server.url(), tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == DATA


async def test_a_redirect_is_followed_and_guarded(
    http: GuardedHttp, server: FileServer, tmp_path: Path
) -> None:
    await fetch(http, server.url("/moved"), tmp_path / "part")
    with pytest.raises(NodeError) as refused:
        await fetch(http, server.url("/inside"), tmp_path / "other")

    assert (tmp_path / "part").read_bytes() == DATA
    assert refused.value.code == "address_refused"


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 8), (429, 8)])
async def test_a_refusal_is_final_and_a_failure_is_tried_again(
    http: GuardedHttp, server: FileServer, tmp_path: Path, status: int, asked: int
) -> None:
    with pytest.raises(NodeError) as refused:
        await fetch(http, server.url(f"/status/{status}"), tmp_path / "part")

    assert refused.value.code == "address_unreachable"
    assert len(server.asked) == asked


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
async def test_a_file_of_another_size_is_the_wrong_one(
    http: GuardedHttp, server: FileServer, tmp_path: Path, size: int
) -> None:
    with pytest.raises(NodeError) as refused:
        await fetch(http, server.url(), tmp_path / "part", size=size)

    assert refused.value.code == "wrong_file"


async def test_a_full_disk_is_noticed_before(
    http: GuardedHttp, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "KEEP_FREE", 10**18)

    with pytest.raises(NodeError) as refused:
        await fetch(http, server.url(), tmp_path / "part")

    assert refused.value.code == "disk_full"
    assert not (tmp_path / "part").exists()


async def test_the_hash_decides(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(DATA)

    await check_hash(file, hashlib.sha256(DATA).hexdigest())
    with pytest.raises(NodeError) as refused:
        await check_hash(file, "0" * 64)

    assert refused.value.code == "wrong_file"
