"""What one run of an app may take at most, as its drawing says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nodes.sdk.limits import max_run_cost, max_run_seconds, max_run_tokens, max_steps
from nodes.sdk.strict import read_number, read_object, read_whole
from nodes.sdk.values import Json

MOST_STEPS: Final = 1_000_000_000
MOST_SECONDS: Final = 604_800
MOST_TOKENS: Final = 1_000_000_000_000
MOST_COST: Final = 1_000_000

_FIELDS: Final = frozenset({"steps", "wall_s", "tokens", "cost"})


@dataclass(frozen=True)
class RunLimits:
    """Steps started, seconds that workers are at it, tokens of AI models, and US dollars. None sets none."""

    steps: int | None = None
    wall_s: float | None = None
    tokens: int | None = None
    cost: float | None = None


def installation_limits() -> RunLimits:
    """What any run may take at most here, whatever its app says."""
    return RunLimits(max_steps(), max_run_seconds(), max_run_tokens(), max_run_cost())


def limits_to_json(limits: RunLimits) -> dict[str, Json]:
    """Only what is limited."""
    said: dict[str, Json] = {
        "steps": limits.steps,
        "wall_s": limits.wall_s,
        "tokens": limits.tokens,
        "cost": limits.cost,
    }
    return {name: value for name, value in said.items() if value is not None}


def read_limits(value: Json) -> RunLimits:
    """Reads the limits of a graph strictly; None sets none. Raises GraphError."""
    if value is None:
        return RunLimits()
    fields = read_object(value, "limits", _FIELDS)
    steps, wall_s, tokens, cost = (fields.get(name) for name in ("steps", "wall_s", "tokens", "cost"))
    return RunLimits(
        steps=None if steps is None else read_whole(steps, "limits.steps", 1, MOST_STEPS),
        wall_s=None if wall_s is None else read_number(wall_s, "limits.wall_s", 1, MOST_SECONDS),
        tokens=None if tokens is None else read_whole(tokens, "limits.tokens", 1, MOST_TOKENS),
        cost=None if cost is None else read_number(cost, "limits.cost", 0, MOST_COST),
    )
