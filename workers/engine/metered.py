"""The AI models as a running node reaches them: each call is counted, and begins while there is room."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from nodes.sdk.models import (
    ChatChunk,
    ChatRequest,
    EmbedKind,
    InLine,
    Made,
    MediaTask,
    Models,
    Price,
    Ranking,
    Recording,
    Task,
    Transcript,
    Usage,
    Vectors,
)
from nodes.sdk.tokens import estimate_minutes, estimate_prompt, estimate_ranking, estimate_tokens
from nodes.sdk.values import Json
from workers.engine.budget import Budget, Reserve


class MeteredModels:
    """Models that count what is used. A call that breaks off counts with what it had reported.

    With a `budget`, a call may have to wait for others, its reply may be bounded, or the run ends here.
    `on_place` hears how the call that is furthest back moves up in the line before a model of this machine.
    """

    def __init__(
        self,
        models: Models,
        budget: Budget | None = None,
        *,
        on_place: Callable[[InLine], None] | None = None,
    ) -> None:
        self._on_place = on_place
        self._places: dict[int, InLine] = {}
        self._taken: list[datetime] = []
        self._models = models
        self._budget = budget
        self._done = Usage()
        self._open: dict[int, Usage] = {}
        self._calls = 0

    @property
    def usage(self) -> Usage:
        return sum(self._open.values(), self._done)

    @property
    def taken_again(self) -> dict[str, Json] | None:
        """How many of its calls were answered by what had been answered before, and since when; None if none.

        {"count", "of", "since"}: of so many calls, and when the oldest of those answers was given.
        """
        if not self._taken:
            return None
        since = min(self._taken).astimezone(UTC).isoformat(timespec="milliseconds")
        return {"count": len(self._taken), "of": self._calls, "since": since.replace("+00:00", "Z")}

    def take(self, *, is_over: bool) -> Usage:
        """What was used since this was last asked, and is not counted here any more."""
        used, self._done = self._done, Usage()
        if is_over:
            used = sum(self._open.values(), used)
            self._open.clear()
        return used

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        budget = self._budget
        reserve: Reserve | None = None
        if budget is not None:
            price = await self.price(request.model) if budget.counts_cost else None
            reserve = await budget.reserve(self, estimate_prompt(request), request.max_tokens, price)
            if reserve.bound is not None:
                request = replace(request, max_tokens=reserve.bound)
        self._calls += 1
        call = self._calls
        if self._on_place is not None:
            request = replace(request, on_place=partial(self._hear_place, call))
        stream = self._models.chat(request)
        try:
            async for chunk in stream:
                if chunk.answered_at is not None:
                    self._taken.append(chunk.answered_at)
                if chunk.usage is not None:
                    self._open[call] = chunk.usage  # providers report the sum of the call so far
                call_text = chunk.call_text.text if chunk.call_text else ""
                if (
                    budget is not None
                    and reserve is not None
                    and (chunk.text or chunk.reasoning or call_text)
                ):
                    heard = sum(map(estimate_tokens, (chunk.text, chunk.reasoning, call_text)))
                    budget.hear(reserve, heard)
                yield chunk
                is_cut = reserve is not None and reserve.bound is not None and chunk.finish == "length"
                if budget is not None and reserve is not None and is_cut:
                    budget.end(reserve)
        finally:
            if call in self._places:
                self._hear_place(call, replace(self._places[call], ahead=0))
            used = self._open.pop(call, None)
            if used is None and reserve is not None:  # it broke off; what it took must not be had again
                used = Usage(reserve.prompt if reserve.heard else 0, reserve.heard)
            self._done += used or Usage()
            if budget is not None and reserve is not None:
                budget.settle(reserve)
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()  # now, not when it is collected: it holds a connection

    def _hear_place(self, call: int, place: InLine) -> None:
        if place.ahead:
            self._places[call] = place
        else:
            self._places.pop(call, None)
        if self._on_place is not None:
            self._on_place(max(self._places.values(), key=lambda one: one.ahead, default=place))

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        budget = self._budget
        reserve: Reserve | None = None
        if budget is not None:
            price = await self.price(model, task="embedding") if budget.counts_cost else None
            reserve = await budget.reserve(self, sum(map(estimate_tokens, texts)), None, price, least=0)
        try:
            vectors = await self._models.embed(texts, model=model, kind=kind)
            self._done += vectors.usage
        finally:
            if budget is not None and reserve is not None:
                budget.settle(reserve)
        return vectors

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        budget = self._budget
        reserve: Reserve | None = None
        if budget is not None:
            price = await self.price(model, task="rerank") if budget.counts_cost else None
            tokens = estimate_ranking(query, texts)
            reserve = await budget.reserve(self, tokens, None, price, least=0)
        try:
            ranking = await self._models.rerank(query, texts, model=model)
            self._done += ranking.usage
        finally:
            if budget is not None and reserve is not None:
                budget.settle(reserve)
        return ranking

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        units = estimate_minutes(recording)
        async with self._room("transcription", model, 0, units):
            found = await self._models.transcribe(recording, language=language, model=model)
            self._done += found.usage
        return found

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        async with self._room("speech", model, estimate_tokens(text), len(text) / 1_000_000):
            made = await self._models.speak(text, voice=voice, model=model)
            self._done += made.usage
        return made

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        async with self._room("image", model, estimate_tokens(words), 1.0):
            made = await self._models.draw(words, size=size, model=model)
            self._done += made.usage
        return made

    @asynccontextmanager
    async def _room(self, task: MediaTask, model: str, tokens: int, units: float) -> AsyncGenerator[None]:
        """Holds what such a call may come to, as long as it lasts."""
        budget = self._budget
        if budget is None:
            yield
            return
        price = await self.price(model, task=task) if budget.counts_cost else None
        reserve = await budget.reserve(self, tokens, None, price, least=0, units=units)
        try:
            yield
        finally:
            budget.settle(reserve)

    async def which(self, model: str = "") -> str:
        return await self._models.which(model)

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return await self._models.price(model, task=task)
