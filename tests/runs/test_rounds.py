"""Many answers that are being read at once are read at the same moments, few as they come."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from nodes.sdk.models import ChatChunk
from tests.models.conformance import ask
from tests.models.fixtures import FakeOpenAI
from workers.models.openai_backend import OpenAIBackend
from workers.outgoing import AllowList, GuardedHttp
from workers.rounds import MANY, Rounds, rounds


@pytest.fixture
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """One to a server that says a word at once and then nothing."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"word")
        await writer.drain()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()


async def test_few_are_read_as_they_come(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
):
    together = Rounds()
    together.reading = MANY - 1

    await asyncio.wait_for(together.wait(connection[1].transport), 0.001)

    assert together._next is None


async def test_many_rest_until_the_same_moment(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
):
    together, transport = Rounds(), connection[1].transport
    assert isinstance(transport, asyncio.ReadTransport)
    together.reading = MANY

    resting = [asyncio.create_task(together.wait(transport))] + [
        asyncio.create_task(together._round()) for _ in range(20)
    ]
    await asyncio.sleep(0)
    was_reading, moment = transport.is_reading(), together._next
    assert moment is not None
    await moment.wait()
    await asyncio.sleep(0)

    assert not was_reading
    assert all(task.done() for task in resting)
    assert transport.is_reading()
    assert await connection[0].readexactly(4) == b"word"


async def test_who_leaves_while_it_rests_leaves_the_others_resting(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
):
    together, transport = Rounds(), connection[1].transport
    assert isinstance(transport, asyncio.ReadTransport)
    together.reading = MANY
    leaving, staying = [asyncio.create_task(wait) for wait in (together.wait(transport), together._round())]
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert transport.is_reading()
    assert not staying.done()
    await staying


async def test_answers_read_in_rounds_are_whole_and_none_is_counted_when_it_is_over():
    text = " ".join(f"word{n}" for n in range(40))

    async def heard(backend: OpenAIBackend) -> str:
        chunks: list[ChatChunk] = [chunk async for chunk in backend.chat(ask(text))]
        return "".join(chunk.text for chunk in chunks)

    with FakeOpenAI() as fake:
        http = GuardedHttp(AllowList.parse(fake.place))
        backend = OpenAIBackend(http, fake.url, "fake-1", title="here/fake-1", silence_s=5)
        alone = await heard(backend)
        rounds().reading = MANY  # as if so many others were being read
        together = await asyncio.gather(*(heard(backend) for _ in range(30)))
        left = backend.chat(ask("slow"))
        await anext(left)
        await left.aclose()  # type: ignore[attr-defined]
        await http.close()

    assert together == [alone] * 30
    assert rounds().reading == MANY
