"""What the visitor reads, and the files that they are given with it."""

from collections.abc import Mapping
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult
from nodes.sdk.given_files import files_in
from nodes.sdk.uploads import FILE_SCHEMA, is_file


class Answer(Node):
    """Says something to the visitor."""

    type, title, group, effects, answers = "answer", "Reply", "Talk", "none", "text"
    hands_over = "files"
    fails_with = ()
    sentence = "Says: {text}"

    class Config(NodeConfig):
        text: str = Field(
            title="Reply",
            help="What the visitor reads. Text of an AI model appears word by word while it is written.",
            widget="template",
            placeholder="{{ prompt_1.text }}",
        )
        files: Json = Field(
            None,
            title="Files to give along",
            help="A file, or a list of files, of an earlier step. They can be downloaded below the reply.",
            widget="template",
            one_line=True,
            placeholder="{{ http_1.file }}",
            more=True,
        )

    class Output(NodeOutput):
        text: str = Field(title="Reply")
        files: list[dict[str, Json]] = Field(default=[], title="Files")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        if config.get("files"):
            schema["properties"]["files"] = {"type": "array", "title": "Files", "items": FILE_SCHEMA}
        else:
            schema["properties"] = {"text": schema["properties"]["text"]}
        return schema

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        files = files_in(config.files)
        if not all(map(is_file, files)):
            raise NodeError("bad_config", "What is to be given along is not a file.", "Choose a file.")
        # Most replies give none along, and their facts need not say so.
        return NodeResult({"text": config.text, **({"files": list[Json](files)} if files else {})})
