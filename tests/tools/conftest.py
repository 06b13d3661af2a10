"""Sources, and the way to them."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from backend.tools.models import ToolSource
from tests.runs.stack import free_port
from workers.outgoing import AllowList, GuardedHttp, HttpWithSecrets, KnownSecret

HERE = Path(__file__).parent
SERVER_KEY = "k3y-of-the-shop"


def source(port: int, path: str = "/mcp", **more: object) -> ToolSource:
    """A source that is in no database."""
    address = f"http://127.0.0.1:{port}{path}"
    return ToolSource(workspace_id=uuid4(), name="Shop", kind="mcp", address=address, **more)


_ways: list[GuardedHttp] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    """Closes the ways out that a test opened."""
    yield
    while _ways:
        await _ways.pop().close()


def web(port: int) -> HttpWithSecrets:
    """The way out of a workspace that keeps a secret for the server at `port`."""

    async def secrets() -> list[KnownSecret]:
        return [KnownSecret("Shop key", (f"127.0.0.1:{port}",), SERVER_KEY)]

    _ways.append(GuardedHttp(AllowList.parse(f"127.0.0.1:{port}")))
    return HttpWithSecrets(_ways[-1], secrets)


Serve = Callable[..., Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server of the official package and gives its port."""
    running: list[subprocess.Popen[bytes]] = []

    async def start(way: str, *more: str, port: int = 0) -> int:
        port = port or free_port()
        program = [sys.executable, str(HERE / "example_server.py"), str(port), way, *more]
        running.append(subprocess.Popen(program))  # noqa: ASYNC220 - it runs beside the test
        for _ in range(300):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            await asyncio.sleep(0.1)
        raise AssertionError("The server does not start.")

    yield start
    for one in running:
        one.kill()
        one.wait()
