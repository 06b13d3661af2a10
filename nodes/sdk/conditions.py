"""Conditions, and how two values are compared the way a person means it: capitals and spaces around do
not count."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import apply_filter
from nodes.sdk.node import Field, NodeConfig
from nodes.sdk.values import Json, to_text

MAX_COMPARISONS: Final = 1_000_000_000
"""Words times characters of the text they are looked for in: some seconds' work."""

Operator = Literal[
    "is",
    "is_not",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "is_empty",
    "is_not_empty",
    "matches_any",
    "gt",
    "gte",
    "lt",
    "lte",
    "is_true",
    "is_false",
]

OPERATORS: Final[dict[str, bool]] = {
    "is": True,
    "is_not": True,
    "contains": True,
    "not_contains": True,
    "starts_with": True,
    "ends_with": True,
    "is_empty": False,
    "is_not_empty": False,
    "matches_any": True,
    "gt": True,
    "gte": True,
    "lt": True,
    "lte": True,
    "is_true": False,
    "is_false": False,
}
"""Whether each operator needs something to compare with."""

Match = Literal["all", "any"]


class Condition(NodeConfig):
    """One comparison; `right` is left away where the operator needs nothing to compare with."""

    left: Json = Field(None, title="Information", widget="template")
    operator: Operator = Field("is", title="Comparison")
    right: Json = Field(None, title="Value", widget="template")


class Rule(NodeConfig):
    """Conditions that hold together: all of them, or any."""

    match: Match = Field("all", title="When")
    conditions: list[Condition] = Field([], title="Conditions", max_length=50)


def rule_holds(match: Match, conditions: Sequence[Condition]) -> bool:
    """Whether all or any of the conditions are true. Without conditions it never holds."""
    results = (holds(one.left, one.operator, one.right) for one in conditions)
    return bool(conditions) and (all(results) if match == "all" else any(results))


def incomplete(conditions: Json) -> Iterator[int]:
    """Which of the conditions, as drawn, have nothing to compare with."""
    for i, condition in enumerate(conditions if isinstance(conditions, list) else []):
        if isinstance(condition, dict) and _lacks_right(condition):
            yield i


def _lacks_right(condition: Mapping[str, Json]) -> bool:
    operator = condition.get("operator", "is")
    if not isinstance(operator, str) or not OPERATORS.get(operator, False):
        return False
    right = condition.get("right")
    return right is None or right == "" or right == []


_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", ""})


def holds(left: Json, operator: str, right: Json) -> bool:
    """Whether the condition is true."""
    match operator:
        case "is":
            return is_same(left, right)
        case "is_not":
            return not is_same(left, right)
        case "contains":
            return contains(left, right)
        case "not_contains":
            return not contains(left, right)
        case "starts_with":
            return fold(right) != "" and fold(left).startswith(fold(right))
        case "ends_with":
            return fold(right) != "" and fold(left).endswith(fold(right))
        case "is_empty":
            return is_empty(left)
        case "is_not_empty":
            return not is_empty(left)
        case "matches_any":
            return mentions_any(to_text(left), words_of(right))
        case "is_true":
            return fold(left) in _YES
        case "is_false":
            return fold(left) in _NO
        case _:
            return _compare(left, operator, right)


def fold(value: Json) -> str:
    """The value as text without what does not count in a comparison."""
    return to_text(value).strip().casefold()


def is_empty(value: Json) -> bool:
    """Nothing, an empty text (spaces do not count), an empty list or object."""
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def is_same(left: Json, right: Json) -> bool:
    """Numbers are compared as numbers and yes/no as such, also when one side is a text that spells it."""
    if isinstance(left, (list, dict)) and isinstance(right, (list, dict)):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return (fold(left) in _YES and fold(right) in _YES) or (fold(left) in _NO and fold(right) in _NO)
    if isinstance(left, (int, float)) or isinstance(right, (int, float)):
        first, second = number(left), number(right)
        return first is not None and first == second
    return fold(left) == fold(right)


def contains(left: Json, right: Json) -> bool:
    """Whether a text has the other text in it, or a list has the item. Nothing is contained nowhere."""
    if isinstance(left, list):
        return any(is_same(item, right) for item in left)
    return fold(right) != "" and fold(right) in fold(left)


def words_of(value: Json) -> list[str]:
    """A list of words; a text is cut at commas and line ends."""
    parts = (
        [to_text(item) for item in value]
        if isinstance(value, list)
        else re.split(r"[,，、;；\n]", to_text(value))
    )
    return [part.strip() for part in parts if part.strip()]


def mentions_any(text: str, words: Sequence[str]) -> bool:
    """Whether one of `words` stands in `text` as a whole word, or in a script without spaces, at all.

    Raises NodeError where that would hold up everything beside it for seconds.
    """
    folded = tuple(word.strip().casefold() for word in words)
    if len(folded) * len(text) > MAX_COMPARISONS:
        raise NodeError(
            "bad_config",
            f"{len(folded):,} words are looked for in a text of {len(text):,} characters. That is too much.",
            "Look for fewer words, or in a shorter text.",
        )
    return any(folded) and _words_pattern(folded).search(text.casefold()) is not None


@lru_cache(maxsize=256)
def _words_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of literals with bounds around them, the bounds first, so that most places fail at once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for word in sorted({word for word in words if word}):
        before = _WORD_BEGINS if _ends_at_spaces(word[0]) else ""
        after = _WORD_ENDS if _ends_at_spaces(word[-1]) else ""
        groups.setdefault((before, after), []).append(re.escape(word))
    return re.compile("|".join(f"{b}(?:{'|'.join(group)}){a}" for (b, a), group in groups.items()))


_UNSPACED = "[\u2e80-\U0010ffff]"
"""From U+2E80 on come the scripts that are written without spaces between words."""
_WORD_BEGINS = rf"(?:(?<!\w)|(?<={_UNSPACED}))"
_WORD_ENDS = rf"(?:(?!\w)|(?={_UNSPACED}))"


def _ends_at_spaces(character: str) -> bool:
    return (character.isalnum() or character == "_") and character < "\u2e80"


def number(value: Json) -> int | float | None:
    """The number that a value is or spells."""
    found = apply_filter("number", value, ())
    return found if isinstance(found, (int, float)) else None


def _compare(left: Json, operator: str, right: Json) -> bool:
    """More and less, between numbers only: what is no number is neither."""
    first, second = number(left), number(right)
    if first is None or second is None:
        return False
    match operator:
        case "gt":
            return first > second
        case "gte":
            return first >= second
        case "lt":
            return first < second
        case _:
            return first <= second
