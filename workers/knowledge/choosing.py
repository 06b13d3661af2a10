"""Which documents a search looks in, by what is known of them.

All documents of the collections, 10,000 in each at most, are read by one query and judged here and not by
the database: what counts as the same text is then the same on both databases, and as in all other steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any
from uuid import UUID

from backend.knowledge.models import Document, DocumentStatus
from nodes.sdk.document_fields import FieldKind
from nodes.sdk.document_filter import DocumentFilter, Fits, fits

_KNOWN = ("pk", "title", "kind", "created_at", "uploaded_by__email", "language", "field_values")


@dataclass(frozen=True)
class Base:
    """A collection that is searched. `fields` are its own, by name with their kinds."""

    id: UUID
    revision: int
    model: str
    fields: Mapping[str, FieldKind] = field(default_factory=dict[str, FieldKind])


def chosen_documents(bases: Sequence[Base], only: DocumentFilter | None) -> Collection[UUID] | None:
    """The ids of the ready documents that fit; None where there is no condition.

    Where all fit they are named all the same: one that becomes ready before the search was judged by nobody.
    Raises NodeError as `document_filter.fits`.
    """
    if only is None or not only.conditions:
        return None
    known = {name: kind for base in bases for name, kind in base.fields.items()}
    found: set[UUID] = set()
    for base in bases:
        is_chosen = fits(only, base.fields, known)
        ready = Document.objects.filter(knowledge_id=base.id, status=DocumentStatus.READY)
        rows = ready.values_list(*_KNOWN)
        found |= {row[0] for row in rows if _is_chosen(row, is_chosen)}
    return found


def _is_chosen(row: tuple[Any, ...], is_chosen: Fits) -> bool:
    _, title, kind, created_at, email, language, own = row
    return is_chosen(
        {
            **own,
            "name": title,
            "kind": kind,
            "uploaded_at": created_at.astimezone(UTC).date().isoformat(),
            "uploaded_by": email or "",
            "language": language,
        }
    )
