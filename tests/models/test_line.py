"""The line before a local model: who comes first is first, and who waits is told how many are before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, InLine, ToolSpec, Usage
from workers.engine.metered import MeteredModels
from workers.models import line as lines
from workers.models.host_app import HostApp
from workers.models.line import Full, Line
from workers.models.router import Router
from workers.models.runtime import Job, Piece, Refused


class Held:
    """A Runtime that says nothing before it is let go on, and notes who is at work."""

    context = 512

    def __init__(self, slots: int = 1) -> None:
        self.slots = slots
        self.at_work: list[str] = []
        self.go_on = asyncio.Event()

    async def load(self) -> None:
        pass

    async def generate(self, job: Job) -> AsyncIterator[Piece]:
        asked = job.messages[-1].content
        if asked == "too long":
            raise Refused("context_too_long", "The messages are too long for the model.")
        self.at_work.append(asked)
        try:
            await self.go_on.wait()
            yield Piece(f"You said {asked}.")
            yield Piece(finish="stop", usage=Usage(3, 4))
        finally:
            self.at_work.remove(asked)

    async def is_alive(self) -> bool:
        return True

    async def close(self) -> None:
        pass


@asynccontextmanager
async def served(runtime: Held, tmp_path: Any, waiting: int = 8) -> AsyncIterator[Router]:
    """A router whose practice model is the real host app over `runtime`."""
    host = HostApp(runtime, name="practice", waiting=waiting, give_up=pytest.fail)
    runner = web.AppRunner(host.app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "m.sock")).start()
    router = Router(practice=str(tmp_path / "m.sock"))
    try:
        yield router
    finally:
        await router.close()
        await runner.cleanup()


class Asker:
    """Somebody who asks the practice model, and what they hear."""

    def __init__(self, router: Router, text: str, **settings: Any) -> None:
        self.places: list[InLine] = []
        self.chunks: list[ChatChunk] = []
        self.order: list[str] = []
        models = MeteredModels(router.for_workspace("ws"), on_place=self._hear)
        request = ChatRequest("practice", (ChatMessage("user", text),), **settings)
        self.task = asyncio.create_task(self._ask(models, request))

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks)

    def _hear(self, place: InLine) -> None:
        self.places.append(place)
        self.order.append(str(place.ahead))

    async def _ask(self, models: MeteredModels, request: ChatRequest) -> None:
        async for chunk in models.chat(request):
            self.chunks.append(chunk)
            self.order.append("word")

    async def leave(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


async def until(is_true: Any) -> None:
    for _ in range(1_000):
        if is_true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited too long")


async def in_turn(runtime: Held, router: Router, texts: Sequence[str], **settings: Any) -> list[Asker]:
    """People who ask one after the other, each in line before the next comes."""
    askers: list[Asker] = []
    for n, text in enumerate(texts):
        askers.append(asker := Asker(router, text, **settings))
        await until(lambda n=n, a=asker: len(runtime.at_work) > n or a.places or a.task.done())
    return askers


async def test_who_waits_is_told_how_many_are_before_them_until_their_turn(tmp_path: Any) -> None:
    async with served(runtime := Held(), tmp_path) as router:
        first, second, third = await in_turn(runtime, router, ["a", "b", "c"])
        assert (first.places, second.places) == ([], [InLine(1, 1)])
        assert third.places == [InLine(2, 1)]

        await first.leave()
        await until(lambda: third.places[-1].ahead == 1)
        runtime.go_on.set()
        await asyncio.gather(second.task, third.task)

    assert second.order[:3] == ["1", "0", "word"]
    assert third.order[:4] == ["2", "1", "0", "word"]
    assert [one.text for one in (second, third)] == ["You said b.", "You said c."]


async def test_who_leaves_lets_the_others_move_up(tmp_path: Any) -> None:
    async with served(runtime := Held(slots=2), tmp_path) as router:
        _, second, third, fourth = await in_turn(runtime, router, ["a", "b", "c", "d"])
        assert (third.places, fourth.places) == ([InLine(2, 2)], [InLine(3, 2)])

        await third.leave()
        await until(lambda: fourth.places[-1] == InLine(2, 2))
        await second.leave()
        await until(lambda: fourth.places[-1].ahead == 0)

        await until(lambda: sorted(runtime.at_work) == ["a", "d"])
        assert third.places[-1].ahead == 0  # nobody is shown a place that was given up
        runtime.go_on.set()


async def test_where_nobody_waits_nothing_is_told_and_nothing_else_is_sent(tmp_path: Any) -> None:
    async with served(runtime := Held(), tmp_path) as router:
        runtime.go_on.set()
        asker = Asker(router, "hello")
        await asker.task

    assert asker.order == ["word", "word"]
    assert asker.text == "You said hello."


async def test_a_short_wait_is_not_worth_a_word(tmp_path: Any) -> None:
    async with served(runtime := Held(), tmp_path) as router:
        first = Asker(router, "a")
        await until(lambda: runtime.at_work)
        second = Asker(router, "b")
        await asyncio.sleep(0.05)

        runtime.go_on.set()
        await asyncio.gather(first.task, second.task)

    assert (second.places, second.text) == ([], "You said b.")


async def test_a_question_that_waited_and_is_refused_fails_as_any_other(tmp_path: Any) -> None:
    async with served(runtime := Held(), tmp_path) as router:
        _, second = await in_turn(runtime, router, ["a", "too long"])
        assert second.places == [InLine(1, 1)]

        runtime.go_on.set()
        with pytest.raises(NodeError) as refused:
            await second.task

    assert refused.value.code == "context_too_long"
    assert second.places[-1].ahead == 0


async def test_a_model_that_chooses_tools_tells_it_too(tmp_path: Any) -> None:
    tool = ToolSpec("look", "Looks.", {"type": "object", "properties": {}})
    async with served(runtime := Held(), tmp_path) as router:
        _, second = await in_turn(runtime, router, ["a", "b"], tools=(tool,))

        assert second.places == [InLine(1, 1)]


async def test_a_long_wait_is_told_again_so_that_nobody_takes_the_host_for_dead(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "SAID_AGAIN_S", 0.05)
    async with served(runtime := Held(), tmp_path) as router:
        _, second = await in_turn(runtime, router, ["a", "b"])

        await until(lambda: second.places == [InLine(1, 1)] * 3)


async def test_the_line_is_bounded_and_gives_places_back() -> None:
    line = Line(slots=1, waiting=1)

    with line.joined() as first, line.joined() as second:
        assert (first.is_due, second.is_due, second.ahead) == (True, False, 1)
        with pytest.raises(Full), line.joined():
            pass
    assert line.size == 0
