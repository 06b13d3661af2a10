"""Repeats the steps inside, a number of times or until something holds."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import STOP, Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem, Turn
from nodes.sdk.conditions import Rule, incomplete, rule_holds
from nodes.sdk.limits import max_rounds


class Loop(Node):
    """Repeats the steps inside, a number of times or until something holds."""

    type, title, group, effects = "loop", "Repeat", "Decide", "none"
    sentence = "Repeats the steps inside."
    is_loop = True

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

    async def run(self, config: Config, ctx: NodeContext) -> Output:
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
            if turn.port != STOP or (config.result != "" and given not in (None, "")):
                last = given  # a round that is stopped may not have come to what it gives
                items.append(given)
            ctx.progress(done, config.count)
            if turn.port == STOP:
                return self.Output(last=last, items=items, count=done, ended_by="stop")
            if _has_come(turn.fields):
                return self.Output(last=last, items=items, count=done, ended_by="condition")
        return self.Output(last=last, items=items, count=done, ended_by="count")


def _has_come(fields: Mapping[str, Json] | Turn) -> bool:
    """Whether the condition that ends the loop holds, as it was filled in."""
    drawn = fields.get("until") if isinstance(fields, Mapping) else None
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
