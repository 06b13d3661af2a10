"""Lets time pass."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.moments import MOST, UNITS, Unit, length_of, moment_of, zone_of


class Wait(Node):
    """Waits for a while, or until a date, and then goes on."""

    type, title, group, effects = "wait", "Wait", "Decide", "none"
    fails_with = ("bad_time",)
    sentence = "Waits, and then goes on."

    class Config(NodeConfig):
        mode: Literal["length", "until"] = Field(
            "length", title="Wait", choices={"length": "For a while", "until": "Until a moment"}
        )
        amount: float = Field(
            1, title="How long", ge=0, le=MOST, widget="number", show_when={"field": "mode", "is": "length"}
        )
        unit: Unit = Field(
            "hours", title="Counted in", choices=UNITS, show_when={"field": "mode", "is": "length"}
        )
        until: str = Field(
            "",
            title="Until when",
            help="A date, a date and a time, or a time. A moment that has passed is not waited for.",
            widget="template",
            one_line=True,
            placeholder="2026-12-31 18:00",
            show_when={"field": "mode", "is": "until"},
        )
        zone: str = Field(
            "",
            title="Time zone",
            help="Where that time is meant, if it does not say so itself. Left empty, it is UTC.",
            placeholder="Europe/Berlin",
            show_when={"field": "mode", "is": "until"},
        )

    class Output(NodeOutput):
        until: str = Field(title="The moment it waited for")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        if config.get("mode") != "until":
            return []
        until, zone = config.get("until"), config.get("zone", "")
        if not isinstance(until, str) or not until.strip():
            return [Problem("no_moment", "It is not said until when.", "Fill it in.", field="until")]
        try:
            if isinstance(zone, str) and "{{" not in zone:
                zone_of(zone)
        except NodeError as error:
            values = {"text": str(zone)}
            return [Problem("bad_zone", error.message, error.hint, field="zone", values=values)]
        if "{{" in until:
            return []
        try:
            moment_of(until, "", datetime.now(UTC))
        except NodeError as error:
            return [
                Problem("bad_time", error.message, error.hint, field="until", values={"text": until.strip()})
            ]
        return []

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        now = ctx.now()
        if config.mode == "length":
            until = now + length_of(config.amount, config.unit)
        else:
            until = moment_of(config.until, config.zone, now)
        if until > now:
            await ctx.wait_for("time", reason="time", until=until)
        return self.Output(until=until.isoformat())
