"""What a workspace wants kept, and its rounds of clearing up.

Nothing here decides what goes: that is `cut.py`, from the settings and the runs alone.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import Workspace, WorkspaceRows
from backend.runs.columns import JsonText
from backend.runs.models import Run


class Retention(models.Model):
    """How much of its runs a workspace keeps. No row, or a field that is None, means: all of it.

    `looked_at` is when a worker last looked whether anything is due: one look an hour, whoever looks.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    runs_days = models.PositiveIntegerField(null=True)
    runs_mb = models.PositiveIntegerField(null=True)
    looked_at = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return f"{self.workspace_id}: {self.runs_days} days, {self.runs_mb} MB"


class RunSize(models.Model):
    """What an ended run takes up by itself, in bytes: measured once, for it changes no more."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="size")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    bytes = models.PositiveBigIntegerField()

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return f"{self.run_id}: {self.bytes}"


class Clearing(models.Model):
    """One round of deleting what a workspace does not want kept: what is to go, and how far it is.

    The lease says which worker is at it. `at_hand` is what a worker has begun and must be brought to its end
    by whoever comes next, also when the round was stopped: {"run": id or None, "files": [stored names]}.
    """

    class Outcome(models.TextChoices):
        """How it ended."""

        DONE = "done"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    is_asked = models.BooleanField(default=False)  # by a person; else it was time
    runs_before = models.DateTimeField(null=True)
    expected = JsonText(default=dict)
    done = JsonText(default=dict)
    at_hand = JsonText(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    cancel_requested_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(ended_at__isnull=True), name="clearing_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="clearing_has_an_outcome_when_ended",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="clearing_newest_first")]

    def __str__(self) -> str:
        return f"{self.workspace_id} {self.outcome or 'open'}"
