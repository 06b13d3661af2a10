"""Vectors as services send them, as vectors that can be compared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from nodes.sdk.models import EmbedKind

# Families that were trained with a word in front of every text; without it they find less. Their services do
# not add it. Case and what stands around the name do not matter ("intfloat/multilingual-e5-large-GGUF").
_PREFIXES: tuple[tuple[re.Pattern[str], dict[EmbedKind, str]], ...] = (
    (re.compile(r"(^|[/_-])e5[_-](?!.*(instruct|mistral))"), {"query": "query: ", "passage": "passage: "}),
    (re.compile(r"nomic-embed-text"), {"query": "search_query: ", "passage": "search_document: "}),
)


def prefixed(texts: Sequence[str], model: str, kind: EmbedKind) -> list[str]:
    """The texts as the model's family wants them."""
    for family, prefixes in _PREFIXES:
        if family.search(model.lower()):
            return [prefixes[kind] + text for text in texts]
    return list(texts)


def unit(vector: object) -> list[float]:
    """A vector made one long. Raises ValueError for what is no vector, or one that points nowhere."""
    if not isinstance(vector, list) or not vector:
        raise ValueError("no vector")
    numbers: list[float] = []
    for value in vector:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("no number")
        numbers.append(float(value))
    length = math.sqrt(math.fsum(value * value for value in numbers))
    if not math.isfinite(length) or length == 0:
        raise ValueError("no direction")
    return [value / length for value in numbers]


def batches(texts: Sequence[str], most: int, most_characters: int) -> Iterator[list[str]]:
    """The texts in order, in groups of at most so many texts and characters; a longer text stands alone."""
    group: list[str] = []
    size = 0
    for text in texts:
        if group and (len(group) == most or size + len(text) > most_characters):
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text)
    if group:
        yield group
