"""Sorting by similar meaning, with vectors of a multilingual model.

Vectors of all texts point in much the same direction, and those of one language even more so. What everyday
sentences have in common is taken away first, then the direction in which two languages differ: without that,
a Chinese text is nearer to any Chinese one than to an English one that says the same. A text belongs to the
group whose words are nearest on average, unless the nearest everyday sentences are nearer still.

With multilingual-e5-small that sorts 148 of 169 messages in English and Chinese as a person would, those that
fit no group among them; `tests/nodes/test_sorting.py` has 88 of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nodes.sdk.models import Models

ENGLISH = (
    "Hello", "Good morning", "Thank you very much", "Who are you?", "Can you help me?", "Tell me a joke",
    "What is the weather like?", "I like music", "The train leaves at nine", "Please write a poem",
    "How old is the universe?", "We went to the sea", "What do you sell?", "Where are you located?",
)  # fmt: skip
CHINESE = (
    "你好", "早上好", "非常感谢", "你是谁？", "能帮我吗？", "讲个笑话", "今天天气怎么样？", "我喜欢音乐",
    "火车九点开", "请写一首诗", "宇宙有多大？", "我们去了海边", "你们卖什么？", "你们在哪里？",
)  # fmt: skip
_NEAREST = 3
_SHARPNESS = 12.0
_ABOUT_AS_SIMILAR = 0.5
"""How likely another group must be, the most likely one being 1, for a text to belong to both."""

Vector = Sequence[float]


@dataclass(frozen=True)
class Likeness:
    """The position of the most similar group, None when none is similar enough, and how sure that is."""

    index: int | None
    confidence: float
    about_as_similar: tuple[int, ...] = ()
    """The positions of all groups that are about as similar, that one among them, in their order."""


async def most_alike(text: str, groups: Sequence[Sequence[str]], models: Models, model: str) -> Likeness:
    """The group whose words mean most nearly what `text` does. Raises NodeError."""
    words = [word for group in groups for word in group]
    found = await models.embed([text, *words, *ENGLISH, *CHINESE], model=model, kind="query")
    english, chinese = found[-len(ENGLISH + CHINESE) : -len(CHINESE)], found[-len(CHINESE) :]
    common = _mean([*english, *chinese])
    apart = _unit(_less(_mean(english), _mean(chinese)))
    about, *rest = (_without(vector, common, apart) for vector in found)
    scores: list[float] = []
    for group in groups:
        scores.append(math.fsum(_dot(about, vector) for vector in rest[: len(group)]) / len(group))
        rest = rest[len(group) :]
    nearest = sorted((_dot(about, vector) for vector in rest), reverse=True)[:_NEAREST]
    scores.append(math.fsum(nearest) / len(nearest))  # the last place stands for "none"
    best = max(range(len(scores)), key=scores.__getitem__)
    weights = [math.exp(_SHARPNESS * (score - scores[best])) for score in scores]
    near = tuple(i for i in range(len(groups)) if scores[i] > scores[-1] and weights[i] >= _ABOUT_AS_SIMILAR)
    return Likeness(None if best == len(groups) else best, round(1 / math.fsum(weights), 2), near)


def _without(vector: Vector, common: Vector, apart: Vector) -> Vector:
    """The vector less what all have in common and what languages differ by, of unit length again."""
    rest = _less(vector, common)
    along = _dot(rest, apart)
    return _unit([value - along * part for value, part in zip(rest, apart, strict=True)])


def _mean(vectors: Sequence[Vector]) -> Vector:
    return [math.fsum(values) / len(vectors) for values in zip(*vectors, strict=True)]


def _less(vector: Vector, other: Vector) -> Vector:
    return [a - b for a, b in zip(vector, other, strict=True)]


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(math.fsum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


def _dot(a: Vector, b: Vector) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))
