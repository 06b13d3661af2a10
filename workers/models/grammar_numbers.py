"""Ranges of numbers as expressions of llama.cpp's grammar: what can be written lies within the bounds.

A fraction is written with a fixed most of digits behind the point, so it is a whole number of small parts,
and a range of whole numbers is a few patterns of digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from nodes.sdk.values import Json

BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
LARGEST = 10**15
"""Beyond this a number with a fraction cannot be told from its neighbours."""

_OPEN_WHOLE = LARGEST - 1
_OPEN_FRACTION = 10**9 - 1
_DIGITS = 2
_MOST_DIGITS = 9


def whole(schema: Mapping[str, Json]) -> str:
    """Whole numbers within the schema's bounds. Raises ValueError when there are none."""
    low, high = _scaled(schema, 0, _OPEN_WHOLE)
    return _signed(low, high, 0)


def fraction(schema: Mapping[str, Json]) -> str:
    """Numbers within the schema's bounds, whole ones too. Raises ValueError when there are none."""
    wanted = [_digits(schema[name]) for name in BOUNDS if name in schema]
    for digits in range(min(max([_DIGITS, *wanted]), _MOST_DIGITS), _MOST_DIGITS + 1):
        try:
            low, high = _scaled(schema, digits, _OPEN_FRACTION)
        except ValueError:
            if digits == _MOST_DIGITS:
                raise
            continue
        return _signed(low, high, digits)
    raise ValueError("an empty range")


def _digits(bound: Json) -> int:
    """How many digits a bound has behind the point."""
    exponent = Decimal(repr(bound)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _scaled(schema: Mapping[str, Json], digits: int, most: int) -> tuple[int, int]:
    """The least and the greatest number allowed, in units of the last digit. Raises ValueError if none is."""
    unit = Decimal(10) ** digits
    lows, highs = [], []
    for name in BOUNDS & set(schema):
        exact = Decimal(repr(schema[name])) * unit
        is_low = name.lower().endswith("minimum")
        nearest = int(exact.to_integral_value(ROUND_CEILING if is_low else ROUND_FLOOR))
        if name.startswith("exclusive") and nearest == exact:
            nearest += 1 if is_low else -1
        (lows if is_low else highs).append(nearest)
    open_ = most * 10**digits
    low = max(lows, default=-max(open_, *(-high for high in highs), 0) if highs else -open_)
    high = min(highs, default=max(open_, low))
    if low > high:
        raise ValueError("an empty range")
    return low, high


def _signed(low: int, high: int, digits: int) -> str:
    parts: list[str] = []
    if high >= 0:
        parts.append(_unsigned(max(low, 0), high, digits))
    if low < 0:
        parts.append(f'"-" ({_unsigned(max(1, -high), -low, digits)})')
    return " | ".join(parts)


def _unsigned(low: int, high: int, digits: int) -> str:
    """`low` to `high` in units of the last of `digits` digits, neither below 0."""
    if digits == 0:
        return _whole(low, high)
    unit = 10**digits
    first, last = low // unit, high // unit
    if first == last:
        return f"{_text(str(first))} {_behind_point(low % unit, high % unit, digits)}"
    parts: list[str] = []
    if low % unit:
        parts.append(f"{_text(str(first))} {_behind_point(low % unit, unit - 1, digits)}")
        first += 1
    if high % unit != unit - 1:
        parts.append(f"{_text(str(last))} {_behind_point(0, high % unit, digits)}")
        last -= 1
    if first <= last:
        parts.append(f'({_whole(first, last)}) ("." [0-9]{{1,{digits}}})?')
    return " | ".join(parts)


def _behind_point(low: int, high: int, digits: int) -> str:
    """What may follow a whole number so that the digits behind the point lie within the two."""
    found: list[str] = [] if low else ['""']
    for count in range(1, digits + 1):
        unit = 10 ** (digits - count)
        least, most = -(-low // unit), high // unit
        if least <= most:
            found.append(f'"." {_same_length(str(least).zfill(count), str(most).zfill(count))}')
    return "(" + " | ".join(found) + ")"


def _whole(low: int, high: int) -> str:
    """Whole numbers from `low` to `high`, neither below 0, without leading zeros."""
    parts: list[str] = []
    for length in range(len(str(low)), len(str(high)) + 1):
        least = max(low, 10 ** (length - 1) if length > 1 else 0)
        parts.append(_same_length(str(least), str(min(high, 10**length - 1))))
    return " | ".join(parts)


def _same_length(low: str, high: str) -> str:
    """Texts of digits from `low` to `high`, which have the same length."""
    if low == high:
        return _text(low)
    shared = 0
    while low[shared] == high[shared]:
        shared += 1
    head, low, high = low[:shared], low[shared:], high[shared:]
    rest = len(low) - 1
    first, last = int(low[0]), int(high[0])
    parts: list[str] = []
    if low[1:] != "0" * rest:
        parts.append(f"{_text(low[0])} {_same_length(low[1:], '9' * rest)}")
        first += 1
    if high[1:] != "9" * rest:
        parts.append(f"{_text(high[0])} {_same_length('0' * rest, high[1:])}")
        last -= 1
    if first <= last:
        digit = _text(str(first)) if first == last else f"[{first}-{last}]"
        parts.append(digit + ("" if not rest else " [0-9]" if rest == 1 else f" [0-9]{{{rest}}}"))
    tail = parts[0] if len(parts) == 1 else "(" + " | ".join(parts) + ")"
    return f"{_text(head)} {tail}" if head else tail


def _text(digits: str) -> str:
    return f'"{digits}"'
