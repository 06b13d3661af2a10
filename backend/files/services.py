"""Verbs of files: keep one that is sent, find those that somebody names, forget those that nobody holds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import QuerySet, Sum

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.accounts.strict_json import Json
from backend.files.limits import (
    MOST_UNUSED,
    MOST_UNUSED_OF_VISITORS_MB,
    UPLOAD_MB,
    UPLOADS_MB,
)
from backend.files.models import UploadedFile
from backend.knowledge.limits import MB
from backend.knowledge.services import Upload
from backend.knowledge.storage import remove_file, store_file
from backend.knowledge.titles import title_of
from nodes.sdk.file_types import HEAD_BYTES, mime_of

ANY_REF = "key"
"""The audience whose files are all holders' of the app's keys alike, as its runs are."""


@dataclass(frozen=True)
class Sender:
    """Who sends a file, or names one: to which app, and as whom."""

    workspace_id: uuid.UUID
    workflow_id: uuid.UUID
    audience: str
    ref: str


def keep_upload(sender: Sender, upload: Upload) -> UploadedFile:
    """Stores a file. Raises ApiError 413 or 422 when it cannot be taken, 409 or 429 when there is no room."""
    name = title_of(upload.name)
    if upload.size_bytes > UPLOAD_MB * MB:
        raise ApiError(
            413, "file_too_large", f"{name} is larger than {UPLOAD_MB} MB, which is the limit.", field="file"
        )
    if upload.size_bytes == 0:
        raise ApiError(422, "file_empty", f"There is nothing in {name}.", field="file")
    _check_unused(sender, upload.size_bytes)
    return _keep(sender, name, upload, partial(_check_unused, sender))


def keep_made(
    sender: Sender, name: str, content: bytes, hold: Callable[[UploadedFile], object]
) -> UploadedFile:
    """Stores a file that a run made for the one it runs for. `hold` is called in the same transaction.

    Raises ApiError 409 when there is no room.
    """
    name = title_of(name)
    _check_room(sender, len(content))
    upload = Upload(name, len(content), [content])
    return _keep(sender, name, upload, partial(_check_room, sender), hold)


def _keep(
    sender: Sender,
    name: str,
    upload: Upload,
    check: Callable[[int], None],
    hold: Callable[[UploadedFile], object] = lambda _: None,
) -> UploadedFile:
    pieces = iter(upload.pieces)
    head = next(pieces, b"")
    stored = store_file(sender.workspace_id, _again(head, pieces))
    try:
        with transaction.atomic():
            # Room is given out one upload after the other; SQLite does that by itself.
            Workspace.objects.select_for_update().get(pk=sender.workspace_id)
            check(stored.size_bytes)
            row = UploadedFile.objects.create(
                workspace_id=sender.workspace_id,
                workflow_id=sender.workflow_id,
                audience=sender.audience,
                audience_ref=sender.ref,
                name=name,
                mime=mime_of(head[:HEAD_BYTES], name),
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
                file=stored.name,
            )
            hold(row)
    except BaseException:
        remove_file(sender.workspace_id, stored.name)
        raise
    row.refresh_from_db()
    return row


def find_files(sender: Sender, ids: Iterable[str]) -> dict[str, dict[str, Json]]:
    """Those of `ids` that are the sender's, as runs see them. To be called in the run's own transaction."""
    wanted = {pk: text for text in ids if (pk := _as_uuid(text)) is not None}
    if not wanted:
        return {}
    # Held until the run holds them: the removal of unused files waits.
    rows = _of(sender).filter(pk__in=wanted).select_for_update().order_by("pk")
    return {wanted[row.pk]: value_of(row) for row in rows}


def find_file(sender: Sender, file_id: uuid.UUID) -> UploadedFile | None:
    """The file, if it is the sender's: one that they sent, or that was made for them."""
    return _of(sender).filter(pk=file_id).first()


def value_of(row: UploadedFile) -> dict[str, Json]:
    """A file as steps see it."""
    return {"file_id": str(row.pk), "name": row.name, "mime": row.mime, "size": row.size_bytes}


def file_json(row: UploadedFile) -> dict[str, Json]:
    """A file as its sender hears of it; the names are those that Dify's clients read."""
    ending = row.name.rpartition(".")[2].lower() if "." in row.name else ""
    return {
        "id": str(row.pk),
        "name": row.name,
        "size": row.size_bytes,
        "extension": ending[:20],
        "mime_type": row.mime,
        "created_at": int(row.created_at.timestamp()),
    }


def _check_unused(sender: Sender, size_bytes: int) -> None:
    """Whether the sender may send one more that no run was given yet, and whether there is room."""
    mine = UploadedFile.objects.for_workspace(sender.workspace_id)
    unused = mine.filter(run_uses__isnull=True)
    if unused.filter(pk__in=_of(sender)).count() >= MOST_UNUSED:
        raise _too_many()
    if sender.audience == "visitor":
        others = unused.filter(workflow_id=sender.workflow_id, audience="visitor")
        if _bytes(others) + size_bytes > MOST_UNUSED_OF_VISITORS_MB * MB:
            raise _too_many()
    _check_room(sender, size_bytes)


def _check_room(sender: Sender, size_bytes: int) -> None:
    mine = UploadedFile.objects.for_workspace(sender.workspace_id)
    if _bytes(mine) + size_bytes > UPLOADS_MB * MB:
        raise ApiError(
            409,
            "storage_full",
            f"Files that come with messages may take up {UPLOADS_MB:,} MB here; there is no room for more.",
            hint="Delete apps that are not needed any more.",
        )


def _too_many() -> ApiError:
    message = "Many files were uploaded here that no message has used yet."
    return ApiError(429, "too_many_uploads", message, hint="Send a message with them, or come back tomorrow.")


def _of(sender: Sender) -> QuerySet[UploadedFile]:
    rows = UploadedFile.objects.for_workspace(sender.workspace_id)
    rows = rows.filter(workflow_id=sender.workflow_id, audience=sender.audience)
    return rows if sender.audience == ANY_REF else rows.filter(audience_ref=sender.ref)


def _bytes(rows: QuerySet[UploadedFile]) -> int:
    return rows.aggregate(used=Sum("size_bytes"))["used"] or 0


def _again(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
