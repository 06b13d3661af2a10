"""A search in what is remembered about the person."""

from collections.abc import Sequence

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput
from nodes.sdk.memory import LONGEST_NAME, Remembered, check_length


class Memory(NodeOutput):
    """One thing that was remembered."""

    text: str = Field(title="Text")
    name: str = Field("", title="What it is about")
    said_at: str = Field(title="When it was said")
    score: float = Field(title="How sure (0 to 1)")


class Recall(Node):
    """Finds what is remembered about the person."""

    type, title, group, effects = "recall", "Recall", "Know", "read"
    fails_with = ("memory_too_long",)
    sentence = "Recalls what fits: {query}"
    is_tool = True

    class Config(NodeConfig):
        query: str = Field(
            "",
            title="What to look for",
            help="Mostly the person's message. Left empty, what was said last is found.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        name: str = Field(
            "",
            title="What it is about",
            help="Only what was remembered under this name.",
            widget="template",
            one_line=True,
        )
        most: int = Field(
            5,
            title="How many",
            help="The best of what fits.",
            widget="number",
            ge=1,
            le=50,
        )
        minimum: float = Field(
            0.0,
            title="How sure at least",
            help="From 0 to 1. What the search is less sure of is left out.",
            widget="number",
            ge=0,
            le=1,
            more=True,
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
        text: str = Field(title="All of it as text")
        best: str = Field(title="What fits best")
        count: int = Field(title="How many were found")
        memories: list[Memory] = Field(title="What was found")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        check_length("name of what to look for", config.name.strip(), LONGEST_NAME)
        found = await ctx.memory.recall(
            config.query, name=config.name, person=config.person, most=config.most, minimum=config.minimum
        )
        return self.Output(
            text=listed(found),
            best=found[0].text if found else "",
            count=len(found),
            memories=[Memory.model_validate(one.to_json()) for one in found],
        )


def listed(found: Sequence[Remembered]) -> str:
    """Memories ready for a prompt, a line each."""
    return "\n".join(f"- {one.name}: {one.text}" if one.name else f"- {one.text}" for one in found)
