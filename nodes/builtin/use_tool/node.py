"""Uses a tool of a connected source: one step that an app places, or that an agent fills in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.node import GIVEN, Effects
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.tool_arguments import fault_of
from nodes.sdk.tool_sources import TOOL_ERRORS, ChosenTool, SourceCall

EMPTY: tuple[Json, ...] = (None, "")


class UseTool(Node):
    """Uses a tool from a source that is connected under Tools."""

    type, title, group, effects = "use_tool", "Use a tool", "Do", "write"
    fails_with = (*TOOL_ERRORS, *WEB_ERRORS, "storage_full")
    sentence = "Uses {tool}"
    is_tool = True

    class Config(NodeConfig):
        tool: dict[str, Json] = Field(
            {},
            title="Tool",
            help="Which tools there are is decided on the Tools page.",
            widget="source-tool",
        )
        arguments: Json = Field(
            None,
            title="What it is given",
            help="An AI agent fills in what you leave empty.",
            widget="tool-arguments",
        )
        timeout_s: float = Field(60, title="Wait at most (seconds)", widget="number", ge=1, le=300, more=True)
        max_kb: int = Field(1_000, title="Largest answer (kB)", widget="number", ge=1, le=5_000, more=True)
        may_repeat: bool = Field(
            False,
            title="May be done again",
            help="If nobody can tell whether it was done, it is done once more, and you are not asked.",
            more=True,
        )

    class Output(NodeOutput):
        text: str = Field("", title="Answer as text")
        data: Json = Field(None, title="Answer as data")
        files: list[dict[str, Json]] = Field([], title="Files")

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return ChosenTool.read(config.get("tool")).effect

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        return config.get("may_repeat") is True

    @classmethod
    def tool_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        """What the tool takes in, without what is filled in already."""
        tool = ChosenTool.read(config.get("tool"))
        filled = _filled(config)
        properties = tool.input_schema.get("properties")
        required = tool.input_schema.get("required")
        return {
            "additionalProperties": False,
            **tool.input_schema,
            "type": "object",
            "properties": {
                name: one
                for name, one in (properties if isinstance(properties, dict) else {}).items()
                if name not in filled
            },
            "required": [
                name for name in (required if isinstance(required, list) else []) if name not in filled
            ],
        }

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        named = {
            name: f"{{{{ {GIVEN}[{json.dumps(name, ensure_ascii=False)}] }}}}"
            for name in given
            if name not in _filled(config)
        }
        return {**config, "arguments": {**_filled(config), **named}}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        """Information never decides which tool is used."""
        return {**config, **resolve({"arguments": config.get("arguments")}, scope)}

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        tool = ChosenTool.read(config.get("tool"))
        if not tool.source or not tool.name:
            return [Problem("no_tool_chosen", "No tool is chosen yet.", "Choose one.", field="tool")]
        arguments = config.get("arguments")
        if isinstance(arguments, str):
            return []  # an earlier step gives all of them
        required = tool.input_schema.get("required")
        return [
            Problem(
                "argument_missing",
                f"The tool needs {name[:60]!r}.",
                "Fill it in.",
                field="arguments",
                values={"name": name[:60]},
            )
            for name in (required if isinstance(required, list) else [])
            if isinstance(name, str) and name not in _filled(config)
        ]

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        tool = ChosenTool.read(config.tool)
        if not tool.source or not tool.name:
            raise NodeError("bad_config", "No tool is chosen yet.", "Choose one in the step.")
        arguments = _arguments(config.arguments)
        if wrong := fault_of(arguments, tool.input_schema):
            raise NodeError(
                "bad_config", f"The tool cannot take what it is given. {wrong}", "Correct it in the step."
            )
        answer = await ctx.tool_sources.call(
            SourceCall(
                source=tool.source,
                name=tool.name,
                arguments=arguments,
                writes=tool.effect == "write",
                key=ctx.idempotency_key,
                may_repeat=config.may_repeat,
                timeout_s=config.timeout_s,
                max_bytes=config.max_kb * 1_000,
            )
        )
        files: list[dict[str, Json]] = []
        for number, made in enumerate(answer.files, 1):

            async def keep(name: str = made.name, content: bytes = made.content) -> Json:
                return await ctx.files.write(name, content)

            kept = await ctx.step(f"file {number}", keep)
            files += [kept] if isinstance(kept, dict) else []
        return self.Output(text=answer.text, data=answer.data, files=files)


def _filled(config: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments that the step says itself. False and 0 are said, an empty text is not."""
    arguments = config.get("arguments")
    if not isinstance(arguments, dict):
        return {}
    return {name: value for name, value in arguments.items() if value not in EMPTY}


def _arguments(value: Json) -> dict[str, Json]:
    """What the tool is given: an object, or the text of one. Raises NodeError."""
    if isinstance(value, str) and value.strip():
        try:
            value = data_of(value)
        except NotData:
            value = []
    if value in EMPTY:
        return {}
    if not isinstance(value, dict):
        raise NodeError(
            "bad_config",
            "What the tool is given is no set of named values.",
            "Let an earlier step give an object, or fill the values in one by one.",
        )
    return {name: one for name, one in value.items() if one not in EMPTY}
