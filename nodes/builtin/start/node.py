"""Where a run begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeOutput, NodeResult, Problem
from nodes.sdk.asked import Input, input_problems, read_inputs
from nodes.sdk.inputs import input_schema

TAKEN = frozenset({"query"})


class Start(Node):
    """Begins with the message that a visitor writes."""

    type, title, group, effects, starts = "start", "Visitor message", "Talk", "none", True
    fails_with = ()
    sentence = "Begins with the visitor's message."

    class Config(NodeConfig):
        inputs: list[Input] = Field(
            [],
            title="More to ask for",
            help="Asked before the conversation begins.",
            widget="inputs",
            max_length=50,
            more=True,
        )

    class Output(NodeOutput):
        query: str = Field(title="Message")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        for one in cls.Config.model_validate(config).inputs:
            schema["properties"][one.name] = input_schema(one.model_dump())
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        return input_problems(config.get("inputs"), "inputs", TAKEN)

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        return NodeResult({"query": ctx.query, **read_inputs(config.inputs, ctx.inputs)})
