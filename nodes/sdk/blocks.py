"""How numbers and names are written in a file, so that equal workflows give equal files."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")


def tidy(number: float) -> float:
    """A whole number without its point."""
    return int(number) if float(number).is_integer() else number


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A sort key by which prompt_2 comes before prompt_10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name))
