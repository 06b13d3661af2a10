"""Each way in which information is changed: what it does, and with what it refuses, by code."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.variables import MAX_LENGTH, Operator, change, change_as

I18N = Path(__file__).parents[2] / "frontend/src/i18n"


def after(before: Any, operator: Operator, operand: Any = None, kind: str = "any") -> Any:
    return change_as(kind, before, operator, operand)[0]


def refusal(before: Any, operator: Operator, operand: Any = None, kind: str = "any") -> str:
    with pytest.raises(NodeError) as raised:
        change_as(kind, before, operator, operand)
    assert raised.value.message.endswith(".")
    assert raised.value.hint
    return raised.value.code


def test_set_takes_any_value_and_of_a_declared_kind_only_its_own():
    assert [after("before", "set", value) for value in ("x", 0, None, [], {})] == ["x", 0, None, [], {}]
    assert after(1, "set", "12", "number") == 12
    assert after("", "set", 12, "text") == "12"
    assert refusal(1, "set", "many", "number") == "bad_variable"
    assert refusal([], "set", "a, b", "list") == "bad_variable"
    assert refusal({}, "set", [1], "object") == "bad_variable"
    assert refusal([], "set", ["one"], "list_number") == "bad_variable"
    assert refusal(True, "set", "perhaps", "boolean") == "bad_variable"


def test_append_adds_one_item_even_if_it_is_a_list():
    assert after([1], "append", 2) == [1, 2]
    assert after([1], "append", [2, 3]) == [1, [2, 3]]
    assert after([], "append", None) == [None]
    assert after(None, "append", 1) == [1]
    assert after([], "append", "7", "list_number") == [7]
    assert refusal("text", "append", 1) == "bad_variable"
    assert refusal(0, "append", 1) == "bad_variable"
    assert refusal({}, "append", 1) == "bad_variable"
    assert refusal([], "append", "seven", "list_number") == "bad_variable"
    assert refusal("", "append", "x", "text") == "bad_variable"
    assert refusal([0] * MAX_LENGTH, "append", 1) == "list_too_long"


def test_extend_adds_all_items_of_a_list():
    assert after([1], "extend", [2, [3]]) == [1, 2, [3]]
    assert after([1], "extend", []) == [1]
    assert after([], "extend", []) == []
    assert after(None, "extend", [1]) == [1]
    assert refusal([1], "extend", 2) == "bad_variable"
    assert refusal([1], "extend", "ab") == "bad_variable"
    assert refusal([1], "extend", None) == "bad_variable"
    assert refusal("ab", "extend", ["c"]) == "bad_variable"
    assert refusal([1], "extend", ["two"], "list_number") == "bad_variable"
    assert refusal([0] * (MAX_LENGTH - 1), "extend", [1, 2]) == "list_too_long"


def test_clear_leaves_nothing_of_the_same_kind():
    befores: list[Any] = ["text", 3, 0.5, True, [1], {"a": 1}, None]
    assert [after(before, "clear") for before in befores] == ["", 0, 0, False, [], {}, None]
    kinds = ("text", "number", "boolean", "object", "list", "list_text")
    assert [after(None, "clear", kind=kind) for kind in kinds] == ["", 0, False, {}, [], []]
    assert after([], "clear") == []


def test_add_adds_a_number_also_one_that_a_text_spells():
    assert after(1, "add", 2) == 3
    assert after("1.5", "add", " 2 ") == 3.5
    assert after(None, "add", 5) == 5
    assert after(1, "add", -1) == 0
    assert refusal(1, "add", "two") == "bad_variable"
    assert refusal("one", "add", 2) == "bad_variable"
    assert refusal(1, "add", True) == "bad_variable"
    assert refusal([1], "add", [2]) == "bad_variable"
    assert refusal(1, "add", None) == "bad_variable"
    assert refusal("", "add", 1, "text") == "bad_variable"
    assert refusal(1e308, "add", 1e308) == "number_overflow"


def test_subtract_takes_a_number_away():
    assert after(5, "subtract", 2) == 3
    assert after(None, "subtract", 2) == -2
    assert after(0.5, "subtract", "0.5") == 0
    assert refusal("five", "subtract", 2) == "bad_variable"
    assert refusal(5, "subtract", {}) == "bad_variable"
    assert refusal([], "subtract", 1, "list") == "bad_variable"
    assert refusal(-1e308, "subtract", 1e308) == "number_overflow"


def test_multiply_multiplies_numbers():
    assert after(3, "multiply", 4) == 12
    assert after(3, "multiply", 0) == 0
    assert after("2", "multiply", 0.25) == 0.5
    assert refusal(None, "multiply", 2) == "bad_variable"
    assert refusal("ab", "multiply", 2) == "bad_variable"
    assert refusal([1], "multiply", 2) == "bad_variable"
    assert refusal(1e200, "multiply", 1e200) == "number_overflow"
    assert refusal(10**300, "multiply", 10**300) == "number_overflow"


def test_divide_divides_numbers_but_by_nothing():
    assert after(7, "divide", 2) == 3.5
    assert after(6, "divide", "3") == 2
    assert isinstance(after(6, "divide", 3), int)
    assert after(0, "divide", 3) == 0
    for nothing in (0, 0.0, -0.0, "0"):
        assert refusal(7, "divide", nothing) == "divided_by_zero"
    assert refusal(None, "divide", 2) == "bad_variable"
    assert refusal(7, "divide", None) == "bad_variable"
    assert refusal(7, "divide", "") == "bad_variable"
    assert refusal({}, "divide", 2) == "bad_variable"
    assert refusal(1e308, "divide", 1e-308) == "number_overflow"


def test_remove_first_takes_the_first_item_away_and_says_it():
    assert change(["a", "b"], "remove_first") == (["b"], {"value": "a", "length": 1})
    assert change(["a"], "remove_first") == ([], {"value": "a", "length": 0})
    assert change([], "remove_first") == ([], {"value": None, "length": 0})
    assert after(None, "remove_first") == []
    assert refusal("ab", "remove_first") == "bad_variable"
    assert refusal({"a": 1}, "remove_first") == "bad_variable"
    assert refusal(5, "remove_first", kind="number") == "bad_variable"


def test_remove_last_takes_the_last_item_away_and_says_it():
    assert change(["a", "b"], "remove_last") == (["a"], {"value": "b", "length": 1})
    assert change(["a"], "remove_last") == ([], {"value": "a", "length": 0})
    assert change([], "remove_last") == ([], {"value": None, "length": 0})
    assert after(None, "remove_last") == []
    assert refusal("ab", "remove_last") == "bad_variable"
    assert refusal(True, "remove_last") == "bad_variable"
    assert refusal({}, "remove_last", kind="object") == "bad_variable"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_refusal_has_words_of_its_own_in_both_languages(language: str):
    words = json.loads((I18N / language / "errors.json").read_text(encoding="utf-8"))
    codes = ("bad_variable", "divided_by_zero", "number_overflow", "list_too_long")

    assert len({words[code]["message"] for code in codes}) == 4
    assert all(words[code]["hint"] for code in codes)
