"""Verbs of knowledge: make, change and delete a base; add, retry and delete a document."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Now

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import User, Workspace
from backend.knowledge import bell
from backend.knowledge.limits import (
    FILE_MB,
    MB,
    MOST_DOCUMENTS,
    MOST_FILES_AT_ONCE,
    MOST_KNOWLEDGE_BASES,
    WORKSPACE_MB,
)
from backend.knowledge.models import Chunk, Document, DocumentStatus, Embedding, KnowledgeBase
from backend.knowledge.storage import remove_file, store_file
from backend.knowledge.titles import title_of
from nodes.sdk.document_fields import FieldKind


@dataclass(frozen=True)
class Upload:
    """A file as it comes in: the name it had, how large it is, and its content in pieces."""

    name: str
    size_bytes: int
    pieces: Iterable[bytes]


def create_knowledge(*, workspace_id: uuid.UUID, name: str, description: str = "") -> KnowledgeBase:
    """A new, empty knowledge base."""
    if KnowledgeBase.objects.for_workspace(workspace_id).count() >= MOST_KNOWLEDGE_BASES:
        raise ApiError(
            409, "too_many_knowledge_bases", f"There are {MOST_KNOWLEDGE_BASES} collections here already."
        )
    made = KnowledgeBase.objects.create(workspace_id=workspace_id, name=name, description=description)
    made.refresh_from_db()
    return made


def change_knowledge(knowledge: KnowledgeBase, *, name: str | None, description: str | None) -> KnowledgeBase:
    """Gives it another name or description; what is None stays."""
    given = {"name": name, "description": description}
    changes = {field: value for field, value in given.items() if value is not None}
    KnowledgeBase.objects.filter(pk=knowledge.pk).update(**changes, updated_at=Now())
    knowledge.refresh_from_db()
    return knowledge


def delete_knowledge(knowledge: KnowledgeBase) -> None:
    """Deletes it with its documents, their files, pieces and vectors. Apps that use it will say so."""
    with transaction.atomic():
        # First those that are being read, then the collection, as workers do; then nothing more can come.
        _hold(Document.objects.filter(knowledge=knowledge))
        _hold(KnowledgeBase.objects.filter(pk=knowledge.pk))
        _hold(Document.objects.filter(knowledge=knowledge))
        files = list(Document.objects.filter(knowledge=knowledge).values_list("file", flat=True))
        _delete_chunks(Chunk.objects.filter(knowledge=knowledge))
        workspace_id = knowledge.workspace_id
        audit("knowledge.deleted", knowledge, knowledge.name, documents=len(files))
        knowledge.delete()
        _forget_meanings(workspace_id)
        transaction.on_commit(lambda: _remove_files(workspace_id, files))


def add_documents(
    knowledge: KnowledgeBase, uploads: Sequence[Upload], *, by: User | None = None
) -> list[Document]:
    """Stores files and has them read in the background: all of them, or none.

    Raises ApiError 413 or 422 naming the file that cannot be taken, 409 when there is no more room, 404 when
    the collection was deleted meanwhile.
    """
    _check_uploads(uploads)
    workspace_id = knowledge.workspace_id
    stored: list[str] = []
    try:
        rows = []
        for upload in uploads:
            file = store_file(workspace_id, upload.pieces)
            stored.append(file.name)
            rows.append(
                Document(
                    workspace_id=workspace_id,
                    knowledge=knowledge,
                    title=title_of(upload.name),
                    file=file.name,
                    size_bytes=file.size_bytes,
                    sha256=file.sha256,
                    uploaded_by=by,
                    wake_at=Now(),
                )
            )
        with transaction.atomic():
            # Room is given out one upload after the other; SQLite does that by itself.
            Workspace.objects.select_for_update().get(pk=workspace_id)
            if not _hold(KnowledgeBase.objects.filter(pk=knowledge.pk)):
                raise not_found("This collection")
            _check_room(knowledge, rows)
            Document.objects.bulk_create(rows)
            KnowledgeBase.objects.filter(pk=knowledge.pk).update(updated_at=Now())
            for row in rows:
                transaction.on_commit(lambda pk=row.pk: bell.ring(pk))
    except BaseException:
        _remove_files(workspace_id, stored)
        raise
    found = Document.objects.select_related("uploaded_by").in_bulk([row.pk for row in rows])
    return [found[row.pk] for row in rows]


def retry_document(document: Document) -> Document:
    """Has a failed document read once more. Raises ApiError 409 for one that has not failed."""
    changed = Document.objects.filter(pk=document.pk, status=DocumentStatus.FAILED).update(
        status=DocumentStatus.WAITING,
        error=None,
        notices=[],
        progress=0,
        attempts=0,
        wake_at=Now(),
        updated_at=Now(),
    )
    if not changed:
        raise ApiError(409, "document_not_failed", "Only a document that could not be read is tried again.")
    transaction.on_commit(lambda: bell.ring(document.pk))
    document.refresh_from_db()
    return document


def delete_document(document: Document) -> None:
    """Deletes a document with its file, pieces and vectors, also while it is being read."""
    workspace_id, file = document.workspace_id, document.file
    with transaction.atomic():
        _hold(Document.objects.filter(pk=document.pk))
        _delete_chunks(Chunk.objects.filter(document=document))
        audit("document.deleted", document, document.title)
        Document.objects.filter(pk=document.pk).delete()
        _forget_meanings(workspace_id)
        KnowledgeBase.objects.filter(pk=document.knowledge_id).update(
            revision=F("revision") + 1, updated_at=Now()
        )
        transaction.on_commit(lambda: _remove_files(workspace_id, [file]))


def missing_knowledge(workspace_id: uuid.UUID, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are no knowledge base of the workspace: deleted, another's, or no id at all."""
    wanted = {text: _as_uuid(text) for text in ids}
    known = set(
        KnowledgeBase.objects.for_workspace(workspace_id)
        .filter(pk__in=[pk for pk in wanted.values() if pk is not None])
        .values_list("pk", flat=True)
    )
    return {text for text, pk in wanted.items() if pk not in known}


