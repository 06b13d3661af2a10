"""Rows of a database as information: plain values under names that differ, as many as are wanted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from nodes.sdk.databases import Found
from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

_LARGEST_EXACT = 2**53


class Gathered:
    """The rows that are kept. `add` says whether more are wanted."""

    def __init__(self, columns: Sequence[str], most_rows: int, most_bytes: int) -> None:
        self.columns = distinct(columns)
        self.rows: list[dict[str, Json]] = []
        self.is_cut = False
        self._most_rows, self._left = most_rows, most_bytes

    def add(self, row: Iterable[Any]) -> bool:
        if len(self.rows) == self._most_rows:
            self.is_cut = True
            return False
        plain = dict(zip(self.columns, map(plain_value, row), strict=True))
        self._left -= len(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"))
        if self._left < 0:
            if not self.rows:
                raise too_large()
            self.is_cut = True
            return False
        self.rows.append(plain)
        return True

    def found(self, changed: int = 0) -> Found:
        """All of it."""
        return Found(self.columns, self.rows, changed, self.is_cut)


def too_large() -> NodeError:
    """For rows that do not fit into what is wanted, where a part of them would be wrong."""
    return NodeError(
        "answer_too_large",
        "The database gives more than this step may take in.",
        "Ask for fewer columns or rows, or raise the limits under More options.",
    )


def distinct(names: Sequence[str]) -> list[str]:
    """Columns under names of their own: id, id_2, …"""
    seen: list[str] = []
    for name in names:
        own, number = name, 1
        while own in seen:
            number += 1
            own = f"{name}_{number}"
        seen.append(own)
    return seen


def plain_value(value: Any) -> Json:
    """A value as information: moments as ISO texts, bytes in Base64, numbers as numbers while exact."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(key): plain_value(part) for key, part in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def _number(value: Decimal) -> Json:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    near = float(value)
    return near if isfinite(near) and Decimal(repr(near)) == value else str(value)
