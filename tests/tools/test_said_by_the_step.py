"""What the step alone decides about a tool, whatever its server says."""

from nodes.builtin.use_tool.node import UseTool
from nodes.sdk.values import Json
from workers.tools.mcp import definition_of


def test_a_server_that_calls_a_tool_repeatable_does_not_make_it_so() -> None:
    hinted = definition_of({"name": "pay", "annotations": {"idempotentHint": True}})
    tool: dict[str, Json] = {"source": "s", "name": hinted.name, "may_repeat": True}

    assert not UseTool.may_repeat({"tool": tool})
    assert UseTool.may_repeat({"tool": tool, "may_repeat": True})
    assert UseTool.effects_of({"tool": tool}) == "write"
