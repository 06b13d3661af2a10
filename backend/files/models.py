"""Files that people send along with a message.

A row is there once its file is whole on the disk. It belongs to one app and to who sent it; runs that were
given it hold it (`runs.RunFile`), and one that no run holds any more is removed after a day.
"""

import uuid

from django.db import models
from django.db.models.functions import Now

from backend.accounts.models import Workspace, WorkspaceRows
from backend.workflows.models import Workflow


class UploadedFile(models.Model):
    """One file. `file` is the name that our storage gave it; the sender's own name is only a label.

    `mime` was found out from the content. `audience` and `audience_ref` say whose it is, as runs say it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="+")
    audience = models.CharField(max_length=10)
    audience_ref = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workflow", "audience", "audience_ref"], name="file_of_sender"),
            models.Index(fields=["created_at"], name="file_by_age"),
            models.Index(fields=["file"], name="file_by_stored_name"),
        ]

    def __str__(self) -> str:
        return self.name
