"""How well texts fit a question, as services say it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nodes.sdk.models import Usage
from nodes.sdk.tokens import estimate_ranking

TIMEOUT_S = 30.0
"""Who searches waits for it, and has an answer without it: it is not worth more patience than that."""


def scores_in_order(found: object, count: int) -> list[float]:
    """The scores in the texts' order, from `[{index, relevance_score or score}]`.

    Raises ValueError when that is not one finite score for each of `count` texts.
    """
    scores: dict[int, float] = {}
    for entry in found if isinstance(found, list) else []:
        if not isinstance(entry, dict):
            raise ValueError("no result")
        index, score = entry.get("index"), entry.get("relevance_score", entry.get("score"))
        if isinstance(index, bool) or not isinstance(index, int) or index in scores:
            raise ValueError("no index, or one that was there already")
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not math.isfinite(score):
            raise ValueError("no score")
        scores[index] = float(score)
    if sorted(scores) != list(range(count)):
        raise ValueError("not one score for each text")
    return [scores[index] for index in range(count)]


def squeezed(scores: Sequence[float]) -> list[float]:
    """The scores in [0, 1], in the same order.

    Servers of open models may send what such a model computes as it is: numbers of any size, of which the
    logistic function makes what others send.
    """
    if all(0 <= score <= 1 for score in scores):
        return list(scores)
    return [1 / (1 + math.exp(-min(max(score, -700.0), 700.0))) for score in scores]


def clamped(scores: Sequence[float]) -> list[float]:
    """The scores in [0, 1], of services that hardly ever leave it."""
    return [min(1.0, max(0.0, score)) for score in scores]


def ranking_usage(counted: Sequence[object], query: str, texts: Sequence[str]) -> Usage:
    """The first that is a count of tokens, or an estimate where a service reports nothing."""
    for tokens in counted:
        if isinstance(tokens, int) and not isinstance(tokens, bool) and tokens > 0:
            return Usage(prompt_tokens=tokens)
    return Usage(prompt_tokens=estimate_ranking(query, texts))
