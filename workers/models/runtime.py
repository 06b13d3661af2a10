"""A loaded local model, whatever library runs it. The model host serves any of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from nodes.sdk.models import ChatMessage, Usage
from nodes.sdk.values import Json


@dataclass(frozen=True)
class Job:
    """One chat completion, every value checked. None leaves a setting to the model's default.

    `schema` is already bounded (`schema_limits.py`); `json` asks for any JSON object.
    """

    messages: tuple[ChatMessage, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Json] | None = None
    json: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of the reply. The last has `finish` ("stop" or "length") and `usage`."""

    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    usage: Usage | None = None


class Refused(Exception):
    """The model cannot do this job. `code` is context_too_long, bad_schema or bad_request."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Runtime(Protocol):
    """One model in memory. `context` is the tokens a request may take, prompt and answer together."""

    @property
    def slots(self) -> int: ...
    @property
    def context(self) -> int: ...

    async def load(self) -> None:
        """Returns when the model can answer. Raises OSError or RuntimeError when it never will."""
        ...

    def generate(self, job: Job) -> AsyncIterator[Piece]:
        """The reply. Closing the iterator stops the work within a moment. Raises Refused before any piece."""
        ...

    async def is_alive(self) -> bool:
        """True if the machinery still turns, even while it is busy."""
        ...

    async def close(self) -> None: ...
