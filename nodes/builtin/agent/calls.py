"""The calls of one reply: which can be made, what came of each, and what the model is told of that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nodes.sdk import Json, NodeContext, NodeError, NodeResult, ToolCall, ToolSpec
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.tools import OfferedTool
from nodes.sdk.values import to_text

IN_SHORT = 300
"""Characters that an agent's output keeps of what the model was told."""


@dataclass(frozen=True)
class Planned:
    """A call that can be made: which step, in which pass. Where it cannot, `words` are said instead,
    and `outcome` is why."""

    call: ToolCall
    tool: OfferedTool | None
    number: int
    arguments: Mapping[str, Json]
    outcome: str = ""
    words: str = ""
    was_changed: bool = False
    """Whether a person changed what the model gave."""


@dataclass(frozen=True)
class Came:
    """What came of a call, and what the model is told of it."""

    planned: Planned
    outcome: str
    words: str


class Toolbox:
    """The tools that an agent may use, by the names that its model knows."""

    def __init__(self, tools: list[OfferedTool]) -> None:
        self._tools = {tool.tool.name: tool for tool in reversed(tools) if tool.use != "off"}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""
        tools = (one.tool for one in reversed(self._tools.values()))
        return tuple(ToolSpec(tool.name, tool.description, tool.parameters) for tool in tools)

    def plan(self, calls: tuple[ToolCall, ...], number: int, left: int) -> list[Planned]:
        """What becomes of each call of the reply in the pass `number`; `left` is how many may still be made.

        A tool that is called several times gets the passes behind for its other calls.
        """
        planned: list[Planned] = []
        used: dict[str, int] = {}
        for call in calls:
            one = self._look_at(call, number)
            if not one.outcome and left <= 0:
                one = replace(
                    one, outcome="no_room", words="No more calls are left. Answer with what you have."
                )
            if not one.outcome and one.tool is not None:
                left -= 1
                times = used.get(one.tool.step, 0)
                used[one.tool.step] = times + 1
                one = replace(one, number=number + times)
            planned.append(one)
        return planned

    def _look_at(self, call: ToolCall, number: int) -> Planned:
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(self._tools) or "none"
            words = f"There is no tool {call.name[:80]!r}. There are: {known}."
            return Planned(call, None, number, call.arguments, "unknown_tool", words)
        if wrong := fault_of(call.arguments, tool.tool.parameters):
            words = f"The tool was not used, for its arguments are not as it needs them. {wrong}"
            return Planned(call, tool, number, call.arguments, "wrong_arguments", words)
        return Planned(call, tool, number, call.arguments)


async def make(ctx: NodeContext, planned: Planned, most: int) -> Came:
    """Makes a call and gives what came of it; what fails is told in words, at most `most` characters."""
    assert planned.tool is not None
    try:
        result = await ctx.use(planned.number, planned.tool.step, planned.arguments)
    except NodeError as error:
        if error.code != "bad_config":
            raise
        return Came(planned, "wrong_arguments", f"The tool was not used. {error.message}")
    if result.port == "error":
        return Came(planned, "failed", _cut(_failure(result), most))
    words = _cut(_words(result.output), most)
    if planned.was_changed:
        sent = json.dumps(dict(planned.arguments), ensure_ascii=False)
        words = f"A person changed what was sent to {sent}. The tool gave: {words}"
    return Came(planned, "done", words)


def _failure(result: NodeResult) -> str:
    told = result.output if isinstance(result.output, dict) else {}
    return f"The tool failed: {to_text(told.get('message'))} ({to_text(told.get('code'))})"


def _words(output: Json) -> str:
    """What a step gave, for a model to read: JSON without what is not there."""
    if isinstance(output, str):
        return output
    if isinstance(output, dict):
        output = {name: value for name, value in output.items() if value not in (None, "", [], {})}
    return json.dumps(output, ensure_ascii=False)


def _cut(words: str, most: int) -> str:
    left = len(words) - most
    return words if left <= 0 else f"{words[:most]} … ({left:,} more characters were left out)"
