"""What a run's model calls have used, in the shape it is stored and shown."""

from nodes.sdk.graph import Json
from nodes.sdk.models import Usage


def usage_to_json(usage: Usage) -> dict[str, Json]:
    """Tokens in, tokens out, their sum, and the cost in US dollars (None when nobody knows it)."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": usage.cost,
    }


def usage_from_json(value: Json) -> Usage:
    """Reads what usage_to_json wrote; anything else counts as nothing used."""
    if not isinstance(value, dict):
        return Usage()
    tokens_in, tokens_out, cost = (value.get(k) for k in ("prompt_tokens", "completion_tokens", "cost"))
    return Usage(
        prompt_tokens=tokens_in if isinstance(tokens_in, int) else 0,
        completion_tokens=tokens_out if isinstance(tokens_out, int) else 0,
        cost=float(cost) if isinstance(cost, int | float) else None,
    )


def used_beyond(whole: Usage, told: Usage) -> Usage:
    """What `whole` has that `told`, a part of it, has not."""
    cost = None if whole.cost is None else max(0.0, whole.cost - (told.cost or 0.0))
    return Usage(
        whole.prompt_tokens - told.prompt_tokens, whole.completion_tokens - told.completion_tokens, cost
    )
