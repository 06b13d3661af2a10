"""The text of files that a visitor sent."""

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput

MOST_FILES = 20
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
    sentence = "Reads {files}"

    class Config(NodeConfig):
        files: Json = Field(
            title="Files",
            help="A file, or a list of files, that the visitor is asked for.",
            widget="template",
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
        given = config.files if isinstance(config.files, list) else [config.files]
        given = [one for one in given if one is not None and one not in ("", {})]
        if not given:
            raise NodeError(
                "info_missing",
                "There is no file to read.",
                "Ask for one in the first step, or use another path when none was sent.",
            )
        if len(given) > MOST_FILES:
            raise NodeError("bad_config", f"At most {MOST_FILES} files are read at once.", "Choose fewer.")
        read: list[ReadFile] = []
        left, is_cut = config.most, False
        for one in given:
            if not isinstance(one, dict):
                raise NodeError("bad_config", "What is to be read is not a file.", "Choose a file.")
            found = await ctx.files.read_text(one, most=left)
            left -= len(found.text)
            is_cut = is_cut or found.is_cut
            name = str(one.get("name", ""))
            read.append(
                ReadFile(
                    name=name,
                    text=found.text,
                    pages=found.pages or 0,
                    is_cut=found.is_cut,
                    notices=list(found.notices),
                )
            )
        return self.Output(text=_together(read), count=len(read), is_cut=is_cut, files=read)


def _together(read: list[ReadFile]) -> str:
    """One file's text alone; of several, each under its name."""
    if len(read) == 1:
        return read[0].text
    return "\n\n".join(f"# {one.name}\n\n{one.text}" for one in read)
