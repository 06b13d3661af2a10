"""What every ModelBackend does. A backend's test module subclasses `BackendContract` and makes one.

The model behind it must echo the last message, word by word, in at least two pieces.
"""

from __future__ import annotations

import json
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
