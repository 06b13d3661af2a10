"""Choosing documents by what is known of them: conditions on their fields, all of which or any must hold.

A condition holds for no document whose field is empty, and for none at all while the value it compares with
is empty, however it compares: an app that shows each department its own documents shows none to a visitor of
whom no department is known. Only `skip_empty` has such a condition left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final, Literal

from nodes.sdk.conditions import Match, fold, is_empty, number, words_of
from nodes.sdk.document_fields import BUILT_IN, FieldKind
from nodes.sdk.errors import NodeError
from nodes.sdk.node import Field, NodeConfig, Problem
from nodes.sdk.templates import holds_ref
from nodes.sdk.values import Json

FilterOperator = Literal[
    "is",
    "is_not",
    "is_one_of",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "gt",
    "gte",
    "lt",
    "lte",
    "before",
    "after",
    "not_before",
    "not_after",
    "is_true",
    "is_false",
    "is_empty",
    "is_not_empty",
]

_ANY_KIND: Final = ("is_empty", "is_not_empty")
OPERATORS: Final[Mapping[FieldKind, tuple[FilterOperator, ...]]] = {
    "text": (
        "is",
        "is_not",
        "is_one_of",
        "contains",
        "not_contains",
        "starts_with",
        "ends_with",
        *_ANY_KIND,
    ),
    "number": ("is", "is_not", "is_one_of", "gt", "gte", "lt", "lte", *_ANY_KIND),
    "date": ("is", "is_not", "before", "after", "not_before", "not_after", *_ANY_KIND),
    "boolean": ("is_true", "is_false", *_ANY_KIND),
}
"""How the fields of each kind are compared."""
WITHOUT_VALUE: Final = frozenset({"is_true", "is_false", "is_empty", "is_not_empty"})
MOST_CONDITIONS: Final = 20
_KIND_WORDS: Final[Mapping[FieldKind, str]] = {
    "text": "a text",
    "number": "a number",
    "date": "a day such as 2026-01-31",
    "boolean": "yes or no",
}

Facts = Mapping[str, Json]
"""What is known of a document: what every one has (`BUILT_IN`), and those of its collection's fields that
are filled. Days are YYYY-MM-DD."""

Fits = Callable[[Facts], bool]


class FieldCondition(NodeConfig):
    """What a field of a document must be."""

    field: str = Field(title="Field", max_length=100)
    operator: FilterOperator = Field("is", title="Comparison")
    value: Json = Field(None, title="Value", widget="template")
    skip_empty: bool = Field(False, title="Leave this out if the information is empty")


class DocumentFilter(NodeConfig):
    """Conditions that a document must meet to be looked in. Without any, all documents are."""

    match: Match = Field("all", title="When")
    conditions: list[FieldCondition] = Field([], title="Conditions", max_length=MOST_CONDITIONS)


def fits(chosen: DocumentFilter, kinds: Mapping[str, FieldKind], known: Mapping[str, FieldKind]) -> Fits:
    """Tells whether a document of a collection is among those chosen.

    `kinds` are the collection's own fields, `known` those of all collections that are looked in: a field
    that only others have is empty here. Raises NodeError for a field that none has, for a comparison that
    makes no sense for its kind, and for a value that is not of it.
    """
    tests = [
        test for one in chosen.conditions if (test := _test(one, {**known, **kinds, **BUILT_IN})) is not None
    ]
    if not tests:  # each was left out
        return lambda facts: True
    if len(tests) == 1:
        return tests[0]
    joined = all if chosen.match == "all" else any
    return lambda facts: joined(test(facts) for test in tests)


def _test(one: FieldCondition, kinds: Mapping[str, FieldKind]) -> Fits | None:
    """The test of one condition; None where it is left out."""
    kind = kinds.get(one.field)
    if kind is None:
        raise NodeError(
            "document_field_missing",
            f"None of the collections has a field {one.field!r}.",
            "Choose another field in the step, or add it to the collection.",
        )
    if one.operator not in OPERATORS[kind]:
        raise NodeError(
            "bad_document_comparison",
            f"The field {one.field!r} is {_KIND_WORDS[kind]}, and cannot be compared by {one.operator!r}.",
            "Choose another comparison in the step.",
        )
    name = one.field
    if one.operator == "is_empty":
        return lambda facts: is_empty(facts.get(name))
    if one.operator == "is_not_empty":
        return lambda facts: not is_empty(facts.get(name))
    if one.operator in WITHOUT_VALUE:
        wanted = one.operator == "is_true"
        return lambda facts: facts.get(name) is wanted
    if is_empty(one.value):
        return None if one.skip_empty else lambda facts: False
    compare = _comparison(one, kind)
    return lambda facts: not is_empty(has := facts.get(name)) and compare(has)


def _comparison(one: FieldCondition, kind: FieldKind) -> Callable[[Json], bool]:
    """Compares what a document has, which is not empty, with the condition's value."""
    if one.operator == "is_one_of":
        parts = one.value if isinstance(one.value, list) else list[Json](words_of(one.value))
        among = {_key(kind, part, one.field) for part in parts}
        return lambda has: _key(kind, has, one.field) in among
    right = _key(kind, one.value, one.field)
    compare = _COMPARE[one.operator]
    return lambda has: compare(_key(kind, has, one.field), right)


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "is": lambda a, b: a == b,
    "is_not": lambda a, b: a != b,
    "contains": lambda a, b: b in a,
    "not_contains": lambda a, b: b not in a,
    "starts_with": lambda a, b: a.startswith(b),
    "ends_with": lambda a, b: a.endswith(b),
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "before": lambda a, b: a < b,
    "after": lambda a, b: a > b,
    "not_before": lambda a, b: a >= b,
    "not_after": lambda a, b: a <= b,
}


