"""The door to a workspace's documents, and what comes through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from nodes.sdk.values import Json

if TYPE_CHECKING:  # it is a part of configs, whose classes know of this door
    from nodes.sdk.document_filter import DocumentFilter

SearchMode = Literal["hybrid", "keyword", "vector"]
"""By words, by meaning, or (hybrid) by both, which finds more than either."""


@dataclass(frozen=True)
class Passage:
    """A piece of a document that was found. `score` in [0, 1] is how sure the search is of it.

    `heading` is the path of headings above it, `page` the page it begins on where the document has pages,
    and `start` and `end` its place in the document's text, in code points.
    """

    text: str
    score: float
    knowledge_id: str
    document_id: str
    document: str
    chunk_id: int
    heading: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0

    def to_json(self) -> dict[str, Json]:
        """As it travels."""
        return asdict(self)


class Knowledge(Protocol):
    """The documents of the workspace.

    Raises NodeError("knowledge_missing") for an id that is none of the workspace's, whether it is
    another's, was deleted, or never was. `only` says which documents are looked in; for what it names that
    is not there, or cannot be compared, NodeError is raised as by `document_filter.fits`.
    """

    async def search(
        self,
        knowledge_ids: Sequence[str],
        query: str,
        *,
        top_k: int = 5,
        mode: SearchMode = "hybrid",
        minimum: float = 0.0,
        only: DocumentFilter | None = None,
    ) -> list[Passage]: ...


def as_sources(found: Iterable[Json]) -> list[dict[str, Json]]:
    """Passages, as node outputs hold them, as the sources of an answer: each once, numbered from 1.

    What is no passage is passed over: an output may come from a stranger's node type.
    """
    sources: list[dict[str, Json]] = []
    seen: set[object] = set()
    for passage in found:
        if not isinstance(passage, Mapping):
            continue
        fields = cast("Mapping[str, Any]", passage)
        document, text, key = fields.get("document"), fields.get("text"), fields.get("chunk_id")
        if not isinstance(document, str) or not isinstance(text, str) or (key is not None and key in seen):
            continue
        seen.add(key)
        heading, page = fields.get("heading"), fields.get("page")
        sources.append(
            {
                "n": len(sources) + 1,
                "document": document,
                "heading": heading if isinstance(heading, str) else "",
                "page": page if isinstance(page, int) else None,
                "text": text,
                "knowledge_id": str(fields.get("knowledge_id") or ""),
                "document_id": str(fields.get("document_id") or ""),
                "chunk_id": key if isinstance(key, int) else None,
            }
        )
    return sources
