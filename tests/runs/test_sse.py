"""Server-sent events on the wire."""

import asyncio
from collections.abc import AsyncIterator

from backend.runs.public import SseEvent
from backend.runs.sse import PING, frame, kept_alive, sse_response


async def test_an_event_is_framed_with_its_place():
    event = SseEvent("answer", {"offset": 0, "text": "Zürich\n𝄞"}, "12-57")

    assert frame(event) == (
        'id: 12-57\nevent: answer\ndata: {"offset":0,"text":"Z\\u00fcrich\\n\\ud834\\udd1e"}\n\n'
    )
    assert not frame(SseEvent("run", {})).startswith("id:")


async def test_silence_is_filled_with_pings_and_nothing_is_lost():
    go_on = asyncio.Event()

    async def slow() -> AsyncIterator[str]:
        yield "one"
        await go_on.wait()
        yield "two"

    seen: list[object] = []
    async for item in kept_alive(slow(), every_s=0.01):
        seen.append(item)
        if seen.count(PING) == 3:
            go_on.set()

    assert [item for item in seen if item != PING] == ["one", "two"]
    assert seen.count(PING) >= 3


async def test_a_reader_that_leaves_ends_what_it_read_from():
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "again"
                begun.set()
                await asyncio.sleep(60)
        finally:
            ended.set()

    response = sse_response(endless())

    async def read_on() -> None:
        async for _ in response:
            pass

    reading = asyncio.create_task(read_on())
    await begun.wait()
    reading.cancel()  # what Django does when the client has gone

    await asyncio.wait_for(ended.wait(), 5)
    assert response["Content-Type"].startswith("text/event-stream")
