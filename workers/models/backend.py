"""What everything that answers like a chat model looks like from inside the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from nodes.sdk.models import ChatChunk, ChatRequest


class ModelBackend(Protocol):
    """One model behind one door. `tests/models/conformance.py` is the contract in full.

    Text and reasoning come in order as they are made. The last chunk carries `usage` (estimated where the
    service reports none), `finish` and `model`. Failures are NodeErrors with a `model_…` code or
    `context_too_long`, `address_refused`. Closing the iterator early stops the work at the other end.
    """

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]: ...
