"""What every ModelBackend does. A backend's test module subclasses `BackendContract` and makes one.

The model behind it must echo the last message, word by word, in at least two pieces.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from nodes.sdk.errors import CODES, NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest
from workers.models.backend import ModelBackend

SCHEMA = {
    "type": "object",
    "properties": {"topic": {"type": "string"}},
    "required": ["topic"],
    "additionalProperties": False,
}


def ask(text: str, **settings: object) -> ChatRequest:
    return ChatRequest(model="m", messages=(ChatMessage("user", text),), **settings)  # type: ignore[arg-type]


async def everything(stream: AsyncIterator[ChatChunk]) -> list[ChatChunk]:
    return [chunk async for chunk in stream]


async def error_of(stream: AsyncIterator[ChatChunk]) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await everything(stream)
    assert caught.value.code in CODES
    return caught.value


class BackendContract:
    """Subclasses give a fixture `backend`, and `fails` with an async method making it fail with a code."""

    async def test_text_comes_in_pieces_and_in_order(self, backend: ModelBackend) -> None:
        chunks = await everything(backend.chat(ask("one two three")))

        assert "".join(c.text for c in chunks).split() == ["one", "two", "three"]
        assert sum(bool(c.text) for c in chunks) >= 2

    async def test_the_last_chunk_tells_usage_finish_and_model(self, backend: ModelBackend) -> None:
        chunks = await everything(backend.chat(ask("one two three")))

        last = chunks[-1]
        assert last.usage is not None
        assert last.usage.prompt_tokens > 0
        assert last.usage.completion_tokens > 0
        assert last.finish == "stop"
        assert last.model
        assert [c for c in chunks[:-1] if c.usage or c.finish] == []

    async def test_settings_and_a_system_message_are_taken(self, backend: ModelBackend) -> None:
        request = ChatRequest(
            model="m",
            messages=(
                ChatMessage("system", "Be kind."),
                ChatMessage("user", "before"),
                ChatMessage("assistant", "yes"),
                ChatMessage("user", "one two"),
            ),
            temperature=0.5,
            top_p=0.9,
            max_tokens=50,
            seed=1,
            stop=("END",),
        )

        assert (await everything(backend.chat(request)))[-1].finish == "stop"

    async def test_a_schema_gives_json(self, backend: ModelBackend) -> None:
        chunks = await everything(backend.chat(ask("billing", schema=SCHEMA)))

        assert set(json.loads("".join(c.text for c in chunks))) == {"topic"}

    async def test_text_of_any_language_arrives_whole(self, backend: ModelBackend) -> None:
        chunks = await everything(backend.chat(ask("你好 🌍 é")))

        assert "".join(c.text for c in chunks).strip() == "你好 🌍 é"

    async def test_two_answers_at_a_time_do_not_mix(self, backend: ModelBackend) -> None:
        async with (
            aclosing(backend.chat(ask("a a a"))) as first,
            aclosing(backend.chat(ask("b b b"))) as second,
        ):
            heard = {"a": "", "b": ""}
            for _ in range(2):
                heard["a"] += (await anext(first)).text
                heard["b"] += (await anext(second)).text

        assert set(heard["a"].split()) == {"a"}
        assert set(heard["b"].split()) == {"b"}

    async def test_an_answer_can_be_left_in_the_middle(self, backend: ModelBackend) -> None:
        stream = backend.chat(ask("one two three"))
        await anext(stream)

        await stream.aclose()  # type: ignore[attr-defined]

        assert (await everything(backend.chat(ask("again"))))[-1].finish == "stop"


class EmbeddingContract:
    """What every model that makes vectors does. Subclasses give a fixture `backend`."""

    async def test_each_text_has_a_vector_of_unit_length(self, backend: ModelBackend) -> None:
        vectors = await backend.embed(["one", "two", "three words here"], kind="passage")

        assert len(vectors) == 3
        assert len({len(vector) for vector in vectors}) == 1
        for vector in vectors:
            assert math.isclose(math.fsum(x * x for x in vector), 1, abs_tol=1e-3)

    async def test_the_vectors_come_in_the_order_of_the_texts(self, backend: ModelBackend) -> None:
        texts = [f"number {n} of many" for n in range(70)]

        vectors = await backend.embed(texts, kind="passage")

        for position in (0, 35, 69):
            alone = (await backend.embed([texts[position]], kind="passage"))[0]
            assert math.fsum(x * y for x, y in zip(alone, vectors[position], strict=True)) > 0.999

    async def test_what_means_the_same_lies_nearer(self, backend: ModelBackend) -> None:
        about, same, other = await backend.embed(
            ["When do I get my money back?", "I want my money back.", "The weather is fine in June."],
            kind="query",
        )

        def near(a: list[float], b: list[float]) -> float:
            return math.fsum(x * y for x, y in zip(a, b, strict=True))

        assert near(about, same) > near(about, other)

    async def test_text_of_any_language_has_a_vector(self, backend: ModelBackend) -> None:
        assert len(await backend.embed(["你好，世界", "🌍", "é"], kind="query")) == 3

    async def test_usage_and_model_are_told(self, backend: ModelBackend) -> None:
        vectors = await backend.embed(["one two three"], kind="passage")

        assert vectors.usage.prompt_tokens > 0
        assert vectors.model

    async def test_two_callers_at_a_time_do_not_mix(self, backend: ModelBackend) -> None:
        want = [await backend.embed([text], kind="query") for text in ("alpha", "beta")]

        got = await asyncio.gather(
            backend.embed(["alpha"], kind="query"), backend.embed(["beta"], kind="query")
        )

        assert list(got) == want

    async def test_no_text_has_no_vector(self, backend: ModelBackend) -> None:
        assert list(await backend.embed([], kind="query")) == []
