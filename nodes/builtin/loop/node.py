"""Repeats the steps inside, a number of times or until something holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import (
    ENDS_PASS,
    STOP,
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Problem,
)
from nodes.sdk.conditions import Rule, incomplete, rule_holds
from nodes.sdk.kinds import KIND_WORDS, KINDS, Kind, begins_with, kind_schema
from nodes.sdk.limits import max_rounds
from nodes.sdk.templates import holds_ref
from nodes.sdk.variables import VARIABLE_NAME

TAKEN = frozenset({"index", "number", "count", "last", "items", "ended_by"})
"""What the step itself hands to the steps inside, and gives."""

KIND_TITLES: dict[str, str] = {
    "text": "Text",
    "number": "Number",
    "boolean": "Yes or no",
    "object": "Object",
    "list": "List",
    "list_text": "List of texts",
    "list_number": "List of numbers",
    "list_object": "List of objects",
    "any": "Anything",
}


class LoopVariable(NodeConfig):
    """Something that goes on from round to round."""

    name: str = Field(title="Name", help="Letters, digits and _; steps inside use it by this name.")
    type: Kind = Field("any", title="Kind", choices=KIND_TITLES)
    value: Json = Field(None, title="Begins with", widget="template")


class Loop(Node):
    """Repeats the steps inside, a number of times or until something holds."""

    type, title, group, effects = "loop", "Repeat", "Decide", "none"
    fails_with = ("round_limit",)
    sentence = "Repeats the steps inside."
    is_loop = True
    inside_known = {"index": "place", "number": "number", "count": "field:count"}

    class Config(NodeConfig):
        count: int | None = Field(
            None, title="Times", help="Left empty, it goes on until the condition holds.", ge=0
        )
        until: Rule = Field(
            default_factory=Rule,
            title="Until",
            help="Looked at after each round; before the first one too, if it is about earlier steps only.",
            widget="rule",
            scope="inside",
        )
        variables: list[LoopVariable] = Field(
            [],
            title="Kept from round to round",
            help="Steps inside use it, and change it with Set information.",
            widget="rows",
            max_length=50,
            more=True,
        )
        result: Json = Field(
            "",
            title="What a round gives",
            help="Left empty, it is what the last step inside gives.",
            widget="template",
            scope="inside",
            more=True,
        )

    class Inside(NodeOutput):
        index: int = Field(title="Round, from 0")
        number: int = Field(title="Round, from 1")
        count: int | None = Field(None, title="Number of rounds")
        last: Any = Field(None, title="What the round before gave")

    class Output(NodeOutput):
        last: Any = Field(None, title="What the last round gave")
        items: list[Any] = Field(title="What each round gave")
        count: int = Field(title="Rounds done")
        ended_by: Literal["count", "condition", "stop"] = Field(title="Why it ended")

    @classmethod
    def loop_variables(cls, config: Mapping[str, Json]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in _drawn(config):
            name, kind = one.get("name"), one.get("type", "any")
            if isinstance(name, str) and VARIABLE_NAME.match(name) and name not in TAKEN and kind in KINDS:
                found[name] = str(kind)
        return found

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        for name, kind in cls.loop_variables(config).items():
            schema["properties"][name] = kind_schema(kind, name)
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        until = config.get("until")
        conditions = until.get("conditions") if isinstance(until, dict) else None
        problems = [
            Problem(
                "empty_until",
                "The condition that ends the repeating has nothing to compare with.",
                "Fill it in.",
                field=f"until.conditions[{i}].right",
            )
            for i in incomplete(conditions)
        ]
        problems += variable_problems(_drawn(config))
        count = config.get("count")
        if count is None and not conditions:
            message = "Nothing says how often the steps inside are repeated."
            problems.append(
                Problem("endless_loop", message, "Give a number of times, or a condition.", field="count")
            )
        if isinstance(count, int) and count > max_rounds():
            problems.append(
                Problem(
                    "too_many_rounds",
                    f"Steps are repeated {max_rounds():,} times at most.",
                    "Give a smaller number.",
                    field="count",
                    values={"limit": f"{max_rounds():,}"},
                )
            )
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        kept = await ctx.hold({one.name: one.value for one in config.variables}) if config.variables else {}
        output = await self._rounds(config, ctx)
        last = {one.name: kept[one.name] for one in config.variables if one.name in kept}
        return NodeResult({**output.model_dump(mode="json"), **last})

    async def _rounds(self, config: Config, ctx: NodeContext) -> Output:
        most = max_rounds()
        if config.count is not None and config.count > most:
            raise _too_many(most)
        items: list[Json] = []
        outset = await ctx.outset()
        if _has_come(outset):
            return self.Output(last=None, items=[], count=0, ended_by="condition")
        done, last = 0, None
        ctx.progress(0, config.count)
        while config.count is None or done < config.count:
            if done == most:
                raise _too_many(most)
            turn = await ctx.body(done, index=done, number=done + 1, count=config.count, last=last)
            done += 1
            given = turn.output if config.result == "" else turn.fields.get("result")
            if turn.port not in ENDS_PASS or (config.result != "" and given not in (None, "")):
                last = given  # a round that is left early may not have come to what it gives
                items.append(given)
            ctx.progress(done, config.count)
            if turn.port == STOP:
                return self.Output(last=last, items=items, count=done, ended_by="stop")
            if _has_come(turn.fields):
                return self.Output(last=last, items=items, count=done, ended_by="condition")
        return self.Output(last=last, items=items, count=done, ended_by="count")


def _drawn(config: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    drawn = config.get("variables")
    return (one for one in (drawn if isinstance(drawn, list) else []) if isinstance(one, dict))


def variable_problems(drawn: Iterable[Mapping[str, Json]]) -> list[Problem]:
    """What is wrong with the names and beginnings of what goes on from round to round."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for i, one in enumerate(drawn):
        name, kind, value = one.get("name"), one.get("type", "any"), one.get("value")
        if not isinstance(name, str) or not name:
            continue  # said of the form
        at, words = f"variables[{i}]", {"name": name}
        if not VARIABLE_NAME.match(name):
            what = f"{name!r} cannot be the name of information to remember."
            hint = "Begin with a letter, go on with letters, digits and _."
            problems.append(Problem("bad_variable_name", what, hint, field=f"{at}.name", values=words))
        elif name in TAKEN:
            what, hint = f"The step itself gives something called {name!r}.", "Take another name."
            problems.append(Problem("loop_name_taken", what, hint, field=f"{at}.name", values=words))
        elif name in seen:
            what = f"Two pieces of information to remember have the name {name!r}."
            hint = "Give one another name."
            problems.append(Problem("duplicate_variable", what, hint, field=f"{at}.name", values=words))
        seen.add(name)
        if kind in KINDS and not holds_ref(value):
            try:
                begins_with(value, str(kind))
            except NodeError:
                what = f"What {name!r} begins with is not {KIND_WORDS[str(kind)]}."
                hint = "Change what it begins with, or its kind."
                field = f"{at}.value"
                problems.append(Problem("bad_variable_default", what, hint, field=field, values=words))
    return problems


def _has_come(fields: Mapping[str, Json]) -> bool:
    """Whether the condition that ends the loop holds, as it was filled in."""
    drawn = fields.get("until")
    if not drawn:
        return False
    rule = Rule.model_validate(drawn)
    return rule_holds(rule.match, rule.conditions)


def _too_many(most: int) -> NodeError:
    return NodeError(
        "round_limit",
        f"The steps were to be repeated more than {most:,} times.",
        "Look whether the condition that ends the repeating can come true, or give a smaller number.",
    )