def _key(kind: FieldKind, value: Json, field: str) -> str | float:
    """A value as it is compared: capitals and spaces around a text do not count. Raises NodeError."""
    if kind == "text" and not isinstance(value, (list, dict)):
        return fold(value)
    if kind == "number" and not isinstance(value, bool) and (found := number(value)) is not None:
        return found
    if kind == "date" and isinstance(value, str) and (day := day_of(value)) is not None:
        return day
    raise NodeError(
        "bad_document_value",
        f"The field {field!r} is compared with what is not {_KIND_WORDS[kind]}.",
        "Correct the value in the step, or look at what the step before it gives.",
    )


_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)


def day_of(text: str) -> str | None:
    """The day that a text names, as YYYY-MM-DD; of a moment that of UTC. None where it names none."""
    said = text.strip()
    try:
        if _DAY.match(said):
            return date.fromisoformat(said).isoformat()
        if "T" not in said and " " not in said:
            return None
        at = datetime.fromisoformat(said)
        return (at.astimezone(UTC) if at.tzinfo is not None else at).date().isoformat()
    except (ValueError, OverflowError):
        return None


def filter_problems(
    drawn: Json, at: str, known: Mapping[str, Sequence[FieldKind]] | None = None
) -> Iterator[Problem]:
    """What is wrong in a drawn filter, the config field `at`.

    `known` are the fields of all collections that are looked in, each with the kinds that they give it: a
    condition must make sense for every one. Where they are not known (None) only what every document has is
    judged, and what is amiss whatever the fields are; with them, only the rest.
    """
    conditions = drawn.get("conditions") if isinstance(drawn, dict) else None
    for i, one in enumerate(conditions if isinstance(conditions, list) else []):
        if not isinstance(one, dict):
            continue
        name, operator = one.get("field"), one.get("operator", "is")
        if not isinstance(name, str) or not isinstance(operator, str):
            continue
        here = f"{at}.conditions[{i}]"
        if known is None:
            yield from _incomplete(one, name, operator, here)
        elif name and name not in BUILT_IN and name not in known:
            yield Problem(
                "document_field_missing",
                f"None of the collections has a field {name!r}.",
                "Choose another field, or add it to the collection.",
                field=f"{here}.field",
                values={"field": name},
            )
        if name in BUILT_IN:
            kinds: Sequence[FieldKind] = (BUILT_IN[name],) if known is None else ()
        else:
            kinds = () if known is None else known.get(name, ())
        # What is amiss with two kinds is said of one.
        misfits = (misfit for kind in kinds for misfit in _misfits(one, name, operator, kind, here))
        yield from islice(misfits, 1)


def _incomplete(one: Mapping[str, Json], name: str, operator: str, here: str) -> Iterator[Problem]:
    if not name:
        yield Problem(
            "empty_document_condition",
            "A condition for documents does not say which field is meant.",
            "Choose a field, or remove the condition.",
            field=f"{here}.field",
        )
    elif operator not in WITHOUT_VALUE and is_empty(one.get("value")):
        yield Problem(
            "empty_document_condition",
            f"The condition on {name!r} has nothing to compare with.",
            "Fill it in, or remove the condition.",
            field=f"{here}.value",
        )


def _misfits(
    one: Mapping[str, Json], name: str, operator: str, kind: FieldKind, here: str
) -> Iterator[Problem]:
    values = {"field": name}
    if operator not in OPERATORS[kind]:
        yield Problem(
            "bad_document_comparison",
            f"The field {name!r} is {_KIND_WORDS[kind]}, and cannot be compared like this.",
            "Choose another comparison.",
            field=f"{here}.operator",
            values=values,
        )
        return
    value = one.get("value")
    if operator in WITHOUT_VALUE or is_empty(value) or holds_ref(value):
        return
    try:
        _comparison(
            FieldCondition.model_validate({"field": name, "operator": operator, "value": value}), kind
        )
    except NodeError:
        yield Problem(
            "bad_document_value",
            f"The field {name!r} is compared with what is not {_KIND_WORDS[kind]}.",
            "Correct the value.",
            field=f"{here}.value",
            values=values,
        )
