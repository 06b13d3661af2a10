"""What reading a document does to the rows, one function per transaction.

Each that changes something first makes sure that the document is still ours to change: it raises Lost when
the lease is gone, or the document is, because somebody deleted it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Now

from backend.knowledge.limits import MOST_CHUNKS
from backend.knowledge.models import UNFINISHED, Chunk, Document, DocumentStatus, Embedding, KnowledgeBase
from workers.knowledge.language import language_of
from workers.knowledge.reader import Piece, Reading, Refusal
from workers.knowledge.vectors import pack

MOST_ATTEMPTS = 5
"""Claims in a row without anything to show for it."""


class Lost(Exception):
    """The document is no longer ours, or no longer there."""


@dataclass(frozen=True)
class Claimed:
    """A document that is ours to read."""

    id: UUID
    workspace_id: UUID
    knowledge_id: UUID
    title: str
    file: str
    status: str
    attempts: int


def due(limit: int) -> list[UUID]:
    """Documents to begin with: of one workspace, the oldest first, so that a large upload holds nobody up."""
    waiting = _due(Document.objects.all())
    workspaces = list(waiting.order_by().values_list("workspace_id", flat=True).distinct()[:100])
    if not workspaces:
        return []
    chosen = secrets.choice(workspaces)
    return list(
        waiting.filter(workspace_id=chosen).order_by("created_at", "id").values_list("pk", flat=True)[:limit]
    )


def claim(document_id: UUID, owner: str, lease_s: float) -> Claimed | None:
    """Takes the document if it is due and nobody holds it."""
    going_on = Case(When(status=DocumentStatus.INDEXING, then=Value("indexing")), default=Value("reading"))
    taken = _due(Document.objects.filter(pk=document_id)).update(
        status=going_on,
        attempts=F("attempts") + 1,
        lease_owner=owner,
        lease_until=Now() + timedelta(seconds=lease_s),
        updated_at=Now(),
    )
    if not taken:
        return None
    fields = ("id", "workspace_id", "knowledge_id", "title", "file", "status", "attempts")
    return Claimed(*Document.objects.values_list(*fields).get(pk=document_id))


def renew(document_id: UUID, owner: str, lease_s: float) -> None:
    """Keeps the lease. Raises Lost."""
    _ours(document_id, owner, lease_until=Now() + timedelta(seconds=lease_s))


def begin_pieces(claimed: Claimed, owner: str, reading: Reading) -> None:
    """Notes what was read, and removes what an earlier attempt left. Raises Lost, or Refusal when full."""
    others = Chunk.objects.filter(knowledge_id=claimed.knowledge_id).exclude(document_id=claimed.id)
    if others.count() + len(reading.pieces) > MOST_CHUNKS:
        raise Refusal(
            "knowledge_full",
            f"The collection would hold more than {MOST_CHUNKS:,} pieces.",
            "Delete documents, or put the rest into another collection.",
        )
    _ours(
        claimed.id,
        owner,
        kind=reading.kind,
        language=language_of(piece.text for piece in reading.pieces),
        pages=reading.pages,
        characters=reading.characters,
        notices=[notice.model_dump() for notice in reading.notices],
        progress=0.1,
    )
    chunks = Chunk.objects.filter(document_id=claimed.id)
    chunks._raw_delete(chunks.db)


def add_pieces(claimed: Claimed, owner: str, first: int, pieces: Sequence[Piece], share: float) -> None:
    """Stores pieces from the `first`-th on; `share` is how many of all are stored then. Raises Lost."""
    _ours(claimed.id, owner, progress=0.1 + 0.1 * share)
    Chunk.objects.bulk_create(
        Chunk(
            workspace_id=claimed.workspace_id,
            knowledge_id=claimed.knowledge_id,
            document_id=claimed.id,
            index=first + n,
            text=piece.text,
            heading=piece.heading[:500],
            page=piece.page,
            start=piece.start,
            end=piece.end,
            words=" ".join(piece.words),
            length=len(piece.words),
            hash=hashlib.sha256(meaning_of(piece.heading[:500], piece.text).encode()).hexdigest(),
        )
        for n, piece in enumerate(pieces)
    )


def begin_indexing(claimed: Claimed, owner: str, pieces: int) -> None:
    """All pieces are stored. Raises Lost."""
    _ours(claimed.id, owner, status=DocumentStatus.INDEXING, pieces=pieces, attempts=0)


def pieces_of(document_id: UUID) -> int:
    """How many pieces the document has."""
    return Chunk.objects.filter(document_id=document_id).count()


def settle_model(knowledge_id: UUID, usual: str) -> str:
    """The model whose vectors the collection has: `usual`, unless it has one already."""
    KnowledgeBase.objects.filter(pk=knowledge_id, embedding_model="").update(embedding_model=usual)
    found = KnowledgeBase.objects.filter(pk=knowledge_id).values_list("embedding_model", flat=True).first()
    if found is None:
        raise Lost
    return found


def without_meaning(claimed: Claimed, model: str, after: int, limit: int) -> list[tuple[int, str, str]]:
    """Pieces behind the `after`-th whose meaning is not known yet, as (index, hash, text to embed)."""
    known = Embedding.objects.filter(workspace_id=claimed.workspace_id, model=model, hash=OuterRef("hash"))
    rows = Chunk.objects.filter(~Exists(known), document_id=claimed.id, index__gt=after).order_by("index")
    return [
        (index, digest, meaning_of(heading, text))
        for index, digest, heading, text in rows.values_list("index", "hash", "heading", "text")[:limit]
    ]


def add_meanings(claimed: Claimed, owner: str, model: str, vectors: dict[str, Any], share: float) -> None:
    """Keeps vectors by the hash of their text; `share` of the document is done then. Raises Lost."""
    _ours(claimed.id, owner, progress=0.2 + 0.79 * share, attempts=0)
    Embedding.objects.bulk_create(
        (
            Embedding(workspace_id=claimed.workspace_id, model=model, hash=digest, vector=pack(vector))
            for digest, vector in vectors.items()
        ),
        ignore_conflicts=True,  # another document says the same, and was faster
    )


def finish(claimed: Claimed, owner: str) -> None:
    """The document can be found from now on. Raises Lost."""
    _ours(claimed.id, owner, status=DocumentStatus.READY, progress=1, **_LET_GO)
    KnowledgeBase.objects.filter(pk=claimed.knowledge_id).update(revision=F("revision") + 1, updated_at=Now())


def fail(claimed: Claimed, owner: str, code: str, message: str, hint: str) -> None:
    """The document cannot be read, and says why. Raises Lost."""
    error = {"code": code, "message": message, "hint": hint}
    _ours(claimed.id, owner, status=DocumentStatus.FAILED, error=error, pieces=0, **_LET_GO)
    chunks = Chunk.objects.filter(document_id=claimed.id)
    chunks._raw_delete(chunks.db)


def put_back(claimed: Claimed, owner: str, wait_s: float) -> None:
    """Lets the document go, to be gone on with after a while. Raises Lost."""
    later = {"lease_owner": None, "lease_until": None, "wake_at": Now() + timedelta(seconds=wait_s)}
    _ours(claimed.id, owner, **later)


def meaning_of(heading: str, text: str) -> str:
    """What of a piece is embedded: its text, under the headings that say what it is about."""
    return f"{heading}\n{text}" if heading else text


_LET_GO: dict[str, Any] = {"lease_owner": None, "lease_until": None, "wake_at": None}


def _due(documents: Any) -> Any:
    return documents.filter(
        Q(lease_until=None) | Q(lease_until__lt=Now()), status__in=UNFINISHED, wake_at__lte=Now()
    )


def _ours(document_id: UUID, owner: str, **changes: Any) -> None:
    mine = Document.objects.filter(pk=document_id, lease_owner=owner, status__in=UNFINISHED)
    if not mine.update(**changes, updated_at=Now()):
        raise Lost
