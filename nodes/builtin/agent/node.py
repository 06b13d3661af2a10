"""A model that uses tools until it is done."""

from collections.abc import Mapping
from typing import Any, Literal

from nodes.builtin.agent.work import Work
from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.models import PRACTICE
from nodes.sdk.node import Telling

Ended = Literal["answer", "rounds", "calls", "tokens", "cost", "time"]
Outcome = Literal["done", "failed", "refused", "answered", "unknown_tool", "wrong_arguments", "no_room"]

UNFINISHED = "I could not finish this: I have used up all that I may use for one message."


class Call(NodeOutput):
    """A call of a tool, and what came of it."""

    tool: str = Field(title="Tool")
    step: str = Field("", title="Step")
    path: str = Field("", title="Where it stands in the run")
    round: int = Field(title="Round, from 1")
    arguments: dict[str, Json] = Field(title="What the model gave")
    outcome: Outcome = Field(title="What came of it")
    result: str = Field("", title="What the model was told, in short")


class Agent(Node):
    """Lets an AI model use tools until it is done."""

    type, title, group, effects, streams = "agent", "AI agent", "Think", "none", "text"
    fails_with = (*MODEL_ERRORS, "bad_tool_call")
    sentence = "{model} uses the tools inside until it is done."
    takes_tools = True

    class Config(NodeConfig):
        model: str = Field("", title="AI model", help="Empty: the workspace's usual model.", widget="model")
        instructions: str = Field(
            "",
            title="Instructions",
            help="Who the agent is, what it should do, and when it should use which tool.",
            widget="template",
            placeholder="You help customers of our shop. Look orders up before you say anything about them.",
        )
        message: str = Field(
            title="Message",
            help="What the agent is asked, mostly the visitor's message.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        approver: Literal["team", "visitor"] = Field(
            "team",
            title="Who is asked first",
            help="For tools that ask first. Your team answers in the inbox.",
            choices={"team": "Your team", "visitor": "Whoever talks with the app"},
        )
        tells: Telling = Field(
            "what",
            title="Seen of its work",
            help="By whoever talks with the app, while a tool is at work. Never what is sent or found.",
            choices={
                "nothing": "Nothing",
                "what": "That something is looked up or done",
                "names": "That, and the names of its tools",
            },
            more=True,
        )
        history_turns: int = Field(
            6,
            title="Earlier messages",
            help="How many earlier questions, with their answers, the model gets to see.",
            ge=0,
            le=100,
            more=True,
        )
        most_rounds: int = Field(
            10,
            title="Rounds at most",
            help="A round is one reply with all that it calls. Then it answers with what it has.",
            ge=1,
            le=100,
            more=True,
        )
        most_calls: int = Field(
            40, title="Calls at most", help="Of all tools together.", ge=1, le=1_000, more=True
        )
        most_tokens: int | None = Field(
            None,
            title="Tokens at most",
            help="Read and written by its model in all rounds. Then it ends with what it has.",
            widget="number",
            ge=100,
            le=100_000_000,
            more=True,
        )
        most_cost: float | None = Field(
            None,
            title="Dollars at most",
            help="For its model in all rounds, as far as prices are known.",
            widget="number",
            gt=0,
            le=10_000,
            more=True,
        )
        most_seconds: float | None = Field(
            None,
            title="Seconds at most",
            help="At work. Waiting for a person does not count.",
            widget="number",
            gt=0,
            le=86_400,
            more=True,
        )
        unfinished: str = Field(
            UNFINISHED,
            title="Said when it could not finish",
            help="Where tokens, dollars or seconds are used up.",
            widget="template",
            max_length=2_000,
            more=True,
        )
        instead: str = Field(
            "",
            title="Instead of the practice model",
            help="Said word for word while only the small practice model is there, which uses tools badly.",
            widget="template",
            more=True,
        )
        room: int = Field(
            12_000,
            title="Room for the conversation (tokens)",
            help="What the model reads is kept below it: the oldest results are shortened first.",
            widget="number",
            ge=500,
            le=2_000_000,
            more=True,
        )
        most_result: int = Field(
            8_000,
            title="Characters of a result at most",
            help="What a tool gives beyond that the model does not see. The run keeps it.",
            widget="number",
            ge=100,
            le=500_000,
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
        max_tokens: int | None = Field(
            None,
            title="Length limit of a reply",
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

    class Inside(NodeOutput):
        round: int = Field(title="Round, from 1")

    class Output(NodeOutput):
        text: str = Field(title="All that it said")
        answer: str = Field(title="Last reply")
        ended_by: Ended = Field(title="Why it ended")
        rounds: int = Field(title="Rounds")
        calls: list[Call] = Field(title="Calls")
        model: str = Field("", title="AI model")

    @classmethod
    def tells(cls, config: Mapping[str, Json]) -> Telling:
        match config.get("tells"):
            case "nothing":
                return "nothing"
            case "names":
                return "names"
            case _:
                return "what"

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        if not config.message.strip():
            raise NodeError(
                "info_missing",
                "There is nothing to ask the agent: its message is empty.",
                "Fill in the step's message, or use “if empty” for the information in it.",
            )
        if config.instead.strip() and await ctx.models.which(config.model) == PRACTICE:
            said = config.instead
            ctx.say(0, said)
            return self.Output(text=said, answer=said, ended_by="answer", rounds=0, calls=[], model=PRACTICE)
        done: Any = await Work(config, ctx).run()
        return self.Output.model_validate(done)
