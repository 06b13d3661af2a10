"""What a question to a fake provider asks for: words, calls of tools, in pieces."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any


def calls_of(message: object) -> list[dict[str, Any]]:
    """The calls that a message asks for, as OpenAI's JSON."""
    words = message.removeprefix("whole ").split(" ", 2) if isinstance(message, str) else []
    if len(words) < 3 or words[0] not in ("call", "calls"):
        return []
    function = {"name": words[1], "arguments": words[2]}
    return [
        {"id": f"c{index}", "index": index, "type": "function", "function": function}
        for index in range(2 if words[0] == "calls" else 1)
    ]


def pieces_of(calls: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The calls as deltas: first the names, then the arguments of all in turns."""
    for call in calls:
        yield {**call, "function": {"name": call["function"]["name"], "arguments": ""}}
    texts = [cut(call["function"]["arguments"]) for call in calls]
    for parts in zip(*texts, strict=True):
        for call, part in zip(calls, parts, strict=True):
            yield {"index": call["index"], "function": {"arguments": part}}


def cut(text: str) -> list[str]:
    return [text[start : start + 5] for start in range(0, len(text), 5)]


async def words_of(message: str) -> AsyncIterator[str]:
    if message == "cut":
        message = "one two three four"
    if message == "slow":
        for number in range(100_000):
            yield f"{number} "
            await asyncio.sleep(0.02)
    if message == "endless":
        for number in itertools.count():
            yield f"{number} " * 2_000
            await asyncio.sleep(0)
    if message == "bytes":
        message = "bytes of 你好 🌍 and é"
    for word in message.split(" "):
        yield word + " "


def text_of(content: str | list[dict[str, Any]]) -> str:
    """The words of a message, which may come with pictures."""
    if isinstance(content, str):
        return content
    return next((part["text"] for part in reversed(content) if "text" in part), "thank you")
