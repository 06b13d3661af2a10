"""What the grammars allow, by turning an expression without names into a regular expression."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.models.grammar import FORMATS, grammar_of, has_end
from workers.models.grammar_numbers import fraction, whole
from workers.models.runtime import DEFAULTS, Job

bounds = st.decimals(min_value=-500, max_value=500, places=2, allow_nan=False).map(float)
EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}


def pattern(expression: str) -> re.Pattern[str]:
    literals = re.sub(r'"([^"]*)"', lambda found: re.escape(found[1]), expression.replace('""', "(?:)"))
    return re.compile("(?:" + literals.replace(" ", "").replace("(", "(?:").replace("(?:?:", "(?:") + ")")


def fits(value: float, schema: dict[str, float]) -> bool:
    return (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and value > schema.get("exclusiveMinimum", value - 1)
        and value < schema.get("exclusiveMaximum", value + 1)
    )


@given(low=bounds, high=bounds, value=bounds, is_open=st.booleans())
def test_exactly_the_fractions_within_the_bounds_can_be_written(
    low: float, high: float, value: float, is_open: bool
) -> None:
    schema = {EXCLUSIVE["minimum"] if is_open else "minimum": low, "maximum": high}
    try:
        allowed = pattern(fraction(schema))
    except ValueError:
        assert low > high or (low == high and is_open)
        return

    written = f"{value:g}" if abs(value) >= 0.01 else f"{value:.2f}"

    assert bool(allowed.fullmatch(written)) == fits(float(written), schema) or written.startswith("-0.00")


@given(low=st.integers(-2_000, 2_000), size=st.integers(0, 3_000), value=st.integers(-6_000, 6_000))
def test_exactly_the_whole_numbers_within_the_bounds_can_be_written(low: int, size: int, value: int) -> None:
    allowed = pattern(whole({"minimum": low, "maximum": low + size}))

    assert bool(allowed.fullmatch(str(value))) == (low <= value <= low + size)


def test_one_bound_alone_holds() -> None:
    assert pattern(whole({"exclusiveMinimum": 0})).fullmatch("123456789")
    assert not pattern(whole({"exclusiveMinimum": 0})).fullmatch("0")
    assert pattern(fraction({"maximum": -0.5})).fullmatch("-0.5")
    assert not pattern(fraction({"maximum": -0.5})).fullmatch("-0.4")


@pytest.mark.parametrize(
    "schema", [{"minimum": 2, "maximum": 1}, {"exclusiveMinimum": 1, "exclusiveMaximum": 2}]
)
def test_no_whole_number_between_the_bounds_is_an_error(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="empty"):
        whole(schema)


def test_only_days_that_there_are_can_be_written() -> None:
    allowed = pattern(FORMATS["date"])
    for month in range(15):
        for day in range(33):
            text = f"2027-{month:02}-{day:02}"
            try:
                date.fromisoformat(text)
                is_day = True
            except ValueError:
                is_day = False
            assert bool(allowed.fullmatch(text)) == is_day, text


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("time", "23:59:00Z", "24:00:00Z"),
        ("date-time", "2027-01-31T08:00:00+02:00", "2027-02-30T08:00:00Z"),
        ("ipv4", "192.168.0.255", "192.168.0.256"),
        ("email", "anna.b@example.com", "anna@"),
        ("uri", "https://example.com/a/b", "javascript:alert"),
        ("uuid", "0b0c0d0e-0000-4000-8000-0123456789ab", "0b0c0d0e"),
    ],
)
def test_a_format_holds(name: str, good: str, bad: str) -> None:
    assert pattern(FORMATS[name]).fullmatch(good)
    assert not pattern(FORMATS[name]).fullmatch(bad)


def test_needed_fields_come_first_and_others_may_be_left_out() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"enum": ["ü\n", '"']}, "c": {"type": "null"}},
        "required": ["c"],
    }

    grammar = grammar_of(schema)

    assert grammar.index("c") < grammar.index("a")
    assert r'"\"ü\\n\"" | "\"\\\"\""' in grammar


TEXT: dict[str, Any] = {"type": "string", "maxLength": 40}
ENDS: list[dict[str, Any]] = [
    TEXT,
    {"enum": ["*", "a,}", '"*"', "[*"]},
    {"type": "number"},
    {"type": "integer", "minimum": 3},
    {"type": "string", "format": "uri"},
    {"type": "object", "properties": {"a*": TEXT}, "required": ["a*"], "additionalProperties": False},
    {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3},
]
GOES_ON: list[dict[str, Any]] = [
    {},
    {"type": "string"},
    {"type": "string", "minLength": 2},
    {"type": "object"},
    {"type": "array", "items": TEXT},
    {"type": "array", "items": TEXT, "minItems": 2},
    {"type": "array", "items": {"type": "string"}, "maxItems": 2},
]


@pytest.mark.parametrize("schema", ENDS, ids=str)
def test_data_with_an_end_is_written_without_a_penalty_for_repeating(schema: dict[str, Any]) -> None:
    assert has_end(grammar_of(schema))
    assert Job((), 10, schema=schema).defaults == {**DEFAULTS, "repeat_penalty": 1.0}


@pytest.mark.parametrize("schema", GOES_ON, ids=str)
def test_data_that_may_go_on_for_ever_is_written_with_it(schema: dict[str, Any]) -> None:
    assert not has_end(grammar_of(schema))
    assert Job((), 10, schema=schema).defaults == Job((), 10).defaults == DEFAULTS
