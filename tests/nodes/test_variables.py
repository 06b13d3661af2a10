"""How a run variable may change, and that what it was before is left as it was."""

import math

import pytest

from nodes.sdk import NodeError
from nodes.sdk.variables import OPERATORS, change


@pytest.mark.parametrize(
    ("before", "operator", "operand", "after", "told"),
    [
        (None, "set", "x", "x", "x"),
        ([1], "set", [2], [2], [2]),
        (None, "append", "a", ["a"], "a"),
        (["a"], "append", ["b"], ["a", ["b"]], ["b"]),
        (["a"], "extend", ["b", "c"], ["a", "b", "c"], ["b", "c"]),
        (None, "extend", [], [], []),
        (["a", "b"], "remove_first", None, ["b"], "a"),
        (["a", "b"], "remove_last", None, ["a"], "b"),
        ([], "remove_first", None, [], None),
        (None, "remove_last", None, [], None),
        (["a"], "clear", None, [], []),
        ("a", "clear", None, "", ""),
        (3.5, "clear", None, 0, 0),
        (True, "clear", None, False, False),
        ({"a": 1}, "clear", None, {}, {}),
        (None, "clear", None, None, None),
        (None, "add", 2, 2, 2),
        ("2", "add", " 3 ", 5, 5),
        (2, "subtract", 0.5, 1.5, 1.5),
        (3, "multiply", 2, 6, 6),
        (7, "divide", 2, 3.5, 3.5),
        (6, "divide", 2, 3, 3),
    ],
)
def test_a_change_gives_the_new_value_and_what_is_worth_telling(before, operator, operand, after, told):
    kept = repr(before)
    value, said = change(before, operator, operand)

    assert value == after
    assert type(value) is type(after)
    assert said == {"value": told, "length": len(after) if isinstance(after, list) else None}
    assert repr(before) == kept


@pytest.mark.parametrize(
    ("before", "operator", "operand"),
    [
        ("text", "append", 1),
        ([1], "extend", 2),
        ({}, "remove_first", None),
        ("a lot", "add", 1),
        (1, "add", "a lot"),
        (True, "add", 1),
        (None, "multiply", 2),
        (1, "add", None),
        (1, "add", ""),
        ([1], "subtract", 1),
    ],
)
def test_what_does_not_fit_is_refused_in_words(before, operator, operand):
    with pytest.raises(NodeError) as raised:
        change(before, operator, operand)

    assert raised.value.code == "bad_variable"
    assert raised.value.message.endswith(".")
    assert raised.value.hint.endswith(".")


def test_a_whole_number_that_no_browser_keeps_becomes_a_fraction():
    value, _ = change(2**53, "multiply", 2**53)

    assert value == float(2**106)
    assert isinstance(value, float)
    assert math.isfinite(value)


def test_every_operator_can_be_used():
    for operator in OPERATORS:
        before = [] if operator in ("append", "extend", "remove_first", "remove_last") else 1
        change(before, operator, [] if operator == "extend" else 1)
