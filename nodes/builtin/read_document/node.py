"""The text of files that a visitor sent."""

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput
from nodes.sdk.given_files import files_in, texts_of, under_names

MOST_CHARACTERS = 500_000


class ReadFile(NodeOutput):
    """What was read of one file."""

    name: str = Field(title="Name")
    text: str = Field(title="Text")
    pages: int = Field(0, title="Pages (0: it has none)")
    is_cut: bool = Field(False, title="Whether it is longer")
    notices: list[str] = Field([], title="Remarks")


class ReadDocument(Node):
    """Reads the text of files that came with the message."""

    type, title, group, effects = "read_document", "Read a file", "Know", "read"
    fails_with = ("reader_busy", "file_gone")
    sentence = "Reads: {files}"

    class Config(NodeConfig):
        files: Json = Field(
            title="Files",
            help="A file, or a list of files, that the visitor is asked for.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.file }}",
        )
        most: int = Field(
            40_000,
            title="How many characters at most",
            help="Of all files together. What goes beyond is left out, for an AI model reads only so much.",
            widget="number",
            ge=1,
            le=MOST_CHARACTERS,
            more=True,
        )

    class Output(NodeOutput):
        text: str = Field(title="Text")
        count: int = Field(title="Number of files")
        is_cut: bool = Field(title="Whether something was left out")
        files: list[ReadFile] = Field(title="Files")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        given = files_in(config.files)
        if not given:
            raise NodeError(
                "info_missing",
                "There is no file to read.",
                "Ask for one in the first step, or use another path when none was sent.",
            )
        read = await texts_of(given, ctx.files, most=config.most)
        return self.Output(
            text=read[0].found.text if len(read) == 1 else under_names(read),
            count=len(read),
            is_cut=any(one.found.is_cut for one in read),
            files=[
                ReadFile(
                    name=one.name,
                    text=one.found.text,
                    pages=one.found.pages or 0,
                    is_cut=one.found.is_cut,
                    notices=list(one.found.notices),
                )
                for one in read
            ],
        )
