"""A loaded local model, whatever library runs it. The model host serves any of them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

from nodes.sdk.models import ChatMessage, Usage
from nodes.sdk.values import Json
from workers.models.grammar import grammar_of, has_end

_ANY_OBJECT: Final[Mapping[str, Json]] = {"type": "object"}

CONTEXT: Final = 4096

# Fit for SmolLM2-135M, and no harm to larger models: little invention, no going round in circles.
DEFAULTS: Final[dict[str, Any]] = {
    "temperature": 0.3,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.1,
    "repeat_last_n": 256,
}


def half_the_processors() -> int:
    """How many threads a model gets when nobody says: they wait for one another at every step, so one that is
    kept from running stops them all. On two busy processors two threads made 1 token a second, one made 10 to
    45 [measured]."""
    return max(1, len(os.sched_getaffinity(0)) // 2)


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

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What holds where the job says nothing. Names and fixed values are there to be said again, so data
        is written without a penalty for repeating; but for data that may go on for ever, where a small model
        would say the same until it is cut off [4 of 30 judgements of `improve`; with the penalty none]."""
        is_free_to_repeat = self.is_bound and has_end(self.grammar)
        return {**DEFAULTS, "repeat_penalty": 1.0} if is_free_to_repeat else DEFAULTS

    @property
    def is_bound(self) -> bool:
        """Whether the answer is data and not prose."""
        return self.schema is not None or self.json

    @cached_property
    def grammar(self) -> str:
        """What the answer is bound to, in llama.cpp's notation; "" where it is free."""
        if not self.is_bound:
            return ""
        return grammar_of(_ANY_OBJECT if self.schema is None else self.schema)


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


class Ended(Exception):
    """The process that ran the model has ended. It is started again for the next job."""

    def __init__(self, message: str, *, was_killed: bool) -> None:
        super().__init__(message)
        self.message = message
        self.was_killed = was_killed


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
        """The reply. Closing the iterator stops the work within a moment. Raises Refused before any piece,
        and Ended when what runs the model goes away."""
        ...

    async def is_alive(self) -> bool:
        """True if the machinery still turns, even while it is busy."""
        ...

    async def close(self) -> None: ...
