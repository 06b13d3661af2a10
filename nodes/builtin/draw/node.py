"""A picture of what words say."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult, Problem
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.made_files import made_file, size_fault
from nodes.sdk.uploads import FILE_SCHEMA

LONGEST = 20_000


class Draw(Node):
    """Has a model draw a picture of what the words say, and gives it as a file."""

    type, title, group, effects = "draw", "Draw a picture", "Think", "read"
    fails_with = ("storage_full", "answer_too_large", "address_refused", *MODEL_ERRORS)
    sentence = "Draws: {words}"

    class Config(NodeConfig):
        words: str = Field(
            title="What is to be seen",
            help="The more exactly you say it, the better: what, where, in which style.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        size: str = Field(
            "",
            title="Size",
            help="Width and height in pixels, such as 1024x1024 or 1536x1024. Empty: as the model likes.",
            placeholder="1024x1024",
            max_length=20,
        )
        model: str = Field(
            "",
            title="Model that draws",
            help="Empty: the workspace's usual one.",
            widget="model",
            kind="image",
            max_length=300,
        )
        name: str = Field(
            "",
            title="What the file is called",
            help="Without an ending: that hangs on what the model makes.",
            widget="template",
            one_line=True,
            placeholder="picture",
            max_length=200,
            more=True,
        )

    class Output(NodeOutput):
        file: dict[str, Json] = Field(title="The picture as a file")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        schema["properties"]["file"] = {**FILE_SCHEMA, "title": "The picture as a file"}
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        fault = size_fault(config.get("size"))
        return [Problem("bad_size", *fault, field="size")] if fault else []

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        if not config.words.strip():
            raise NodeError(
                "info_missing",
                "Nothing says what is to be drawn.",
                "Fill it in, or use “if empty” for the information in it.",
            )
        if len(config.words) > LONGEST:
            raise NodeError(
                "context_too_long",
                f"What is to be seen takes {len(config.words):,} characters; at most {LONGEST:,} are read.",
                "Say it more briefly.",
            )
        if fault := size_fault(config.size):
            raise NodeError("bad_config", *fault)

        async def make() -> Json:
            size = "".join(config.size.lower().replace("×", "x").split())
            made = await ctx.models.draw(config.words, size=size, model=config.model)
            return await made_file(made, config.name or "picture", ctx.files)

        # What was made and paid for is not made again, whatever happens afterwards.
        return NodeResult({"file": await ctx.step("made", make)})
