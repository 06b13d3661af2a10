"""How the branch compares, the way a person means it."""

import pytest

from nodes.sdk import NodeError, Port
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.conditions import OPERATORS, holds, mentions_any
from nodes.sdk.testing import run_node

BRANCH = load_catalogue().get("branch")


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("Paris", "is", " paris "),
        ("STRASSE", "is", "straße"),
        (5, "is", "5"),
        ("5.0", "is", 5),
        (True, "is", "yes"),
        ("no", "is", False),
        (["a"], "is", ["a"]),
        ({"a": 1}, "is", {"a": 1}),
        (None, "is", ""),
        ("a", "is_not", "b"),
        (True, "is_not", 2),
        ("Hello World", "contains", "o w"),
        (["tea", 5], "contains", "5"),
        ({"colour": "red"}, "contains", "red"),
        ("Hello", "not_contains", "z"),
        ("Hello", "not_contains", ""),
        ("Hello", "starts_with", "HE"),
        ("Hello", "ends_with", "lo "),
        ("", "is_empty", None),
        (" \n", "is_empty", None),
        ([], "is_empty", None),
        ({}, "is_empty", None),
        (None, "is_empty", None),
        (0, "is_not_empty", None),
        (False, "is_not_empty", None),
        ("Is my invoice right?", "matches_any", ["bill", "Invoice"]),
        ("where is it, refund", "matches_any", "bill, refund"),
        ("money-back!", "matches_any", ["back"]),
        ("a gift card please", "matches_any", ["gift card"]),
        ("我要退款", "matches_any", ["退款"]),
        ("请给我refund谢谢", "matches_any", ["refund"]),
        ("c++ or c#", "matches_any", ["c++"]),
        (["tea", "coffee"], "matches_any", ["coffee"]),
        (7, "gt", 6.5),
        ("7", "gte", "7"),
        (" -1 ", "lt", 0),
        ("1e3", "lte", 1000),
        (True, "is_true", None),
        ("Yes", "is_true", None),
        (1, "is_true", None),
        (False, "is_false", None),
        ("off", "is_false", None),
        (None, "is_false", None),
    ],
)
def test_it_holds(left, operator, right):
    assert holds(left, operator, right)


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        ("Paris", "is", "Rome"),
        (5, "is", "five"),
        (5, "is", ""),
        (None, "is", "x"),
        (True, "is", "maybe"),
        ("Hello", "contains", ""),
        ("Hello", "contains", None),
        ([], "contains", "a"),
        ("Hello", "starts_with", ""),
        ("Hello", "ends_with", None),
        ("x", "is_empty", None),
        ("billing", "matches_any", ["bill"]),
        ("the bill_of", "matches_any", ["bill"]),
        ("anything", "matches_any", []),
        ("anything", "matches_any", ["", " "]),
        ("anything", "matches_any", None),
        ("", "matches_any", ["a"]),
        ("seven", "gt", 6),
        (7, "lt", "many"),
        (None, "gte", 0),
        ("2026-01-02", "gt", "2026-01-01"),
        ("maybe", "is_true", None),
        ("maybe", "is_false", None),
        (2, "is_true", None),
    ],
)
def test_it_does_not_hold(left, operator, right):
    assert not holds(left, operator, right)


def test_every_operator_takes_any_pair_of_values():
    values = [None, True, 0, -1.5, "", "text", [], ["a", [1], None], {}, {"a": {"b": 1}}, "x" * 10_000]

    for operator in OPERATORS:
        for left in values:
            for right in values:
                assert isinstance(holds(left, operator, right), bool)


def test_many_words_in_a_long_text_take_no_surprising_time():
    text = "a" * 200_000
    words = ["a" * n for n in range(1, 300)] + ["a" * 5_000 + "b"]

    assert not holds(text, "matches_any", words)


async def test_a_path_without_conditions_is_never_taken():
    ran = await run_node(BRANCH, {"cases": [{"name": "empty", "conditions": []}]})

    assert ran.port == "else"


async def test_all_and_any_join_conditions():
    conditions = [{"left": "a", "right": "a"}, {"left": "a", "right": "b"}]

    for match, port in (("all", "else"), ("any", "one")):
        ran = await run_node(BRANCH, {"cases": [{"name": "one", "match": match, "conditions": conditions}]})
        assert ran.port == port


def test_ports_are_read_from_a_half_filled_form():
    for config in ({}, {"cases": None}, {"cases": "x"}, {"cases": [None, 7, {}, {"name": 3}]}):
        assert list(BRANCH.ports(config)) == [Port("else", "Otherwise")]


def test_more_words_in_a_longer_text_than_can_be_looked_for_at_once_are_refused_in_words():
    words = [f"word {i}" for i in range(2_000)]

    assert not mentions_any("x" * 400_000, words)
    with pytest.raises(NodeError) as refused:
        mentions_any("x" * 600_000, words)
    assert refused.value.code == "bad_config"
    assert "2,000 words" in refused.value.message
