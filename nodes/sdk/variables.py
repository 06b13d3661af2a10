"""Run variables: what a run keeps beside the outputs of its nodes, and the ways in which it may change."""

from __future__ import annotations

import math
import re
from typing import Final, Literal, cast, get_args

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import apply_filter
from nodes.sdk.kinds import KIND_WORDS, as_kind, empty_of
from nodes.sdk.strict import MAX_INTEGER
from nodes.sdk.values import Json

VARS: Final = "vars"
"""The name by which refs reach all variables: {{ vars.total }}. No node can have it as its id."""

CONVERSATION: Final = "conversation"
"""The same for what is remembered from one message to the next: {{ conversation.name }}."""
LOOP: Final = "loop"
"""The scope of what a step that repeats keeps from round to round: {{ loop_1.total }}, by that step's id."""
ENV: Final = "env"
"""The same for what a workspace shares between its apps, which no step changes: {{ env.CURRENCY }}."""
RESERVED: Final = frozenset({VARS, CONVERSATION, ENV})

VARIABLE_NAME: Final = re.compile(r"[^\W\d]\w{0,49}\Z")
LONGEST_NAME: Final = 50
MAX_LENGTH: Final = 100_000
"""Items that a list in a variable may come to."""


def kept_name(node_id: str) -> str:
    """The name under which a conversation remembers what a step keeps of its own (`Node.keeps`)."""
    return f"memory_{node_id}"[:LONGEST_NAME]


Operator = Literal[
    "set",
    "append",
    "extend",
    "clear",
    "add",
    "subtract",
    "multiply",
    "divide",
    "remove_first",
    "remove_last",
]

OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
WITHOUT_VALUE: Final[frozenset[Operator]] = frozenset({"clear", "remove_first", "remove_last"})
ARITHMETIC: Final[frozenset[Operator]] = frozenset({"add", "subtract", "multiply", "divide"})
IN_ANY_ORDER: Final[frozenset[Operator]] = frozenset({"append", "extend", "add"})
"""Those that lose nothing when several do it at the same time."""


def change_as(
    kind: str, before: Json, operator: Operator, operand: Json = None
) -> tuple[Json, dict[str, Json]]:
    """The same as `change`, for a variable that was declared to be of that kind, and stays so."""
    if kind == "any":
        return change(before, operator, operand)
    if operator == "clear":
        empty = empty_of(kind)
        return empty, _told(empty, empty)
    if operator == "set":
        value = as_kind(operand, kind)
        return value, _told(value, value)
    if operator in ARITHMETIC and kind != "number":
        raise _refused(
            f"“{_WORDS[operator]}” needs numbers, but the information is {KIND_WORDS[kind]}.", "Use “set”."
        )
    if operator not in ARITHMETIC and not kind.startswith("list"):
        raise _refused(
            f"“{_WORDS[operator]}” needs a list, but the information is {KIND_WORDS[kind]}.", "Use “set”."
        )
    if operator == "append":
        operand = cast("list[Json]", as_kind([operand], kind))[0]
    elif operator == "extend":
        operand = as_kind(operand, kind)
    return change(before, operator, operand)


def change(before: Json, operator: Operator, operand: Json = None) -> tuple[Json, dict[str, Json]]:
    """The value of a variable afterwards, and what is worth telling of the change.

    That is `value` (what was set, computed, added or taken away) and `length` (of a list, else None): never
    a whole list again, or a loop that adds to one would write it down in every round. `before` is not
    changed in place: others may hold it. Raises NodeError: "bad_variable" where the kinds do not fit,
    "divided_by_zero", "number_overflow", "list_too_long".
    """
    if operator == "set":
        return operand, _told(operand, operand)
    if operator == "clear":
        empty = _empty(before)
        return empty, _told(empty, empty)
    if operator in ARITHMETIC:
        number = _compute(before, operator, operand)
        return number, _told(number, number)
    items = _list(before, operator)
    if operator in ("append", "extend"):
        more = [operand] if operator == "append" else _list(operand, operator, "the value")
        if len(items) + len(more) > MAX_LENGTH:
            raise NodeError(
                "list_too_long",
                f"A list in a variable has at most {MAX_LENGTH:,} items.",
                "Keep fewer items.",
            )
        after = [*items, *more]
        return after, _told(operand, after)
    if not items:
        return [], _told(None, [])
    taken, left = (items[0], items[1:]) if operator == "remove_first" else (items[-1], items[:-1])
    return left, _told(taken, left)


def _told(value: Json, after: Json) -> dict[str, Json]:
    return {"value": value, "length": len(after) if isinstance(after, list) else None}


def _empty(before: Json) -> Json:
    """Nothing of the same kind."""
    kinds: dict[type, Json] = {str: "", bool: False, int: 0, float: 0, list: [], dict: {}}
    return kinds.get(type(before))


def _list(value: Json, operator: str, what: str = "the variable") -> list[Json]:
    if value is None and what == "the variable":
        return []
    if not isinstance(value, list):
        raise _refused(
            f"“{_WORDS[operator]}” needs a list, but {what} is {_kind(value)}.",
            "Set the variable to a list first, or use “set”.",
        )
    return value


def _compute(before: Json, operator: str, operand: Json) -> int | float:
    first = 0 if before is None and operator in ("add", "subtract") else _number(before, operator, "variable")
    second = _number(operand, operator, "value")
    try:
        if operator == "add":
            result = first + second
        elif operator == "subtract":
            result = first - second
        elif operator == "multiply":
            result = first * second
        elif second == 0:
            raise NodeError(
                "divided_by_zero",
                "A number cannot be divided by zero.",
                "Decide what is to happen before dividing.",
            )
        else:
            result = first / second
    except OverflowError:
        result = math.inf
    if isinstance(result, int) and abs(result) > MAX_INTEGER:
        result = float(result) if result.bit_length() < 1_000 else math.inf
    if not math.isfinite(result):
        raise NodeError(
            "number_overflow", "The number became too large.", "Look at what is computed again and again."
        )
    return int(result) if isinstance(result, float) and _is_whole(result) else result


def _is_whole(number: float) -> bool:
    return number.is_integer() and abs(number) <= MAX_INTEGER


def _number(value: Json, operator: str, what: str) -> int | float:
    can_be = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    number = apply_filter("number", value, ()) if can_be else None
    if number is None or value == "":
        raise _refused(
            f"“{_WORDS[operator]}” needs numbers, but the {what} is {_kind(value)}.",
            "Set the variable to a number first, and give a number.",
        )
    return cast("int | float", number)


def _kind(value: Json) -> str:
    if value is None:
        return "empty"
    words: dict[type, str] = {str: "a text", bool: "yes or no", list: "a list", dict: "an object"}
    return words.get(type(value), "a number")


def _refused(message: str, hint: str) -> NodeError:
    return NodeError("bad_variable", message, hint)


_WORDS: Final[dict[str, str]] = {
    "append": "add to the list",
    "extend": "add all to the list",
    "add": "add",
    "subtract": "subtract",
    "multiply": "multiply",
    "divide": "divide",
    "remove_first": "take away the first",
    "remove_last": "take away the last",
}
