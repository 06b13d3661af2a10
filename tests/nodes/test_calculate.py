"""The formulas of the step Calculate compute, are bounded, and say what is wrong with them."""

import pytest

from nodes.builtin.calculate.formula import MAX_DEPTH, FormulaError, compute
from nodes.builtin.calculate.node import Calculate
from nodes.sdk import NodeError


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) × 3 ÷ 2", 4.5),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 * -3", -6),
        ("7 % 4 + -7 % 4", 4),
        ("0.1 + 0.2", 0.3),
        ("1e3 / .5", 2000),
        ("round(2.5) + round(-2.345, 2)", 0.65),
        ("round(1234, -2)", 1200),
        ("floor(-0.5) + ceil(-0.5)", -1),
        ("sum() + count() + min(3, 2) + max(1，2)", 4),
        ("sqrt(16) + abs(-1)", 5),
        ("0 ^ 0", 1),
        (f"abs({'1234567890' * 3}) - {'1234567890' * 3}", 0),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_a_formula_computes(formula, result):
    found = compute(formula)

    assert found == result
    assert isinstance(found, type(result))


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "price",
        "__import__(1)",
        "round",
        "round()",
        "round(1, 2, 3)",
        "sqrt(-1)",
        "1..2",
        "a.b",
        '"1"',
    ],
)
def test_what_is_no_formula_is_said(formula):
    with pytest.raises(FormulaError):
        compute(formula)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("1 / 0", "divided_by_zero"),
        ("1 % 0", "divided_by_zero"),
        ("0 ^ -1", "divided_by_zero"),
        ("9 ^ 9 ^ 9", "number_overflow"),
        ("1.0000001 ^ 1e300", "number_overflow"),
        ("1e350", "number_overflow"),
    ],
)
def test_what_has_no_number_for_a_result_is_an_error_of_the_run(formula, code):
    with pytest.raises(NodeError) as caught:
        compute(formula)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "formula", ["(" * 100_000, "-" * 50_000 + "1", "2^" * 20_000 + "1", "min(" * (MAX_DEPTH + 1)]
)
def test_nesting_is_bounded(formula):
    with pytest.raises(FormulaError):
        compute(formula)


def test_a_formula_is_checked_before_there_are_numbers_in_it():
    (problem,) = Calculate.check({"formula": "{{ start_1.a }} * "})

    assert problem.code == "bad_formula"


@pytest.mark.parametrize(
    "formula",
    ["1 / ({{ start_1.a }} - 1)", "sqrt({{ start_1.a }} - 2)", "({{ start_1.a }} - 2) ^ 0.5", "9 ^ 9 ^ 9"],
)
def test_what_hangs_on_the_numbers_is_not_said_before_they_are_there(formula):
    assert Calculate.check({"formula": formula}) == ()


def test_information_cannot_add_to_the_formula():
    config = {"formula": "2 * {{ start_1.a }}"}

    with pytest.raises(NodeError) as caught:
        Calculate.fill(config, {"start_1": {"a": "1 + 1"}})

    assert caught.value.code == "not_a_number"
