"""Runs the steps inside once for each item of a list."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import (
    ENDS_PASS,
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Problem,
    Turn,
)
from nodes.sdk.limits import max_items
from nodes.sdk.values import lines

AT_ONCE = 20


class Each(Node):
    """Runs the steps inside once for each item of a list."""

    type, title, group, effects = "each", "Repeat for each", "Decide", "none"
    fails_with = ("item_limit",)
    sentence = "Repeats for each item in {items}."
    inside_known = {"item": "item:items", "index": "place", "number": "number", "count": "count:items"}

    class Config(NodeConfig):
        items: Json = Field(
            title="List",
            help="A list from an earlier step, or a text with one item a line.",
            widget="template",
        )
        collect: Json = Field(
            "",
            title="What to collect",
            help="Kept of each item, in their order. Left empty, it is what the last step inside gives.",
            widget="template",
            scope="inside",
        )
        at_once: int = Field(
            1,
            title="At the same time",
            help="How many items are worked on side by side.",
            ge=1,
            le=AT_ONCE,
            more=True,
        )
        on_error: Literal["stop", "null", "drop"] = Field(
            "stop",
            title="When an item fails",
            choices={
                "stop": "Stop with the error",
                "null": "Go on, with an empty place for it",
                "drop": "Go on without it",
            },
            more=True,
        )

        flatten: bool = Field(
            False,
            title="Join lists",
            help="Where an item gives a list, its entries are taken one by one instead of the list.",
            more=True,
        )

    class Inside(NodeOutput):
        item: Any = Field(None, title="Item")
        index: int = Field(title="Place, from 0")
        number: int = Field(title="Place, from 1")
        count: int = Field(title="Number of items")

    class Output(NodeOutput):
        items: list[Any] = Field(title="What was collected")
        count: int = Field(title="Number of items")
        failed: int = Field(title="How many failed")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        items = config.get("items")
        if "items" not in config or not (items is None or items == "" or items == []):
            return ()
        return [
            Problem(
                "no_list", "There is no list to work through.", "Choose a list, or type one.", field="items"
            )
        ]

    @classmethod
    def runs_side_by_side(cls, config: Mapping[str, Json]) -> bool:
        return config.get("at_once", 1) != 1

    @classmethod
    def sets_failures_aside(cls, config: Mapping[str, Json]) -> bool:
        return config.get("on_error", "stop") != "stop"

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult | NodeOutput:
        items = _items(config.items)
        turns = await ctx.bodies(
            [
                {"item": item, "index": i, "number": i + 1, "count": len(items)}
                for i, item in enumerate(items)
            ],
            at_once=config.at_once,
            stops_on_error=config.on_error == "stop",
        )
        collected: list[Json] = []
        failed = 0
        for turn in turns:
            if isinstance(turn, Turn):
                if turn.port in ENDS_PASS:
                    return NodeResult({"items": [], "count": len(items), "failed": 0}, turn.port)
                given = turn.fields.get("collect") if config.collect != "" else turn.output
                if config.flatten and isinstance(given, list):
                    collected += given
                else:
                    collected.append(given)
                continue
            if config.on_error == "stop":
                raise turn
            failed += 1
            if config.on_error == "null":
                collected.append(None)
        return self.Output(items=collected, count=len(items), failed=failed)


def _items(value: Json) -> list[Json]:
    """The items of a list; a text gives its lines, without empty ones."""
    if isinstance(value, str):
        value = lines(value)
    if value is None:
        raise NodeError(
            "info_missing",
            "The list to work through is not there: the step that gives it was not used, or gave nothing.",
            "Look at where the list comes from.",
        )
    if not isinstance(value, list):
        raise NodeError(
            "bad_config",
            "What is to be worked through is not a list.",
            "Choose a list, or a text with one item a line.",
        )
    if len(value) > max_items():
        raise NodeError(
            "item_limit",
            f"The list has {len(value):,} items; {max_items():,} are worked through at most.",
            "Work through a part of it, or split it.",
        )
    return value
