"""Searches a workspace's documents: by words, by meaning, or by both at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from backend.knowledge.models import UNFINISHED, Chunk, Document, DocumentStatus, KnowledgeBase
from backend.runs.reads import read
from nodes.sdk.document_filter import DocumentFilter
from nodes.sdk.errors import NodeError
from nodes.sdk.knowledge import Passage, SearchMode
from nodes.sdk.models import Models
from workers.knowledge import keyword
from workers.knowledge.choosing import Chosen, chosen_documents
from workers.knowledge.fusion import fuse, sure_by_meaning
from workers.knowledge.keyword import Figures
from workers.knowledge.register import Base, Registers
from workers.knowledge.shelf import Shelves
from workers.knowledge.words import words_of

CANDIDATES = 100
"""How many each of the two searches may name."""
LONGEST_QUERY = 2_000
WAIT_S = 20.0
"""How long a search waits for the first documents of a collection."""
NEW_FOR = timedelta(minutes=1)
_FIGURES_KEPT = 64


@dataclass
class Library:
    """What the searches of one worker process share: vectors, what is known of documents, and figures."""

    shelves: Shelves = field(default_factory=Shelves)
    registers: Registers = field(default_factory=Registers)
    _figures: OrderedDict[tuple[tuple[UUID, int], ...], Figures] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def figures(self, bases: Sequence[Base], terms: Sequence[str]) -> Figures:
        """The collections' figures, with those of the terms filled in."""
        key = tuple((base.id, base.revision) for base in bases)
        ids = [base.id for base in bases]
        with self._lock:
            known = self._figures.get(key)
        if known is None:
            known = keyword.figures_of(ids)
            with self._lock:
                self._figures[key] = known
                if len(self._figures) > _FIGURES_KEPT:
                    self._figures.popitem(last=False)
        return keyword.count_terms(ids, terms, known)


@dataclass(frozen=True)
class WorkspaceKnowledge:
    """The documents as one workspace's run sees them: the SDK's `Knowledge`."""

    library: Library
    workspace_id: UUID
    models: Models

    async def search(
        self,
        knowledge_ids: Sequence[str],
        query: str,
        *,
        top_k: int = 5,
        mode: SearchMode = "hybrid",
        minimum: float = 0.0,
        only: DocumentFilter | None = None,
    ) -> list[Passage]:
        bases = await self._readable(knowledge_ids)
        # Before the question is embedded: a condition that makes no sense, or fits nothing, costs nothing.
        chosen = await read(chosen_documents, bases, only, self.library.registers)
        if chosen is not None and not chosen:
            return []
        query = query[:LONGEST_QUERY]
        vectors: dict[str, list[float]] = {}
        if mode != "keyword":
            for model in sorted({base.model for base in bases if base.model}):
                found = await self.models.embed([query], model=model, kind="query")
                vectors[model] = found[0]
        return await read(self._search, bases, query, vectors, top_k, mode, minimum, chosen)

    async def _readable(self, knowledge_ids: Sequence[str]) -> list[Base]:
        """The collections, once they can be searched: who asks right after an upload waits a little."""
        deadline = time.monotonic() + WAIT_S
        while True:
            bases = await read(_bases, self.workspace_id, knowledge_ids)
            if time.monotonic() > deadline or not await read(_is_filling, [base.id for base in bases]):
                return bases
            await asyncio.sleep(0.3)

    def _search(
        self,
        bases: Sequence[Base],
        query: str,
        vectors: dict[str, list[float]],
        top_k: int,
        mode: SearchMode,
        minimum: float,
        chosen: Chosen | None,
    ) -> list[Passage]:
        meaning, words = self.candidates(bases, query, vectors, mode, chosen)
        weight = {"keyword": 0.0, "vector": 1.0}.get(mode)
        scores = fuse(meaning, words) if weight is None else fuse(meaning, words, weight)
        best = sorted(words, key=lambda pk: (-scores[pk], pk))[:top_k]
        sure = {pk: min(1.0, max(0.0, scores[pk])) for pk in best}
        found = Chunk.objects.select_related("document").in_bulk(best)
        return [_passage(found[pk], sure[pk]) for pk in best if pk in found and sure[pk] >= minimum]

    def candidates(
        self,
        bases: Sequence[Base],
        query: str,
        vectors: dict[str, list[float]],
        mode: SearchMode,
        chosen: Chosen | None = None,
    ) -> tuple[dict[int, float], dict[int, float]]:
        """How sure the meaning makes of what either search names, and how sure the words do.

        Both name pieces of the `chosen` documents only; how rare a word is, all documents say.
        """
        terms = keyword.terms_of(words_of(query)) if mode != "vector" else []
        figures = self.library.figures(bases, terms)
        ids = [base.id for base in bases]
        by_words = keyword.candidates(ids, terms, figures, CANDIDATES, chosen)
        meaning = self._by_meaning(bases, vectors, set(by_words), chosen)
        rows = _rows({*by_words, *meaning}, ids, chosen)
        words = {pk: keyword.score(text, length, terms, figures) for pk, text, length in rows}
        return {pk: sure for pk, sure in meaning.items() if pk in words}, words

    def _by_meaning(
        self,
        bases: Sequence[Base],
        vectors: dict[str, list[float]],
        others: set[int],
        chosen: Chosen | None,
    ) -> dict[int, float]:
        """How sure the meaning makes of its own candidates, and of those that the words named."""
        found: dict[int, float] = {}
        for base in bases:
            if (vector := vectors.get(base.model)) is None:
                continue
            shelf = self.library.shelves.shelf(base.id, base.revision, base.model)
            marks = None if chosen is None else chosen.on(shelf, base.id)
            near = dict(shelf.nearest(vector, CANDIDATES, marks)) | shelf.cosines(vector, others)
            found |= {pk: sure_by_meaning(cosine, base.model) for pk, cosine in near.items()}
        return found


