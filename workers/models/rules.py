"""What a workspace says of a model: how much of it at once, what it costs, and what stands in for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from nodes.sdk.models import Price, Usage


@dataclass(frozen=True)
class Limits:
    """How much of a model may be used by all workers together. None is as much as one likes."""

    at_once: int | None = None
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None

    @property
    def is_free(self) -> bool:
        return self == _FREE


_FREE = Limits()


@dataclass(frozen=True)
class ModelRules:
    """`price` takes the place of what is known otherwise; `stand_ins` are ids, the first one first.

    A model `is_guided` through tool calls when a check showed that its own do not hold.
    """

    limits: Limits = _FREE
    price: Price | None = None
    stand_ins: tuple[str, ...] = ()
    is_guided: bool = False

    def priced(self, usage: Usage, units: float = 0.0) -> Usage:
        """A usage with its cost in US dollars by the workspace's own price, where there is one.

        `units` is what else than tokens counts (`Price.unit`).
        """
        if self.price is None:
            return usage
        cost = usage.prompt_tokens * self.price.prompt + usage.completion_tokens * self.price.completion
        return replace(usage, cost=cost + units * self.price.unit)


NO_RULES = ModelRules()

RulesOf = Callable[[str, str], Awaitable[ModelRules]]
"""Workspace id and model id, never "", to what the workspace says of that model."""


async def no_rules(workspace_id: str, model_id: str) -> ModelRules:
    """The rules of an installation in which nobody made any."""
    return NO_RULES
