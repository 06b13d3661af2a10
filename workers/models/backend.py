"""What everything that answers like a model looks like from inside the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Ranking, Vectors


class ModelBackend(Protocol):
    """One model behind one door. `tests/models/conformance.py` is the contract in full.

    Failures are NodeErrors with a `model_…` code or `context_too_long`, `address_refused`. A model that
    cannot do one of the three says so with `model_bad_request`.
    """

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        """Text and reasoning in order as they are made.

        The last chunk carries `usage` (estimated where the service reports none), `finish` and `model`.
        Closing the iterator early stops the work at the other end.
        """
        ...

    async def embed(self, texts: Sequence[str], *, kind: EmbedKind) -> Vectors:
        """A vector of unit length for each text, in order, however many there are."""
        ...

    async def rerank(self, query: str, texts: Sequence[str]) -> Ranking:
        """How well each text answers the question."""
        ...


def cannot_rank(model: str) -> NodeError:
    """The error for a model that is asked to put texts in order and is not made for it."""
    return cannot(model, "does not put passages in order", "a model that does")


def cannot(model: str, what: str, instead: str) -> NodeError:
    """The error for a model that is asked for what it is not made for."""
    return NodeError(
        "model_bad_request",
        f"The model {model!r} {what}.",
        hint=f"Choose {instead} in the step, or make one the default under Models.",
    )
