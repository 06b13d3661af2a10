"""Asking an AI model and taking its whole reply, as the steps that think do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nodes.sdk.models import ChatMessage, ChatRequest, Models


@dataclass(frozen=True)
class Reply:
    """What a model said, what it thought before, which model it was, and whether it was cut off."""

    text: str
    reasoning: str
    model: str
    was_cut: bool


async def ask(
    models: Models, request: ChatRequest, live: Callable[[str], Awaitable[None]] | None = None
) -> Reply:
    """The whole reply; each piece of its text goes to `live` as it comes. Raises NodeError."""
    text: list[str] = []
    reasoning: list[str] = []
    model, finish = request.model, None
    async for chunk in models.chat(request):
        if chunk.text:
            text.append(chunk.text)
            if live is not None:
                await live(chunk.text)
        reasoning.append(chunk.reasoning)
        model, finish = chunk.model or model, chunk.finish or finish
    return Reply("".join(text), "".join(reasoning), model, finish == "length")


def recent(history: Sequence[ChatMessage], turns: int) -> list[ChatMessage]:
    """The last `turns` messages of the user with what followed each.

    System messages stay at their places: they come from callers whom the owner lets steer the app.
    """
    asked = [i for i, message in enumerate(history) if message.role == "user"]
    begin = asked[-turns] if 0 < turns <= len(asked) else len(history) if turns == 0 else 0
    return [message for i, message in enumerate(history) if i >= begin or message.role == "system"]
