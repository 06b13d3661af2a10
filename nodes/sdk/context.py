"""What a running node may ask of the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from nodes.sdk.http import Http
from nodes.sdk.knowledge import Knowledge
from nodes.sdk.models import ChatMessage, Models
from nodes.sdk.values import Json

if TYPE_CHECKING:
    from nodes.sdk.node import NodeResult


class NodeContext(Protocol):
    """The world as one node run sees it. Everything here is safe across a crash.

    `path` is where the node stands in the run ("loop_1[2].prompt_1"); `attempt` counts from 1;
    `idempotency_key` is the same on every attempt, for outside services. `query` is the visitor's message
    and `inputs` what came with it; `history` is this conversation before that message, oldest first.
    """

    @property
    def path(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Json]: ...
    @property
    def history(self) -> tuple[ChatMessage, ...]: ...
    @property
    def models(self) -> Models: ...
    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def http(self) -> Http: ...

    async def emit(self, delta: str) -> None:
        """Shows a piece of live text of the field that the node type `streams`. Not kept."""
        ...

    async def step(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        """The result of `do`, done once and remembered under `name` for every later attempt."""
        ...

    async def body(self, key: str | int, **inputs: Json) -> NodeResult:
        """One pass over this node's own graph, remembered under `key`."""
        ...

    def now(self) -> datetime:
        """The time, aware and in UTC; the same again when this node run is replayed."""
        ...

    def random(self) -> float:
        """A number in [0, 1); the same again when this node run is replayed."""
        ...
