"""Vectors made from words alone, for tests and demos without a model: the same everywhere and every time."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from typing import Final

from nodes.sdk.models import Ranking, Usage, Vectors

DIMENSIONS: Final = 256
_PARTS: Final = re.compile(r"[a-z0-9]+|[^\W\d_a-z]", re.IGNORECASE)


def vectors_by_words(texts: Sequence[str], *, model: str = "words") -> Vectors:
    """A vector for each text. Texts are near each other as far as they share words (Chinese: characters)."""
    vectors = [word_vector(text) for text in texts]
    return Vectors(vectors, model=model, usage=Usage(sum(len(_words(text)) for text in texts)))


def ranked_by_words(query: str, texts: Sequence[str], *, model: str = "words") -> Ranking:
    """How well each text fits a question, as far as they share words."""
    asked = word_vector(query)
    near = (sum(x * y for x, y in zip(asked, word_vector(text), strict=True)) for text in texts)
    scores = tuple(min(1.0, max(0.0, score)) for score in near)
    return Ranking(scores, model, Usage(sum(len(_words(text)) for text in (query, *texts))))


def word_vector(text: str) -> list[float]:
    """Unit length, 256 numbers. A text without a word has a vector of its own."""
    vector = [0.0] * DIMENSIONS
    for word in _words(text) or [""]:
        digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
        vector[int.from_bytes(digest) % DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


def _words(text: str) -> list[str]:
    words = [word.lower() for word in _PARTS.findall(text)]
    # "refunds" and "refund" are one word here: a plain plural costs nothing to see through.
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words]
