"""Lengths of time and moments, as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from nodes.sdk.errors import NodeError

Unit = Literal["seconds", "minutes", "hours", "days"]
UNITS: Final = {"seconds": "Seconds", "minutes": "Minutes", "hours": "Hours", "days": "Days"}
MOST: Final = 100_000
"""The longest length of time in any unit: some 270 years of days."""

_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_TIME_ONLY: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\Z")


def length_of(amount: float, unit: Unit) -> timedelta:
    """So many of a unit."""
    return timedelta(seconds=amount * _SECONDS[unit])


def zone_of(name: str) -> ZoneInfo:
    """The time zone called that, such as Europe/Berlin; UTC for "". Raises NodeError("bad_time")."""
    try:
        return ZoneInfo(name.strip() or "UTC")
    except (ValueError, OSError, KeyError):
        raise NodeError(
            "bad_time",
            f"There is no time zone called {name.strip()[:80]!r}.",
            "Write it as in Europe/Berlin or Asia/Shanghai.",
        ) from None


def moment_of(text: str, zone: str, now: datetime) -> datetime:
    """The moment that a text names, aware and in UTC. Raises NodeError("bad_time").

    It is a date (its first moment), a date with a time, or a time alone, which is the next such time from
    `now` on. One that does not say its own offset is meant in the time zone `zone`.
    """
    said = text.strip()
    place = zone_of(zone)
    try:
        if alone := _TIME_ONLY.match(said):
            hour, minute, second = (int(part or 0) for part in alone.groups())
            here = now.astimezone(place)
            at = datetime.combine(here.date(), time(hour, minute, second), place)
            if at < here:
                at = datetime.combine(here.date() + timedelta(days=1), time(hour, minute, second), place)
        else:
            at = datetime.fromisoformat(said)
            at = at if at.tzinfo is not None else at.replace(tzinfo=place)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NodeError(
            "bad_time",
            f"{said[:80]!r} is no date or time.",
            "Write it as in 2026-12-31, 2026-12-31 18:00 or 18:00.",
        ) from None
