"""Ends the run where it stands, with a last word."""

from typing import Literal

from nodes.sdk import END, Field, Node, NodeConfig, NodeContext, NodeOutput, NodeResult


class Stop(Node):
    """Ends the run at once with a message; whatever else is at work is stopped."""

    type, title, group, effects = "stop", "End with a message", "Decide", "none"
    fails_with = ()
    sentence = "Ends with: {message}"
    ends_run = True

    class Config(NodeConfig):
        message: str = Field(
            "",
            title="Message",
            help="What the visitor reads, behind what was said so far. It may be empty.",
            widget="template",
            placeholder="We are closed today.",
        )
        status: Literal["succeeded", "failed"] = Field(
            "succeeded",
            title="The run counts as",
            choices={"succeeded": "Done", "failed": "Failed"},
        )

    class Output(NodeOutput):
        message: str = Field(title="Message")
        status: Literal["succeeded", "failed"] = Field(title="How it ended")

    @classmethod
    def ports(cls, config: object) -> tuple[()]:
        return ()

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        return NodeResult({"message": config.message, "status": config.status}, END)
