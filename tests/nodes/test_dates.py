"""The step Date and time follows the calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nodes.builtin.date.node import _between, _later

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone=UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "amount", "unit", "later"),
    [
        ("2024-02-29T08:00", 1, "years", "2025-02-28T08:00"),
        ("2026-03-31T08:00", -1, "months", "2026-02-28T08:00"),
        ("2026-12-31T08:00", 2, "months", "2027-02-28T08:00"),
        ("2026-01-01T08:00", 2, "weeks", "2026-01-15T08:00"),
        ("2026-01-01T08:00", 1.5, "days", "2026-01-02T20:00"),
        ("2026-01-01T08:00", -90, "minutes", "2026-01-01T06:30"),
    ],
)
def test_some_time_later(moment, amount, unit, later):
    assert _later(at(moment), amount, unit) == at(later)


def test_an_hour_is_an_hour_and_a_day_a_day_where_the_clocks_change():
    before = at("2026-03-29T01:30", BERLIN)

    assert _later(before, 1, "hours").isoformat() == "2026-03-29T03:30:00+02:00"
    assert _later(before, 1, "days").isoformat() == "2026-03-30T01:30:00+02:00"
    assert _between(before, at("2026-03-30T01:30", BERLIN), "days") == 1
    assert _between(before, at("2026-03-30T01:30", BERLIN), "hours") == 23


@pytest.mark.parametrize(
    ("first", "second", "unit", "amount"),
    [
        ("2026-01-31T00:00", "2026-02-28T00:00", "months", 1),
        ("2026-01-31T00:00", "2026-02-27T00:00", "months", 0),
        ("2026-06-14T00:00", "1990-06-15T00:00", "years", -35),
        ("2026-01-01T00:00", "2026-01-15T12:00", "weeks", 2.071429),
    ],
)
def test_how_much_lies_between(first, second, unit, amount):
    assert _between(at(first), at(second), unit) == amount
