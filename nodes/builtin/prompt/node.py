"""A question to an AI model."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.builtin.prompt.shape import SchemaFault, check_shape, read_reply
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
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.models import PRACTICE


class Prompt(Node):
    """Asks an AI model and passes on what it writes."""

    type, title, group, effects, streams = "prompt", "Ask AI", "Think", "read", "text"
    fails_with = (*MODEL_ERRORS, "output_not_json")
    sentence = "Answers with {model}."

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
        history_turns: int = Field(
            6,
            title="Earlier messages",
            help="How many earlier questions, with their answers, the model gets to see.",
            ge=0,
            le=100,
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
        text: list[str] = []
        reasoning: list[str] = []
        model, finish = config.model, None
        async for chunk in ctx.models.chat(_request(config, ctx.history)):
            if chunk.text:
                text.append(chunk.text)
                await ctx.emit(chunk.text)
            reasoning.append(chunk.reasoning)
            model, finish = chunk.model or model, chunk.finish or finish
        reply = "".join(text)
        data = None if config.shape is None else read_reply(reply, config.shape, was_cut=finish == "length")
        return self.Output(text=reply, data=data, model=model, reasoning="".join(reasoning))


def _request(config: Prompt.Config, history: Sequence[ChatMessage]) -> ChatRequest:
    system = (ChatMessage("system", config.system),) if config.system.strip() else ()
    return ChatRequest(
        model=config.model,
        messages=(*system, *recent(history, config.history_turns), ChatMessage("user", config.user)),
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        seed=config.seed,
        schema=config.shape,
    )


def recent(history: Sequence[ChatMessage], turns: int) -> list[ChatMessage]:
    """The last `turns` messages of the user with what followed each.

    System messages stay at their places: they come from callers whom the owner lets steer the app.
    """
    asked = [i for i, message in enumerate(history) if message.role == "user"]
    begin = asked[-turns] if 0 < turns <= len(asked) else len(history) if turns == 0 else 0
    return [message for i, message in enumerate(history) if i >= begin or message.role == "system"]
