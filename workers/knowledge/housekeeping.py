"""Removes uploaded files that no document has: a crash between storing and noting leaves one behind."""

from __future__ import annotations

from backend.knowledge.models import Document
from backend.knowledge.storage import old_files, remove_file

_OLD_S = 24 * 3600.0


def remove_orphans(older_than_s: float = _OLD_S) -> int:
    """Gives how many were removed. Young files are left: their rows may be about to come."""
    removed = 0
    for workspace_id, name in old_files(older_than_s):
        if not Document.objects.filter(workspace_id=workspace_id, file=name).exists():
            remove_file(workspace_id, name)
            removed += 1
    return removed
