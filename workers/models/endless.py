"""A reply that does not come to an end is ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk

MOST_CHARACTERS: Final = 1_000_000
"""Of all that a model writes in one reply, its thoughts and calls included: several times what any writes
that has not lost its way, and no more than a run may keep."""


async def bounded(chunks: AsyncIterator[ChatChunk], title: str) -> AsyncIterator[ChatChunk]:
    """The reply of the model `title`. Raises NodeError `model_endless` when it grows beyond bounds, and
    leaves the service then."""
    written = 0
    async with aclosing(chunks) as pieces:
        async for chunk in pieces:
            written += len(chunk.text) + len(chunk.reasoning)
            if chunk.call_text is not None:
                written += len(chunk.call_text.text)
            if written > MOST_CHARACTERS:
                raise NodeError(
                    "model_endless",
                    f"The model {title!r} did not stop writing, and was stopped.",
                    hint="Give the step a length limit for replies, or choose another model.",
                )
            yield chunk
