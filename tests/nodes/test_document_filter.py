"""Documents are chosen by what is known of them, and by nothing that is empty."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.sdk.document_fields import FieldKind
from nodes.sdk.document_filter import OPERATORS, DocumentFilter, filter_problems, fits
from nodes.sdk.errors import NodeError

KINDS: dict[str, FieldKind] = {"Team": "text", "Year": "number", "Until": "date", "Open": "boolean"}
FACTS: dict[str, Any] = {
    "Team": "Überseehandel",
    "Year": 2024,
    "Until": "2026-03-01",
    "Open": False,
    "name": "Prices.pdf",
    "uploaded_at": "2026-02-28",
}


def chosen(*conditions: dict[str, Any], match: str = "all", facts: dict[str, Any] = FACTS) -> bool:
    only = DocumentFilter.model_validate({"match": match, "conditions": list(conditions)})
    return fits(only, KINDS, KINDS)(facts)


def known_of(kinds: dict[str, FieldKind]) -> dict[str, list[FieldKind]]:
    return {name: [kind] for name, kind in kinds.items()}


def one(field: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value, **more}


@pytest.mark.parametrize(
    "condition",
    [
        one("Team", "is", " überseeHANDEL "),
        one("Team", "is_not", "Shop"),
        one("Team", "is_one_of", "shop, überseehandel"),
        one("Team", "is_one_of", ["Überseehandel"]),
        one("Team", "contains", "SEE"),
        one("Team", "not_contains", "shop"),
        one("Team", "starts_with", "über"),
        one("Team", "ends_with", "handel"),
        one("Team", "is_not_empty"),
        one("Year", "is", "2024"),
        one("Year", "is_one_of", "2023, 2024"),
        one("Year", "gt", 2023),
        one("Year", "lte", "2024"),
        one("Until", "is", "2026-03-01"),
        one("Until", "before", "2026-03-02"),
        one("Until", "not_after", "2026-03-01"),
        one("Until", "after", "2026-02-28T23:59:00"),
        one("Until", "not_before", "2026-03-01T01:00:00+00:00"),
        one("Open", "is_false"),
        one("name", "ends_with", ".pdf"),
        one("uploaded_at", "before", "2026-03-01"),
    ],
)
def test_a_document_that_meets_a_condition_is_chosen(condition: dict[str, Any]):
    assert chosen(condition)


@pytest.mark.parametrize(
    "condition",
    [
        one("Team", "is", "Shop"),
        one("Team", "is_empty"),
        one("Year", "gt", 2024),
        one("Until", "after", "2026-03-01"),
        one("Until", "before", "2026-03-01"),
        one("Open", "is_true"),
    ],
)
def test_one_that_does_not_is_left_out(condition: dict[str, Any]):
    assert not chosen(condition)


def test_all_or_any_of_them_must_hold():
    yes, no = one("Team", "contains", "see"), one("Year", "is", 1999)

    assert not chosen(yes, no)
    assert chosen(yes, no, match="any")


@pytest.mark.parametrize("operator", OPERATORS["text"])
@pytest.mark.parametrize("value", ["", "  ", None, []])
def test_an_empty_value_chooses_nothing_however_it_compares(operator: str, value: Any):
    if operator in ("is_empty", "is_not_empty"):
        return

    assert not chosen(one("Team", operator, value))
    assert chosen(one("Team", operator, value, skip_empty=True))
    assert not chosen(one("Team", operator, value), match="any")


@pytest.mark.parametrize("kind", ["Team", "Year", "Until", "Open"])
def test_a_document_without_the_field_meets_only_that_it_is_empty(kind: str):
    values = {"Team": "x", "Year": 1, "Until": "2020-01-01", "Open": None}
    for operator in OPERATORS[KINDS[kind]]:
        value = values[kind]

        assert chosen(one(kind, operator, value), facts={}) == (operator == "is_empty"), operator


def test_a_field_that_another_collection_has_is_empty_here():
    only = DocumentFilter.model_validate({"conditions": [one("Place", "is", "Here")]})

    assert not fits(only, KINDS, {**KINDS, "Place": "text"})(FACTS)


@pytest.mark.parametrize(
    ("condition", "code", "field"),
    [
        (one("Colour", "is", "red"), "document_field_missing", "only.conditions[0].field"),
        (one("Team", "gt", "3"), "bad_document_comparison", "only.conditions[0].operator"),
        (one("Year", "is", "many"), "bad_document_value", "only.conditions[0].value"),
        (one("Until", "after", "soon"), "bad_document_value", "only.conditions[0].value"),
        (one("uploaded_at", "after", "2026-02-30"), "bad_document_value", "only.conditions[0].value"),
        (one("name", "is", ["a", "b"]), "bad_document_value", "only.conditions[0].value"),
    ],
)
def test_what_makes_no_sense_is_said_before_and_in_a_run(condition: dict[str, Any], code: str, field: str):
    drawn: Any = {"match": "all", "conditions": [condition]}
    known = {"name": ["text"], **known_of(KINDS)}
    found = [*filter_problems(drawn, "only"), *filter_problems(drawn, "only", known)]

    assert [(problem.code, problem.field) for problem in found] == [(code, field)]
    with pytest.raises(NodeError) as raised:
        chosen(condition)
    assert raised.value.code == code


def test_a_condition_that_is_not_filled_in_is_a_problem_and_one_with_information_is_none():
    drawn: Any = {"conditions": [one("", "is", "x"), one("Team", "is", ""), one("Year", "gt", "{{ a.b }}")]}

    assert [(p.code, p.field) for p in filter_problems(drawn, "only")] == [
        ("empty_document_condition", "only.conditions[0].field"),
        ("empty_document_condition", "only.conditions[1].value"),
    ]
    assert (
        list(filter_problems({"conditions": [one("Year", "gt", "{{ a.b }}")]}, "only", known_of(KINDS))) == []
    )


@pytest.mark.parametrize(("operator", "value"), [("gt", "2005"), ("contains", "20"), ("is", "many")])
def test_a_condition_must_make_sense_for_every_kind_that_collections_give_a_field(operator: str, value: str):
    drawn: Any = {"conditions": [one("Year", operator, value)]}

    for kinds in (["number", "text"], ["text", "number"]):
        assert len(list(filter_problems(drawn, "only", {"Year": kinds}))) == 1
    both_ways: Any = {"conditions": [one("Year", "is", "2005")]}
    assert list(filter_problems(both_ways, "only", {"Year": ["number", "text"]})) == []


def test_half_a_drawing_is_read_without_harm():
    for drawn in (None, 3, {}, {"conditions": None}, {"conditions": [None, 1, {}, {"field": 3}]}):
        assert list(filter_problems(drawn, "only")) == []  # pyright: ignore[reportArgumentType]
