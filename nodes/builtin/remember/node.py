"""A note about the person, kept from one conversation to the next."""

from collections.abc import Mapping

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput
from nodes.sdk.memory import LONGEST_NAME, LONGEST_TEXT, check_length


class Remember(Node):
    """Remembers something about the person, also in their later conversations."""

    type, title, group, effects = "remember", "Remember", "Know", "write"
    fails_with = ("memory_too_long",)
    sentence = "Remembers: {text}"
    is_tool = True

    class Config(NodeConfig):
        text: str = Field(
            title="What to remember",
            help="One fact about the person, in a sentence.",
            widget="template",
            placeholder="{{ prompt_1.text }}",
        )
        name: str = Field(
            "",
            title="What it is about",
            help="A name such as “favourite colour”: what comes later under it takes the place of this. "
            "Without a name, it is kept beside the rest.",
            widget="template",
            one_line=True,
        )
        person: str = Field(
            "",
            title="Whose it is, over the API",
            help="What your program calls the person. On the chat page it counts for nothing: there, "
            "everyone has memories of their own.",
            widget="template",
            one_line=True,
            placeholder="{{ start_1.customer }}",
            more=True,
        )

    class Output(NodeOutput):
        text: str = Field(title="What is remembered")
        name: str = Field(title="What it is about")

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        """It may: the server knows a step that has remembered, and does not let it write twice."""
        return True

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        text, name = config.text.strip(), config.name.strip()
        if not text:
            raise NodeError(
                "info_missing",
                "There is nothing to remember: the text is empty.",
                "Fill in what to remember, or go past this step when there is nothing.",
            )
        check_length("text to remember", text, LONGEST_TEXT)
        check_length("name of what to remember", name, LONGEST_NAME)
        await ctx.memory.remember(text, name=name, person=config.person, once=ctx.idempotency_key)
        return self.Output(text=text, name=name)