def _bases(workspace_id: UUID, knowledge_ids: Sequence[str]) -> list[Base]:
    """The collections with these ids. Raises NodeError for an id that is none of this workspace's."""
    wanted = {_as_uuid(text): text for text in knowledge_ids}
    known = (
        KnowledgeBase.objects.for_workspace(workspace_id)
        .filter(pk__in=[one for one in wanted if one is not None])
        .values_list("id", "revision", "embedding_model", "fields", "values_revision")
    )
    bases = {
        pk: Base(pk, revision, model, {one["name"]: one["kind"] for one in fields}, values_revision)
        for pk, revision, model, fields, values_revision in known
    }
    if any(one not in bases for one in wanted):
        raise NodeError(
            "knowledge_missing",
            "A collection that this step looks in does not exist, or there is no access to it.",
            "Choose another collection in the step.",
        )
    return [bases[one] for one in wanted if one is not None]


def _is_filling(ids: Sequence[UUID]) -> bool:
    """Whether documents are being read where none can be found yet, or of a collection made just now."""
    documents = Document.objects.filter(knowledge_id__in=ids)
    unfinished = documents.filter(status__in=UNFINISHED)
    if not unfinished.exists():
        return False
    is_new = unfinished.filter(knowledge__created_at__gt=Now() - NEW_FOR).exists()
    return is_new or not documents.filter(status=DocumentStatus.READY).exists()


def _rows(
    ids: set[int], knowledge_ids: Sequence[UUID], chosen: Collection[UUID] | None
) -> list[tuple[int, str, int]]:
    """Of the candidates those of ready documents in these collections, as (id, words, length)."""
    # Only by their ids: with more to choose by, SQLite takes the index of a whole collection.
    rows = Chunk.objects.filter(pk__in=ids).values_list(
        "pk", "words", "length", "knowledge_id", "document_id"
    )
    found = [row for row in rows if row[3] in knowledge_ids and (chosen is None or row[4] in chosen)]
    ready = Document.objects.filter(pk__in={row[4] for row in found}, status=DocumentStatus.READY)
    known = set(ready.values_list("pk", flat=True))
    return [row[:3] for row in found if row[4] in known]


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(
        text=chunk.text,
        score=round(score, 4),
        knowledge_id=str(chunk.knowledge_id),
        document_id=str(chunk.document_id),
        document=chunk.document.title,
        chunk_id=chunk.pk,
        heading=chunk.heading,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
    )


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
