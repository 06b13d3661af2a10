"""A text, said aloud."""

from collections.abc import Mapping
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.made_files import made_file
from nodes.sdk.uploads import FILE_SCHEMA

LONGEST = 20_000


class Speak(Node):
    """Has a model say a text aloud, and gives the sound as a file."""

    type, title, group, effects = "speak", "Say it aloud", "Talk", "read"
    fails_with = ("storage_full", *MODEL_ERRORS)
    sentence = "Says aloud: {text}"

    class Config(NodeConfig):
        text: str = Field(
            title="What is said",
            help="Text of an earlier step, such as the reply that a model wrote.",
            widget="template",
            placeholder="{{ prompt_1.text }}",
        )
        voice: str = Field(
            "",
            title="Voice",
            help="As the service calls it, such as alloy or nova. Empty: alloy, which most services have.",
            widget="template",
            one_line=True,
            placeholder="alloy",
            max_length=200,
        )
        model: str = Field(
            "",
            title="Model that speaks",
            help="Empty: the workspace's usual one.",
            widget="model",
            kind="speech",
            max_length=300,
        )
        name: str = Field(
            "",
            title="What the file is called",
            help="Without an ending: that hangs on what the model makes.",
            widget="template",
            one_line=True,
            placeholder="speech",
            max_length=200,
            more=True,
        )

    class Output(NodeOutput):
        file: dict[str, Json] = Field(title="The sound as a file")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        schema["properties"]["file"] = {**FILE_SCHEMA, "title": "The sound as a file"}
        return schema

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        if not config.text.strip():
            raise NodeError(
                "info_missing",
                "There is nothing to say aloud.",
                "Fill it in, or use “if empty” for the information in it.",
            )
        if len(config.text) > LONGEST:
            raise NodeError(
                "context_too_long",
                f"The text has {len(config.text):,} characters; at most {LONGEST:,} are said aloud at once.",
                "Say less of it, or use “Work on a list” to say it in parts.",
            )

        async def make() -> Json:
            made = await ctx.models.speak(config.text, voice=config.voice.strip(), model=config.model)
            return await made_file(made, config.name or "speech", ctx.files)

        # What was made and paid for is not made again, whatever happens afterwards.
        return NodeResult({"file": await ctx.step("made", make)})
