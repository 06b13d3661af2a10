"""Uses another app as one step."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import field_validator

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.node import GIVEN

LATEST = "latest"


class SubWorkflow(Node):
    """Asks another app of this workspace and goes on with its answer."""

    type, title, group, effects = "sub_workflow", "Use another app", "Do", "none"
    sentence = "Uses {workflow}, {version}."
    is_tool = True
    called_inputs = "inputs"
    streams = "answer"

    class Config(NodeConfig):
        workflow: str = Field("", title="App", widget="workflow")
        version: int | None = Field(
            None,
            title="Version",
            widget="workflow-version",
            ge=1,
        )
        query: str = Field(
            "", title="Message", help="Left empty, it is the visitor's message.", widget="template"
        )
        inputs: dict[str, Json] = Field(
            {},
            title="What it asks for",
            widget="workflow-inputs",
        )
        history: bool = Field(
            False,
            title="Knows the conversation",
            help="That app is told what was said in this conversation before.",
            more=True,
        )

        @field_validator("version", mode="before")
        @classmethod
        def _read_latest(cls, value: object) -> object:
            return None if value == LATEST else value

    class Output(NodeOutput):
        answer: str = Field("", title="Answer")
        result: Any = Field(None, title="What its last step gave")

    @classmethod
    def calls(cls, config: Mapping[str, Json]) -> str | None:
        workflow, version = config.get("workflow"), config.get("version", LATEST)
        if not isinstance(workflow, str) or not workflow:
            return None
        return f"{workflow}@{LATEST if version in (LATEST, None, '') else version}"

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        """What an agent gives of what the app asks for stands beside what the step says itself."""
        said, more = config.get("inputs"), given.get("inputs")
        inputs: dict[str, Json] = dict(said) if isinstance(said, dict) else {}
        if isinstance(more, dict):
            inputs |= {name: f"{{{{ {GIVEN}.inputs.{name} }}}}" for name in more}
        rest = {name: value for name, value in given.items() if name != "inputs"}
        return {**super().tool_config(config, rest), "inputs": inputs}

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        if not config.get("workflow"):
            problems.append(
                Problem("no_workflow", "No app is chosen yet.", "Choose the app to use.", field="workflow")
            )
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        if not config.workflow:
            raise NodeError("bad_config", "No app is chosen yet.", "Choose the app to use.")
        called = await ctx.call(
            config.query or ctx.query, config.inputs, ctx.history if config.history else ()
        )
        return self.Output(answer=called.answer, result=called.result)
