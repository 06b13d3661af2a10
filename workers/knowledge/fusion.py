"""From how near two meanings are, and how many words two texts share, to one score between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping

BY_MEANING = 0.7
"""The weight of the meaning; the rest is that of the words. See `bench/retrieval.py`."""

# The cosine at which two texts have nothing to do with each other, and at which they say the same.
_RANGES = {"multilingual-e5-small": (0.76, 0.92)}
_USUAL_RANGE = (0.15, 0.75)


def sure_by_meaning(cosine: float, model: str) -> float:
    """How sure a cosine makes: about 0 where two texts have nothing in common, 1 where they say the same."""
    low, high = _RANGES.get(model, _USUAL_RANGE)
    return (cosine - low) / (high - low)


def fuse(
    meaning: Mapping[int, float], words: Mapping[int, float], weight: float = BY_MEANING
) -> dict[int, float]:
    """One score for each candidate that either search knows."""
    return {
        one: weight * meaning.get(one, 0.0) + (1 - weight) * words.get(one, 0.0)
        for one in meaning.keys() | words.keys()
    }
