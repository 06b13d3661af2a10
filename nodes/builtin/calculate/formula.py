"""Formulas such as `(12.5 + 3) * 2 ^ 3`, read and computed by a grammar of our own.

    sum      = product { ("+" | "-") product }
    product  = sign { ("*" | "/" | "%") sign }
    sign     = ("+" | "-") sign | power
    power    = value [ "^" sign ]
    value    = number | "(" sum ")" | name "(" [ sum { "," sum } ] ")"

Computed in decimals, so that 0.1 + 0.2 is 0.3. There are no names of values, no attributes and no
assignments, and every operation is bounded, so a formula can do nothing but compute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from nodes.sdk.errors import NodeError

MAX_LENGTH: Final = 100_000
MAX_DEPTH: Final = 50
_CONTEXT: Final = Context(prec=34, Emax=400, Emin=-400, traps=[DivisionByZero, InvalidOperation, Overflow])
_TOKEN: Final = re.compile(
    r"\s*(?:(\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})((?:[eE][+-]?\d{1,3})?)|([a-z]+)|(.))", re.DOTALL
)
_SAME: Final = {"×": "*", "·": "*", "÷": "/", "−": "-", ":": "/", "（": "(", "）": ")", "，": ",", ";": ","}


class FormulaError(Exception):
    """A text that is no formula; the message says in words what is wrong with it."""


class NoResult(FormulaError):
    """A formula that can be read, and has no result with these numbers."""


def compute(formula: str) -> int | float:
    """What `formula` comes to: a whole number where it is one. Raises FormulaError, and NodeError
    divided_by_zero or number_overflow."""
    if len(formula) > MAX_LENGTH:
        raise FormulaError(f"it has {len(formula):,} characters, more than {MAX_LENGTH:,}")
    reader = _Reader(list(_tokens(formula)))
    try:
        found = reader.sum()
        if reader.here is not None:
            raise FormulaError(f"{reader.here!r} is not expected")
        return _plain(found)
    except DivisionByZero:
        raise _by_zero() from None
    except Overflow:
        raise _too_large() from None
    except InvalidOperation:
        raise NoResult("it has no result, such as the root of a negative number") from None


def check_formula(formula: str) -> str:
    """What is wrong with a formula before there are values in it, in words; "" where nothing is."""
    try:
        compute(formula)
    except (NoResult, NodeError):
        return ""  # that hangs on the values
    except FormulaError as error:
        return str(error)
    return ""


def _tokens(formula: str) -> Iterator[str]:
    at = 0
    text = formula.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return
        at = found.end()
        number, exponent, name, sign = found.groups()
        yield f"{number}{exponent}" if number is not None else name or _SAME.get(sign, sign)


class _Reader:
    """Goes once through the tokens and computes on the way."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def here(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def sum(self) -> Decimal:
        value = self._product()
        while self.here in ("+", "-"):
            plus = self._take() == "+"
            other = self._product()
            value = _CONTEXT.add(value, other) if plus else _CONTEXT.subtract(value, other)
        return value

    def _product(self) -> Decimal:
        value = self._sign()
        while self.here in ("*", "/", "%"):
            sign, other = self._take(), self._sign()
            if sign == "*":
                value = _CONTEXT.multiply(value, other)
            elif not other:
                raise _by_zero()
            else:
                value = _CONTEXT.divide(value, other) if sign == "/" else _remainder(value, other)
        return value

    def _sign(self) -> Decimal:
        if self.here not in ("+", "-"):
            return self._power()
        minus = self._take() == "-"
        with self:
            value = self._sign()
        return _CONTEXT.minus(value) if minus else value

    def _power(self) -> Decimal:
        value = self._value()
        if self.here != "^":
            return value
        self._take()
        with self:
            exponent = self._sign()
        if not value and exponent < 0:
            raise _by_zero()
        return _CONTEXT.power(value, exponent) if value or exponent else Decimal(1)

    def _value(self) -> Decimal:
        sign = self.here
        if sign is None:
            raise FormulaError("it ends too early")
        self._at += 1
        if sign == "(":
            with self:
                value = self.sum()
            self._close()
            return value
        if sign[0].isdigit() or sign[0] == ".":
            return _CONTEXT.create_decimal(sign)
        if sign not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            what = (
                f"there is no {sign!r} (there are {known})" if sign.isalpha() else f"{sign!r} is not expected"
            )
            raise FormulaError(what)
        return self._call(sign)

    def _call(self, name: str) -> Decimal:
        if self.here != "(":
            raise FormulaError(f"after {name} comes a bracket")
        self._at += 1
        values: list[Decimal] = []
        with self:
            if self.here != ")":
                values.append(self.sum())
                while self.here == ",":
                    self._at += 1
                    values.append(self.sum())
        self._close()
        apply, least, most = FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise FormulaError(f"{name} takes {_so_many(least, most)}, and has {len(values)}")
        return apply(values)

    def _take(self) -> str:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _close(self) -> None:
        if self.here != ")":
            raise FormulaError("a bracket is not closed")
        self._at += 1

    def __enter__(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(f"it is nested more than {MAX_DEPTH} deep")

    def __exit__(self, *_: object) -> None:
        self._depth -= 1


def _so_many(least: int, most: int) -> str:
    if least == most:
        return f"{least} number{'s' if least != 1 else ''}"
    return (
        f"{least} to {most} numbers"
        if most < _MANY
        else f"at least {least} number{'s' if least != 1 else ''}"
    )


def _remainder(value: Decimal, other: Decimal) -> Decimal:
    """The remainder, with the sign of what is divided by, as a clock goes round."""
    rest = _CONTEXT.remainder(value, other)
    return _CONTEXT.add(rest, other) if rest and (rest < 0) != (other < 0) else rest


def _round(values: Sequence[Decimal]) -> Decimal:
    """Rounded half up, to so many decimals."""
    digits = max(-30, min(30, int(values[1]))) if len(values) > 1 else 0
    if not values[0] or values[0].adjusted() + digits > 33:
        return values[0]  # it has no such digits
    return values[0].quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_CONTEXT)


def _total(values: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = _CONTEXT.add(total, value)
    return total


_MANY: Final = 1_000_000
FUNCTIONS: Final[dict[str, tuple[Callable[[Sequence[Decimal]], Decimal], int, int]]] = {
    "abs": (lambda values: _CONTEXT.abs(values[0]), 1, 1),
    "average": (lambda values: _CONTEXT.divide(_total(values), Decimal(len(values))), 1, _MANY),
    "ceil": (lambda values: values[0].to_integral_value("ROUND_CEILING"), 1, 1),
    "count": (lambda values: Decimal(len(values)), 0, _MANY),
    "floor": (lambda values: values[0].to_integral_value("ROUND_FLOOR"), 1, 1),
    "max": (max, 1, _MANY),
    "min": (min, 1, _MANY),
    "round": (_round, 1, 2),
    "sqrt": (lambda values: _CONTEXT.sqrt(values[0]), 1, 1),
    "sum": (_total, 0, _MANY),
}
"""What may be called, with the least and the most numbers each takes."""


def _plain(value: Decimal) -> int | float:
    """As JSON holds it: whole where it is whole and a browser keeps it exactly."""
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    number = float(value)
    if number in (float("inf"), float("-inf")):
        raise _too_large()
    return number


def _by_zero() -> NodeError:
    return NodeError(
        "divided_by_zero", "A number was to be divided by zero.", "Decide before what happens when it is 0."
    )


def _too_large() -> NodeError:
    return NodeError(
        "number_overflow", "The result is too large to compute with.", "Look at the numbers that go in."
    )
