"""Models that stand in for one that does not answer, and go on where it broke off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatMessage, ChatRequest, Usage
from workers.models.usage import estimate_usage

WHERE_ANOTHER_MAY_DO = frozenset(
    {
        "model_auth",
        "model_busy",
        "model_failed",
        "model_missing",
        "model_rate_limited",
        "model_timeout",
        "model_unreachable",
    }
)
"""Errors that say something of the service and not of the question."""

_GO_ON = (
    "Your reply above was cut off. Go on exactly where it stops, in the middle of a sentence if need be. "
    "Write only what is missing, and say nothing of it again."
)

Ask = Callable[[str, ChatRequest, bool], AsyncIterator[ChatChunk]]
"""Model id, question, and whether another model is there should this one have no time."""


async def with_stand_ins(ask: Ask, request: ChatRequest, models: Sequence[str]) -> AsyncIterator[ChatChunk]:
    """The reply of the first of `models` that gives one to its end, in one stream.

    When a model breaks off in mid-reply, the next one is shown what was said and asked to go on, and what
    it says again is left out. A reply that has a shape to keep, or has begun to call a tool, cannot be gone
    on with: its error is raised, as that of the last model is. The usage is that of all models asked.
    """
    said, spent = "", Usage()
    has_called = False
    for place, model in enumerate(models):
        is_last = place + 1 == len(models)
        asked = request if not said else _to_go_on(request, said)
        heard = _Unrepeated(said)
        reply = ""
        try:
            async with aclosing(ask(model, asked, not is_last)) as chunks:
                async for chunk in chunks:
                    reply += chunk.text
                    has_called = has_called or chunk.call_text is not None
                    if chunk.usage is not None:
                        chunk = replace(chunk, usage=spent + chunk.usage)
                    text = heard.new(chunk.text, is_end=chunk.finish is not None)
                    said += text
                    if text or chunk.reasoning or chunk.call_text is not None or _is_last_word(chunk):
                        yield replace(chunk, text=text)
            rest = heard.new("", is_end=True)
            if rest:
                yield ChatChunk(text=rest)
        except NodeError as error:
            rest = heard.new("", is_end=True)
            if rest:
                said += rest
                yield ChatChunk(text=rest)
            is_bound = has_called or (said != "" and request.schema is not None)
            if is_last or is_bound or error.code not in WHERE_ANOTHER_MAY_DO:
                raise
            if reply:
                spent = spent + estimate_usage(asked, reply)
        else:
            return


def _is_last_word(chunk: ChatChunk) -> bool:
    return chunk.usage is not None or chunk.finish is not None or chunk.model is not None


def _to_go_on(request: ChatRequest, said: str) -> ChatRequest:
    cut_off = (ChatMessage("assistant", said), ChatMessage("user", _GO_ON))
    return replace(request, messages=(*request.messages, *cut_off))


class _Unrepeated:
    """A stream of text without what was said before it, should it begin by saying that again.

    It may say all of it again, or its last words only. As long as the text can still turn out to be either,
    it is held back.
    """

    def __init__(self, said: str) -> None:
        self._said = said
        self._held: str | None = "" if said else None

    def new(self, text: str, *, is_end: bool) -> str:
        """What of the next piece is new."""
        if self._held is None:
            return text
        held = self._held = self._held + text
        if not is_end and self._may_repeat(held):
            return ""
        self._held = None
        return held[self._repeated(held) :]

    def _may_repeat(self, held: str) -> bool:
        if len(held) < _SHORTEST:
            return True
        return self._said.startswith(held) or held in self._said[-_LONGEST:]

    def _repeated(self, held: str) -> int:
        """How many characters at the beginning of `held` were said already."""
        if held.startswith(self._said):
            return len(self._said)
        most = min(len(held), len(self._said), _LONGEST)
        for length in range(most, _SHORTEST - 1, -1):
            if self._said.endswith(held[:length]):
                return length
        return 0


_SHORTEST = 12
"""A few characters agree by chance: what is shorter is not taken for a repetition."""
_LONGEST = 400
