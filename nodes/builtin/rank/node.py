"""Puts the items of a list in order by how well they fit a question."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.errors import MODEL_ERRORS
from nodes.sdk.parts import part_of, part_ref
from nodes.sdk.templates import TemplateError
from nodes.sdk.values import lines, to_text

MOST_ITEMS = 200
LONGEST = 4_000
"""Characters of an item that the model reads; most such models read fewer."""


class Rank(Node):
    """Has a model put a list in order: what fits a question best comes first."""

    type, title, group, effects = "rank", "Order by relevance", "Think", "read"
    fails_with = ("not_a_list", "list_too_long", *MODEL_ERRORS)
    sentence = "Puts {items} in order by how well they fit {query}."

    class Config(NodeConfig):
        query: str = Field(
            title="What they are to fit",
            help="Mostly the visitor's message.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        items: Json = Field(
            title="List",
            help="A list from an earlier step, or a text with one item a line.",
            widget="template",
        )
        part: str = Field(
            "",
            title="Part of the item that counts",
            help="Empty: all of it. Otherwise where the part stands, such as product.description.",
            placeholder="description",
            max_length=300,
        )
        model: str = Field(
            "",
            title="Model that puts them in order",
            help="Empty: the workspace's usual one.",
            widget="model",
            kind="rerank",
            max_length=300,
        )
        count: int = Field(10, title="How many to keep", widget="number", ge=1, le=MOST_ITEMS)
        relevance: float = Field(
            0.0,
            title="How relevant at least",
            help="From 0 to 1. Items that the model finds less relevant are left out.",
            widget="number",
            ge=0,
            le=1,
            more=True,
        )

    class Output(NodeOutput):
        items: list[Any] = Field(title="Items")
        scores: list[float] = Field(title="How relevant (0 to 1)")
        count: int = Field(title="Number of items")
        first: Any = Field(None, title="The most relevant item")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        try:
            if isinstance(part := config.get("part"), str) and part.strip():
                part_ref(part)
        except TemplateError:
            message = f"{part[:60]!r} is no part of an item."
            hint = "Write where it stands, such as address.city."
            return [Problem("bad_part", message, hint, field="part")]
        return []

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        if not config.query.strip():
            raise NodeError(
                "info_missing",
                "Nothing says what the items are to fit.",
                "Fill it in, or use “if empty” for the information in it.",
            )
        items = _items(config.items)
        texts = [to_text(_part(item, config.part))[:LONGEST] for item in items]
        read = [index for index, text in enumerate(texts) if text.strip()]
        ranking = await ctx.models.rerank(config.query, [texts[i] for i in read], model=config.model)
        # Sorting is stable: what is equally relevant stays as it stood.
        best = sorted(zip(read, ranking.scores, strict=True), key=lambda one: -one[1])
        kept = [(items[i], score) for i, score in best if score >= config.relevance][: config.count]
        return self.Output(
            items=[item for item, _ in kept],
            scores=[round(score, 4) for _, score in kept],
            count=len(kept),
            first=kept[0][0] if kept else None,
        )


def _items(given: Json) -> list[Json]:
    if isinstance(given, str):
        given = lines(given)
    if given is None:
        return []
    if not isinstance(given, list):
        raise NodeError(
            "not_a_list",
            f"There is no list to put in order: what was given is {to_text(given)[:60]!r}.",
            "Choose a list from an earlier step, or a text with one item a line.",
        )
    if len(given) > MOST_ITEMS:
        raise NodeError(
            "list_too_long",
            f"The list has {len(given)} items; at most {MOST_ITEMS} can be put in order at once.",
            "Use “Work on a list” first to keep fewer of them.",
        )
    return given


def _part(item: Json, path: str) -> Json:
    try:
        return part_of(item, path)
    except TemplateError:
        raise NodeError(
            "bad_config",
            f"{path[:60]!r} is no part of an item.",
            "Write where it stands, such as address.city.",
        ) from None