def fields_of_knowledge(workspace_id: uuid.UUID, ids: Iterable[str]) -> dict[str, list[FieldKind]]:
    """The fields that any of these collections of the workspace gives its documents, each with its kinds:
    two collections may mean different things by one name."""
    known = [one for text in ids if (one := _as_uuid(text)) is not None]
    rows = (
        KnowledgeBase.objects.for_workspace(workspace_id)
        .filter(pk__in=known)
        .values_list("fields", flat=True)
    )
    kinds: dict[str, set[FieldKind]] = {}
    for one in chain.from_iterable(rows):
        kinds.setdefault(one["name"], set()).add(one["kind"])
    return {name: sorted(each) for name, each in kinds.items()}


def _check_uploads(uploads: Sequence[Upload]) -> None:
    if not uploads:
        raise ApiError(422, "missing_field", "No file was sent.", field="files")
    if len(uploads) > MOST_FILES_AT_ONCE:
        raise ApiError(
            422,
            "too_many_files",
            f"{len(uploads)} files were sent at once; {MOST_FILES_AT_ONCE} is the limit.",
            hint="Add them in smaller groups.",
            field="files",
        )
    for upload in uploads:
        name = title_of(upload.name)
        if upload.size_bytes > FILE_MB * MB:
            raise ApiError(
                413,
                "file_too_large",
                f"{name} is larger than {FILE_MB} MB, which is the limit.",
                hint="Split it, or save it without pictures.",
                field="files",
            )
        if upload.size_bytes == 0:
            raise ApiError(422, "file_empty", f"There is nothing in {name}.", field="files")


def _check_room(knowledge: KnowledgeBase, rows: Sequence[Document]) -> None:
    if knowledge.documents.count() + len(rows) > MOST_DOCUMENTS:
        raise ApiError(409, "too_many_documents", f"A collection holds at most {MOST_DOCUMENTS:,} documents.")
    mine = Document.objects.for_workspace(knowledge.workspace_id)
    used = mine.aggregate(used=Sum("size_bytes"))["used"] or 0
    if used + sum(row.size_bytes for row in rows) > WORKSPACE_MB * MB:
        raise ApiError(
            409,
            "storage_full",
            f"The files of this workspace may take up {WORKSPACE_MB:,} MB; there is no room for more.",
            hint="Delete documents that are not needed any more.",
        )


def _hold(rows: QuerySet[Any]) -> int:
    """Waits for a worker that is changing these rows, and keeps others away until the transaction ends."""
    return len(rows.select_for_update().order_by("pk").values_list("pk"))


def _delete_chunks(chunks: object) -> None:
    """By one statement: nothing hangs on a chunk, and there may be a hundred thousand."""
    chunks._raw_delete(chunks.db)  # type: ignore[attr-defined]


def _forget_meanings(workspace_id: uuid.UUID) -> None:
    """Deletes the vectors that no piece of the workspace has any more."""
    still_used = Chunk.objects.filter(workspace_id=OuterRef("workspace_id"), hash=OuterRef("hash"))
    Embedding.objects.filter(~Exists(still_used), workspace_id=workspace_id).delete()


def _remove_files(workspace_id: uuid.UUID, names: Iterable[str]) -> None:
    for name in names:
        remove_file(workspace_id, name)


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
