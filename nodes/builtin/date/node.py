"""Works with moments: what time it is, some time later, how long between, and how it is written."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.moments import moment_of, zone_of

Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]
UNITS = {
    "minutes": "Minutes",
    "hours": "Hours",
    "days": "Days",
    "weeks": "Weeks",
    "months": "Months",
    "years": "Years",
}
_SECONDS = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}


class DateNode(Node):
    """Tells the date and time, adds to it, and compares two moments."""

    type, title, group, effects = "date", "Date and time", "Advanced", "none"
    fails_with = ("bad_time",)
    sentence = "Works with date and time."
    is_tool = True
    tool_fields = ("moment", "does", "amount", "unit", "other", "zone")

    class Config(NodeConfig):
        moment: str = Field(
            "",
            title="Date or time",
            help="Such as 2026-12-31, 2026-12-31 18:00 or 18:00. Left empty, it is now.",
            widget="template",
            one_line=True,
            placeholder="2026-12-31 18:00",
            max_length=200,
        )
        does: Literal["tell", "add", "between"] = Field(
            "tell",
            title="What to do",
            choices={"tell": "Tell it", "add": "Go on from there, or back", "between": "Count until"},
        )
        amount: float = Field(
            1,
            title="How much",
            help="With a minus it is earlier.",
            ge=-100_000,
            le=100_000,
            widget="number",
            show_when={"field": "does", "is": "add"},
        )
        unit: Unit = Field(
            "days", title="Counted in", choices=UNITS, show_when={"field": "does", "is": ["add", "between"]}
        )
        other: str = Field(
            "",
            title="Until",
            help="Another date or time. Left empty, it is now.",
            widget="template",
            one_line=True,
            max_length=200,
            show_when={"field": "does", "is": "between"},
        )
        zone: str = Field(
            "",
            title="Time zone",
            help="Where those times are meant and told. Left empty, it is UTC.",
            placeholder="Europe/Berlin",
            max_length=100,
        )

    class Output(NodeOutput):
        moment: str = Field(title="Date and time")
        date: str = Field(title="Date")
        time: str = Field(title="Time")
        year: int = Field(title="Year")
        month: int = Field(title="Month")
        day: int = Field(title="Day")
        weekday: int = Field(title="Day of the week, Monday is 1")
        seconds: int = Field(title="Seconds since 1970")
        amount: float | None = Field(None, title="How much lies between")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        amount = {"type": "number", "title": "How much lies between"}
        del schema["properties"]["amount"]
        if config.get("does") == "between":
            schema["properties"]["amount"] = amount
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        zone = config.get("zone", "")
        try:
            zone_of(zone if isinstance(zone, str) and "{{" not in zone else "")
        except NodeError as error:
            values = {"text": str(zone)}
            problems.append(Problem("bad_zone", error.message, error.hint, field="zone", values=values))
        for name in ("moment", "other") if config.get("does") == "between" else ("moment",):
            said = config.get(name, "")
            if not isinstance(said, str) or "{{" in said or not said.strip():
                continue
            try:
                moment_of(said, "", datetime.now(UTC))
            except NodeError as error:
                values = {"text": said.strip()}
                problems.append(Problem("bad_time", error.message, error.hint, field=name, values=values))
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        now = ctx.now()
        place = zone_of(config.zone)
        amount = None
        try:
            at = _moment(config.moment, config.zone, now).astimezone(place)
            if config.does == "add":
                at = _later(at, config.amount, config.unit)
            elif config.does == "between":
                other = _moment(config.other, config.zone, now).astimezone(place)
                amount = _between(at, other, config.unit)
            return self.Output(
                moment=at.isoformat(timespec="seconds"),
                date=at.date().isoformat(),
                time=at.strftime("%H:%M:%S"),
                year=at.year,
                month=at.month,
                day=at.day,
                weekday=at.isoweekday(),
                seconds=int(at.timestamp()),
                amount=amount,
            )
        except (OverflowError, ValueError):
            raise NodeError(
                "bad_time", "There is no such date.", "It must lie between the years 1 and 9999."
            ) from None


def _moment(said: str, zone: str, now: datetime) -> datetime:
    return moment_of(said, zone, now) if said.strip() else now


def _later(at: datetime, amount: float, unit: Unit) -> datetime:
    """Days, weeks, months and years are those of the calendar: the same hour, also where clocks change."""
    if unit in ("months", "years"):
        return _month_later(at, round(amount * (12 if unit == "years" else 1)))
    if unit in ("days", "weeks") and amount == int(amount):
        days = timedelta(days=int(amount) * (7 if unit == "weeks" else 1))
        return (at.replace(tzinfo=None) + days).replace(tzinfo=at.tzinfo)
    return (at.astimezone(UTC) + timedelta(seconds=amount * _SECONDS[unit])).astimezone(at.tzinfo)


def _month_later(at: datetime, months: int) -> datetime:
    """The same day so many months later; the last of the month where it has no such day."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    days = monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 31
    return at.replace(year=year, month=month + 1, day=min(at.day, days))


def _between(at: datetime, other: datetime, unit: Unit) -> float:
    """How much lies between, below zero where `other` was earlier. Months and years are whole ones."""
    if unit in ("months", "years"):
        earlier, later = (at, other) if at <= other else (other, at)
        months = (later.year - earlier.year) * 12 + later.month - earlier.month
        if _month_later(earlier, months) > later:
            months -= 1
        whole = months // 12 if unit == "years" else months
        return whole if at <= other else -whole
    if unit in ("days", "weeks"):
        # Calendar days, so that a day of 23 or 25 hours is one.
        apart = other.replace(tzinfo=None) - at.replace(tzinfo=None)
    else:
        apart = other.astimezone(UTC) - at.astimezone(UTC)
    return round(apart.total_seconds() / _SECONDS[unit], 6)
