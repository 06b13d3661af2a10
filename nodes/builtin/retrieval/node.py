"""A search in the workspace's documents."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from nodes.sdk import (
    DocumentFilter,
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    Passage,
    Problem,
    SearchMode,
)
from nodes.sdk.document_filter import filter_problems
from nodes.sdk.errors import MODEL_ERRORS

_PASSED_OVER = frozenset({*MODEL_ERRORS, "address_refused", "answer_too_large"})
"""Failures of the model that puts passages in order; what the search found is good without it."""


class Found(NodeOutput):
    """A passage, with where it comes from."""

    text: str = Field(title="Text")
    score: float = Field(title="How sure (0 to 1)")
    document: str = Field(title="Document")
    heading: str = Field("", title="Heading")
    page: int | None = Field(None, title="Page")
    knowledge_id: str = Field("", title="Id of the collection")
    document_id: str = Field("", title="Id of the document")
    chunk_id: int = Field(0, title="Id of the passage")
    start: int = Field(0, title="Where it begins")
    end: int = Field(0, title="Where it ends")


class Remark(NodeOutput):
    """Why something was left out that the step was to do: a stable code, and words."""

    code: str = Field(title="Code")
    message: str = Field(title="What happened")
    hint: str = Field("", title="What to do")


class Retrieval(Node):
    """Finds the passages of your documents that fit a question."""

    type, title, group, effects, sources = "retrieval", "Find in documents", "Know", "read", "passages"
    fails_with = (
        "knowledge_failed",
        "knowledge_missing",
        "document_field_missing",
        "bad_document_comparison",
        "bad_document_value",
        *MODEL_ERRORS,
    )
    sentence = "Looks for: {query}[ in documents where {only}]"
    is_tool = True

    class Config(NodeConfig):
        knowledge: list[str] = Field(
            title="Documents",
            help="The collections to look in.",
            widget="knowledge",
            min_length=1,
            max_length=20,
        )
        query: str = Field(
            title="What to look for",
            help="Mostly the visitor's message.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        only: DocumentFilter = Field(
            DocumentFilter(),
            title="Only documents where",
            help=(
                "Looks in these documents alone, and finds nothing in others. "
                "A condition whose information is empty fits no document."
            ),
            widget="document-filter",
        )
        top_k: int = Field(
            4,
            title="How many passages",
            help="More passages hold more facts, and give the AI model more to read.",
            widget="number",
            ge=1,
            le=20,
        )
        mode: SearchMode = Field(
            "hybrid",
            title="How to search",
            choices={
                "hybrid": "By words and by meaning",
                "keyword": "By words alone",
                "vector": "By meaning alone",
            },
            more=True,
        )
        minimum: float = Field(
            0.0,
            title="How sure at least",
            help="From 0 to 1. Passages of which the search is less sure are left out.",
            widget="number",
            ge=0,
            le=1,
            more=True,
        )
        order: Literal["search", "model"] = Field(
            "search",
            title="What comes first",
            help=(
                "A model that reads the question and each passage together often orders them better, "
                "and takes a moment longer."
            ),
            choices={
                "search": "What the search is surest of",
                "model": "What a model finds most relevant",
            },
        )
        rank_model: str = Field(
            "",
            title="Model that puts them in order",
            widget="model",
            kind="rerank",
            max_length=300,
            show_when={"field": "order", "is": "model"},
        )
        candidates: int = Field(
            20,
            title="How many the model reads",
            help="It reads that many of what the search found, and the best of them are passed on.",
            widget="number",
            ge=1,
            le=50,
            more=True,
            show_when={"field": "order", "is": "model"},
        )
        relevance: float = Field(
            0.0,
            title="How relevant at least",
            help="From 0 to 1. Passages that the model finds less relevant are left out.",
            widget="number",
            ge=0,
            le=1,
            more=True,
            show_when={"field": "order", "is": "model"},
        )

    class Output(NodeOutput):
        text: str = Field(title="Passages as text")
        best: str = Field(title="The best passage")
        count: int = Field(title="Number of passages")
        passages: list[Found] = Field(title="Passages")
        remark: Remark | None = Field(None, title="Why no model put them in order", widget="remark")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        return list(filter_problems(config.get("only"), "only"))

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        if not config.query.strip():
            raise NodeError(
                "info_missing",
                "There is nothing to look for: the question is empty.",
                "Fill in what to look for, or use “if empty” for the information in it.",
            )
        ranks = config.order == "model"
        found = await ctx.knowledge.search(
            config.knowledge,
            config.query,
            top_k=max(config.top_k, config.candidates) if ranks else config.top_k,
            mode=config.mode,
            minimum=config.minimum,
            only=config.only,
        )
        remark = None
        if ranks and found:
            try:
                found = await ranked(found, config, ctx)
            except NodeError as error:
                if error.code not in _PASSED_OVER:
                    raise
                remark = Remark(code=error.code, message=error.message, hint=error.hint)
        found = found[: config.top_k]
        return self.Output(
            text=numbered(found),
            best=f"{found[0].text} [1]" if found else "",
            count=len(found),
            passages=[Found.model_validate(passage.to_json()) for passage in found],
            remark=remark,
        )


async def ranked(found: Sequence[Passage], config: Retrieval.Config, ctx: NodeContext) -> list[Passage]:
    """What was found, the most relevant first, without what is less relevant than is wanted.

    Raises NodeError when the model cannot say.
    """
    texts = [f"{one.heading}\n{one.text}" if one.heading else one.text for one in found]
    scores = (await ctx.models.rerank(config.query, texts, model=config.rank_model)).scores
    judged = [replace(one, score=round(score, 4)) for one, score in zip(found, scores, strict=True)]
    # Sorting is stable: of what is equally relevant, that comes first of which the search is surer.
    judged.sort(key=lambda one: -one.score)
    return [one for one in judged if one.score >= config.relevance]


def numbered(passages: Sequence[Passage]) -> str:
    """The passages ready for a prompt: each with its number, its document and headings, and its text."""
    return "\n\n".join(f"[{n}] {_place(passage)}\n{passage.text}" for n, passage in enumerate(passages, 1))


def _place(passage: Passage) -> str:
    page = f" (page {passage.page})" if passage.page is not None else ""
    return " › ".join(part for part in (passage.document, passage.heading) if part) + page
