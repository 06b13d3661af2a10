"""A question to an AI model."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.builtin.prompt.memory import Memory, remembered
from nodes.sdk import (
    ChatMessage,
    ChatRequest,
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    Problem,
)
from nodes.sdk.asking import ask, recent
from nodes.sdk.errors import MODEL_ERRORS, PICTURE_ERRORS
from nodes.sdk.given_files import files_in, pictures_among, read_pictures, texts_of, under_names
from nodes.sdk.models import PRACTICE
from nodes.sdk.reply_shape import SchemaFault, check_shape, read_reply
from nodes.sdk.reuse import Reuse, reuse_field, reuse_s


class Prompt(Node):
    """Asks an AI model and passes on what it writes."""

    type, title, group, effects, streams = "prompt", "Ask AI", "Think", "read", "text"
    fails_with = (*MODEL_ERRORS, "output_not_json", *PICTURE_ERRORS, "reader_busy")
    sentence = "Answers with {model}."
    for_anything = True

    class Config(NodeConfig):
        model: str = Field("", title="AI model", help="Empty: the workspace's usual model.", widget="model")
        system: str = Field(
            "",
            title="Instructions",
            help="Who the model is, what it should do, and how it should sound.",
            widget="template",
            placeholder="You answer questions about our shop. Be friendly and brief.",
        )
        user: str = Field(
            title="Message",
            help="What the model is asked, mostly the visitor's message.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        looks_at: Literal["none", "sent", "chosen"] = Field(
            "none",
            title="Pictures",
            help="Shown to the model with the message. It must be one that can look at pictures.",
            choices={
                "none": "None",
                "sent": "Those sent with the visitor's message",
                "chosen": "Those chosen here",
            },
            more=True,
        )
        pictures: Json = Field(
            None,
            title="Which pictures",
            help="A picture, or a list of pictures, that the visitor is asked for or an earlier step made.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.photo }}",
            show_when={"field": "looks_at", "is": "chosen"},
            more=True,
        )
        files: Json = Field(
            None,
            title="Files to read",
            help="A document, or a list of them. The model gets to read their text before the message.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.file }}",
            more=True,
        )
        files_most: int = Field(
            40_000,
            title="How many characters of the files at most",
            help="Of all files together. What goes beyond is left out.",
            widget="number",
            ge=1,
            le=500_000,
            more=True,
        )
        history_turns: int = Field(
            6,
            title="Earlier messages",
            help="How many earlier questions, with their answers, the model gets to see.",
            ge=0,
            le=100,
        )
        older: Literal["forgotten", "summary"] = Field(
            "forgotten",
            title="What was said before those",
            help="A summary is written once for several messages and kept with the conversation.",
            choices={"forgotten": "Is not seen", "summary": "Is kept as a summary"},
            more=True,
        )
        temperature: float | None = Field(
            None,
            title="Creativity",
            help="0 is matter-of-fact, 2 is wild.",
            widget="number",
            ge=0,
            le=2,
            more=True,
        )
        top_p: float | None = Field(
            None,
            title="Choice of words (top p)",
            help="Below 1, unlikely words are left out.",
            widget="number",
            gt=0,
            le=1,
            more=True,
        )
        max_tokens: int | None = Field(
            None,
            title="Length limit",
            help="At most so many words or parts of words (tokens).",
            widget="number",
            ge=1,
            le=1_000_000,
            more=True,
        )
        seed: int | None = Field(
            None,
            title="Seed",
            help="The same number gives the same answer again, if the model can do that.",
            widget="number",
            ge=0,
            le=2**31 - 1,
            more=True,
        )
        reuse: Reuse = reuse_field()
        instead: str = Field(
            "",
            title="Instead of the practice model",
            help="Said word for word while only the small practice model is there, for questions beyond it.",
            widget="template",
            more=True,
        )
        shape: dict[str, Json] | None = Field(
            None,
            alias="schema",
            title="Shape of the reply",
            help="Lets later steps use parts of the reply.",
            widget="schema",
            more=True,
        )

    class Output(NodeOutput):
        text: str = Field(title="Reply")
        data: Json = Field(None, title="Parts of the reply")
        model: str = Field("", title="AI model")
        reasoning: str = Field("", title="Thoughts")

    @classmethod
    def keeps(cls, config: Mapping[str, Json]) -> bool:
        return config.get("older") == "summary"

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        shape = config.get("schema")
        if isinstance(shape, dict):
            schema["properties"]["data"] = {**shape, "title": "Parts of the reply"}
        else:
            del schema["properties"]["data"]
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        shape = config.get("schema")
        if not isinstance(shape, dict):
            return ()
        try:
            check_shape(shape)
        except SchemaFault as fault:
            hint = "Describe the reply by fields that are texts, numbers, yes/no, choices, lists or groups."
            return (Problem("bad_schema", str(fault), hint, field="schema", values={"detail": str(fault)}),)
        return ()

    async def run(self, config: Config, ctx: NodeContext) -> NodeOutput:
        if not config.user.strip():
            raise NodeError(
                "info_missing",
                "There is nothing to ask the model: the message is empty.",
                "Fill in the step's message, or use “if empty” for the information in it.",
            )
        if config.instead.strip() and await ctx.models.which(config.model) == PRACTICE:
            await ctx.emit(config.instead)
            return self.Output(text=config.instead, model=PRACTICE)
        memory = Memory("", tuple(recent(ctx.history, config.history_turns)))
        if config.older == "summary":
            memory = await remembered(ctx.history, config.history_turns, config.model, ctx)
        pictures = await read_pictures(_pictures(config, ctx), ctx.files)
        read = await texts_of(files_in(config.files), ctx.files, most=config.files_most)
        asked = f"{under_names(read)}\n\n{config.user}" if read else config.user
        request = _request(config, memory, ChatMessage("user", asked, images=pictures))
        reply = await ask(ctx.models, request, live=ctx.emit)
        data = None if config.shape is None else read_reply(reply.text, config.shape, was_cut=reply.was_cut)
        return self.Output(text=reply.text, data=data, model=reply.model, reasoning=reply.reasoning)


def _pictures(config: Prompt.Config, ctx: NodeContext) -> list[dict[str, Json]]:
    if config.looks_at == "sent":
        return pictures_among(ctx.inputs)
    return files_in(config.pictures) if config.looks_at == "chosen" else []


def _request(config: Prompt.Config, memory: Memory, asked: ChatMessage) -> ChatRequest:
    told = memory.told(config.system if config.system.strip() else "")
    system = (ChatMessage("system", told),) if told else ()
    return ChatRequest(
        model=config.model,
        messages=(*system, *memory.messages, asked),
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        seed=config.seed,
        schema=config.shape,
        reuse_s=reuse_s(config.reuse),
    )
