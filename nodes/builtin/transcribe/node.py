"""What is said in a recording, as text."""

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput
from nodes.sdk.errors import MODEL_ERRORS, SOUND_ERRORS
from nodes.sdk.file_types import HEAD_BYTES, mime_of
from nodes.sdk.given_files import files_in
from nodes.sdk.models import Recording

LARGEST = 25_000_000
"""Bytes: what the services take that have a limit."""
# What a browser records is sound in a container for films.
HEARD = ("audio/", "video/webm", "video/mp4")


class Transcribe(Node):
    """Has a model listen to a recording and write down what is said in it."""

    type, title, group, effects = "transcribe", "Write down what is said", "Think", "read"
    fails_with = (*SOUND_ERRORS, *MODEL_ERRORS)
    sentence = "Writes down what is said in {file}."

    class Config(NodeConfig):
        file: Json = Field(
            title="Recording",
            help="A sound file, such as one that the visitor is asked for.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.recording }}",
        )
        language: str = Field(
            "",
            title="Language",
            help="Two letters, such as en or zh. Empty: the model finds out.",
            placeholder="en",
            max_length=10,
            more=True,
        )
        model: str = Field(
            "",
            title="Model that listens",
            help="Empty: the workspace's usual one.",
            widget="model",
            kind="transcription",
            max_length=300,
        )

    class Output(NodeOutput):
        text: str = Field(title="What is said")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        given = files_in(config.file)
        if len(given) != 1:
            raise NodeError(
                "info_missing",
                "There is no recording to listen to."
                if not given
                else "One recording is listened to at a time.",
                "Ask for one in the first step. For several, use “Work on a list”.",
            )
        name = str(given[0].get("name", ""))
        content = await ctx.files.read(given[0])
        # What a step says of a file is only said: the file itself is looked at.
        mime = mime_of(content[:HEAD_BYTES], "")
        if not mime.startswith(HEARD):
            raise NodeError(
                "sound_not_supported",
                f"{name} is not a recording that AI models can listen to.",
                "Send it as MP3, WAV, M4A, OGG, FLAC or WebM.",
            )
        if len(content) > LARGEST:
            raise NodeError(
                "sound_too_large",
                f"{name} is larger than {LARGEST // 1_000_000} MB, the most that AI models listen to.",
                "Send a shorter one, or one that is packed more tightly, such as an MP3.",
            )
        recording = Recording(mime, content, name)
        found = await ctx.models.transcribe(
            recording, language=config.language.strip().lower(), model=config.model
        )
        return self.Output(text=found.text)
