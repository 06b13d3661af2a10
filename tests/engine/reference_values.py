"""What the reference interpreter knows of values: refs in texts, conditions, kinds, and changes of variables.

Like the interpreter it shares no code with the engine. Of templates it knows only `{{ name.field }}`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REF = re.compile(r"\{\{ (\w+)\.(\w+) \}\}")
LOOPS = "#loops"
"""Where a scope holds what the loops around keep from round to round, by the id of the loop."""


class Ambiguous(Exception):
    """The result hangs on which of two branches is quicker: there is nothing to compare."""


class Failed(Exception):
    """A node failed, with `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.spoiled: list[Any] = []
        """What became luck by it, and the values of variables before."""


class Luck:
    """What hangs on which of two branches was quicker. It equals anything; nothing may build on it."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return "LUCK"


LUCK: Any = Luck()


@dataclass
class Memory:
    """Variables with their kinds; those that were never declared may become anything."""

    values: dict[str, Any] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    added: dict[str, Any] = field(default_factory=dict)
    """What was added to a value while it was luck."""

    def change(self, name: str, operator: str, operand: Any) -> dict[str, Any]:
        """Changes one and says what the changing step gives: `value` and, of a list, `length`."""
        before, kind = self.values.get(name), self.kinds.get(name, "any")
        if before is LUCK and operator != "set" and (operator != "clear" or kind == "any"):
            if operator != "add" or number_of(operand) is None:
                raise Ambiguous
            self.added[name] = self.added.get(name, 0) + number_of(operand)
            return {"value": LUCK, "length": None}
        after, told = changed(kind, before, operator, operand)
        self.values[name] = after
        return {"value": told, "length": len(after) if isinstance(after, list) else None}


def look_up(scope: Mapping[str, Any], node: str, name: str) -> Any:
    """A field of what a node gave; None where it was skipped or gives none of that name."""
    loops = scope.get(LOOPS, {})
    if node in loops and name in loops[node].values:
        found = loops[node].values[name]
    else:
        output = scope.get(node)
        found = output if output is LUCK else output.get(name) if isinstance(output, dict) else None
    if holds_luck(found):
        raise Ambiguous
    return found


def holds_luck(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(holds_luck, value.values()))
    return any(map(holds_luck, value)) if isinstance(value, list) else value is LUCK


def value_of(drawn: Any, scope: Mapping[str, Any]) -> Any:
    """A config value filled in: what is exactly one ref keeps its type."""
    if isinstance(drawn, dict):
        return {name: value_of(value, scope) for name, value in drawn.items()}
    if isinstance(drawn, list):
        return [value_of(value, scope) for value in drawn]
    found = REF.fullmatch(drawn) if isinstance(drawn, str) else None
    if found:
        return look_up(scope, found[1], found[2])
    return (
        REF.sub(lambda ref: text_of(look_up(scope, *ref.groups())), drawn)
        if isinstance(drawn, str)
        else drawn
    )


def text_of(value: Any) -> str:
    """How a value reads inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, list) and not any(isinstance(item, list | dict | None) for item in value):
        return ", ".join(map(text_of, value))
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, list | dict) else str(value)


def holds(condition: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    """Whether `left` is `right`, or is or reads like a number that is at least `right`."""
    left, right = value_of(condition["left"], scope), condition["right"]
    if condition["operator"] == "gte":
        number = int(left) if isinstance(left, bool) else number_of(text_of(left))
        return number is not None and number >= right
    return isinstance(left, str) and left.strip().casefold() == right


def number_of(value: Any) -> Any:
    """The number that a value is or spells; None if it is none."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def empty_of(kind: str) -> Any:
    """Nothing of that kind."""
    return {"text": "", "number": 0, "boolean": False, "object": {}, "any": None}.get(kind, [])


def as_kind(value: Any, kind: str) -> Any:
    """`value` as a value of that kind: what is simple becomes text, what spells a number becomes one."""
    if (
        kind == "any"
        or (kind == "object" and isinstance(value, dict))
        or (kind == "list" and type(value) is list)
    ):
        return value
    if kind.startswith("list_") and isinstance(value, list):
        return [as_kind(item, kind.removeprefix("list_")) for item in value]
    if kind == "text" and not isinstance(value, list | dict):
        return str(value) if isinstance(value, float) else text_of(value)
    if kind == "number" and number_of(value) is not None:
        return number_of(value)
    if kind == "boolean" and (isinstance(value, bool) or value in ("true", "false")):
        return value in (True, "true")
    raise Failed("bad_variable")


def changed(kind: str, before: Any, operator: str, operand: Any) -> tuple[Any, Any]:
    """A variable afterwards, and what was set, added, computed or taken away."""
    if operator == "set":
        return (after := as_kind(operand, kind)), after
    if operator == "clear":
        if kind != "any":
            return empty_of(kind), empty_of(kind)
        after = None if before is None else type(before)()
        return after, after
    if operator in ("add", "subtract", "multiply", "divide"):
        first = 0 if before is None and operator in ("add", "subtract") else number_of(before)
        second = number_of(operand)
        if kind not in ("any", "number") or first is None or second is None:
            raise Failed("bad_variable")
        if operator == "divide" and second == 0:
            raise Failed("divided_by_zero")
        after = {
            "add": lambda: first + second,
            "subtract": lambda: first - second,
            "multiply": lambda: first * second,
            "divide": lambda: first / second,
        }[operator]()
        after = int(after) if after == int(after) else after
        return after, after
    items = [] if before is None else before
    if not isinstance(items, list):
        raise Failed("bad_variable")
    if operator == "append":
        one = as_kind([operand], kind)[0]
        return [*items, one], one
    if operator == "extend":
        more = as_kind(operand, kind)
        if not isinstance(more, list):
            raise Failed("bad_variable")
        return [*items, *more], more
    if not items:
        return [], None
    return (items[1:], items[0]) if operator == "remove_first" else (items[:-1], items[-1])
