"""Removes uploaded files that nothing needs: a crash between storing and noting leaves one behind."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from backend.files.limits import UNUSED_KEPT
from backend.files.models import UploadedFile
from backend.knowledge.models import Document
from backend.knowledge.storage import old_files, remove_file

_OLD_S = 24 * 3600.0
_AT_ONCE = 500


def remove_orphans(older_than_s: float = _OLD_S) -> int:
    """Gives how many files were removed. Young ones are left: their rows may be about to come."""
    removed = 0
    for workspace_id, name in old_files(older_than_s):
        known = (model.objects.filter(workspace_id=workspace_id, file=name) for model in _NAMED_BY)
        if not any(rows.exists() for rows in known):
            remove_file(workspace_id, name)
            removed += 1
    return removed


def forget_unused(kept: timedelta = UNUSED_KEPT) -> int:
    """Deletes files that came for a message and that no run holds; gives how many."""
    before = timezone.now() - kept
    due = UploadedFile.objects.filter(created_at__lt=before, run_uses__isnull=True)
    return sum(_forget(pk, file) for pk, file in due.values_list("pk", "file")[:_AT_ONCE])


def _forget(pk: object, file: str) -> bool:
    with transaction.atomic():
        # A run that is being accepted with it holds the row; afterwards it is used.
        row = UploadedFile.objects.select_for_update().filter(pk=pk).first()
        if row is None or row.run_uses.exists():
            return False
        workspace_id = row.workspace_id
        row.delete()
        transaction.on_commit(lambda: remove_file(workspace_id, file))
    return True


_NAMED_BY = (Document, UploadedFile)
