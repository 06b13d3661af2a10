"""A process for each model file: shared, restarted, and gone when nobody asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nodes.sdk.errors import NodeError
from tests.models.conformance import ask, everything
from workers.models.local_hosts import LocalHosts
from workers.models.openai_backend import OpenAIBackend
from workers.models.practice import practice_model_path
from workers.outgoing.local import LocalHttp

pytestmark = pytest.mark.slow

KEY = "0123456789abcdef"


@pytest.fixture
async def hosts(tmp_path: Path) -> AsyncIterator[LocalHosts]:
    hosts = LocalHosts(tmp_path)
    yield hosts
    await hosts.close()


def model() -> Path:
    path = practice_model_path()
    assert path is not None
    return path


async def health(door: LocalHttp) -> dict[str, object]:
    async with door.open("GET", "http://localhost/health") as response:
        return json.loads(await response.text())


async def test_the_first_question_starts_a_host_that_other_workers_share(
    hosts: LocalHosts, tmp_path: Path
) -> None:
    other = LocalHosts(tmp_path)

    first, second = await asyncio.gather(
        hosts.door(KEY, model(), "gguf/smol"), other.door(KEY, model(), "gguf/smol")
    )

    chunks = await everything(OpenAIBackend(first, "http://localhost/v1", "m").chat(ask("hi", max_tokens=3)))
    assert chunks[-1].finish in ("stop", "length")
    assert (await health(second))["model"] == "gguf/smol"
    memory = {**await hosts.running(), **await other.running()}
    assert list(memory) == [KEY]
    assert memory[KEY] > 50_000_000
    await other.close()


async def test_a_host_that_was_killed_is_started_again(hosts: LocalHosts) -> None:
    await hosts.door(KEY, model(), "gguf/smol")
    [child] = hosts._children.values()
    child.kill()
    await child.wait()

    door = await hosts.door(KEY, model(), "gguf/smol")

    assert (await health(door))["status"] == "ok"


async def test_a_host_goes_when_nobody_asks(tmp_path: Path) -> None:
    hosts = LocalHosts(tmp_path, idle_s=1)
    await hosts.door(KEY, model(), "gguf/smol")
    [child] = hosts._children.values()

    async with asyncio.timeout(60):
        assert await child.wait() == 0

    assert await hosts.running() == {}
    await hosts.close()


async def test_hosts_end_with_their_worker(hosts: LocalHosts) -> None:
    await hosts.door(KEY, model(), "gguf/smol")
    [child] = hosts._children.values()

    await hosts.close()

    assert child.returncode is not None


async def test_who_leaves_while_a_model_is_loaded_spoils_nothing(hosts: LocalHosts, tmp_path: Path) -> None:
    other = LocalHosts(tmp_path)
    leaving = asyncio.create_task(hosts.door(KEY, model(), "gguf/smol"))
    async with asyncio.timeout(60):
        while not hosts._children:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    [child] = hosts._children.values()

    here, there = await asyncio.gather(
        hosts.door(KEY, model(), "gguf/smol"), other.door(KEY, model(), "gguf/smol")
    )

    assert (await health(here))["status"] == (await health(there))["status"] == "ok"
    assert list(hosts._children.values()) == [child]
    assert not other._children
    await other.close()


async def test_a_file_that_has_gone_or_does_not_load_says_so(hosts: LocalHosts, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))

    with pytest.raises(NodeError) as missing:
        await hosts.door("a" * 16, tmp_path / "gone.gguf", "gguf/gone")
    with pytest.raises(NodeError) as unusable:
        await hosts.door("b" * 16, broken, "gguf/broken")

    assert missing.value.code == "model_missing"
    assert unusable.value.code == "model_failed"
