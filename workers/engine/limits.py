"""What one run may take: the lowest of what its app, whoever started it, and the installation say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from nodes.sdk.limits import max_characters, max_run_cost, max_run_seconds, max_run_tokens, max_steps
from nodes.sdk.run_limits import RunLimits
from nodes.sdk.values import Json

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Limits:
    """Node starts, seconds that workers are at it, tokens and US dollars of AI models, and characters of all
    texts that its nodes are given and give under one claim (a loop could else fill any memory and disk).

    None for tokens or cost sets no limit. Made without arguments it is what the installation allows.
    """

    steps: int = field(default_factory=max_steps)
    wall_s: float = field(default_factory=max_run_seconds)
    characters: int = field(default_factory=max_characters)
    tokens: int | None = field(default_factory=max_run_tokens)
    cost: float | None = field(default_factory=max_run_cost)

    def within(self, drawn: RunLimits) -> Limits:
        """These, lowered to what the app says."""
        return replace(
            self,
            steps=_lower(self.steps, drawn.steps) or self.steps,
            wall_s=_lower(self.wall_s, drawn.wall_s) or self.wall_s,
            tokens=_lower(self.tokens, drawn.tokens),
            cost=_lower(self.cost, drawn.cost),
        )

    def to_json(self) -> dict[str, Json]:
        """As `run_started` says them."""
        said: dict[str, Json] = {"steps": self.steps, "wall_s": self.wall_s}
        if self.tokens is not None:
            said["tokens"] = self.tokens
        if self.cost is not None:
            said["cost"] = self.cost
        return said

    def as_recorded(self, said: Mapping[str, Json]) -> Limits:
        """The limits that the run began with, as far as its journal says them."""
        steps, wall_s, tokens, cost = (said.get(name) for name in ("steps", "wall_s", "tokens", "cost"))
        return replace(
            self,
            steps=steps if isinstance(steps, int) else self.steps,
            wall_s=wall_s if isinstance(wall_s, int | float) else self.wall_s,
            tokens=tokens if isinstance(tokens, int) else None,
            cost=cost if isinstance(cost, int | float) else None,
        )


def _lower(one: N | None, other: N | None) -> N | None:
    known = [limit for limit in (one, other) if limit is not None]
    return min(known) if known else None
