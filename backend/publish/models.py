"""Publications: where a version is offered to people outside the workspace, and how much they may use."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.models import WorkspaceRows
from backend.publish.slugs import LONGEST

LIMIT_FIELDS = (
    "requests_per_minute_visitor",
    "requests_per_minute_key",
    "requests_per_minute_app",
    "tokens_per_day_visitor",
    "tokens_per_day_key",
    "tokens_per_day_app",
)
HIGHEST_LIMIT = 2_000_000_000  # what an integer column of PostgreSQL holds, rounded
ANY_WEBSITE = "*"


class Publication(models.Model):
    """A workflow offered at `/c/<slug>` and under `/v1`, in one version, within limits.

    The limits protect the owner's money: those of a visitor and of a key hold for each of them, those
    of the app for all together, so that throwing a cookie away gains nobody much.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    workflow = models.OneToOneField(
        "workflows.Workflow", on_delete=models.CASCADE, related_name="publication"
    )
    version = models.ForeignKey("workflows.Version", on_delete=models.RESTRICT, related_name="+")
    slug = models.CharField(max_length=LONGEST, unique=True)
    is_enabled = models.BooleanField(default=True)
    allow_system_text = models.BooleanField(default=False)
    suggestions = models.JSONField(default=list)  # questions to start with, on the chat page
    is_on_websites = models.BooleanField(default=False)
    websites = models.JSONField(default=list)  # origins whose pages may show it, or ANY_WEBSITE

    requests_per_minute_visitor = models.PositiveIntegerField(default=10)
    requests_per_minute_key = models.PositiveIntegerField(default=60)
    requests_per_minute_app = models.PositiveIntegerField(default=120)
    tokens_per_day_visitor = models.PositiveIntegerField(default=50_000)
    tokens_per_day_key = models.PositiveIntegerField(default=500_000)
    tokens_per_day_app = models.PositiveIntegerField(default=1_000_000)

    published_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(**{f"{name}__gte": 1}), name=f"limit_{name}_is_positive")
            for name in LIMIT_FIELDS
        ]

    def __str__(self) -> str:
        return self.slug


class TokenTotal(models.Model):
    """What the ended runs of one day have cost: for one person or key (`who`), or for the whole app ("")."""

    publication = models.ForeignKey(
        Publication, on_delete=models.CASCADE, related_name="token_totals", db_index=False
    )
    day = models.DateField()
    who = models.CharField(max_length=211, blank=True)
    tokens = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "day", "who"], name="token_total_is_single")
        ]

    def __str__(self) -> str:
        return f"{self.who or 'all'} on {self.day}: {self.tokens}"


class TokenHold(models.Model):
    """A run whose cost is not in the totals yet: it is under way, or has ended since we last looked."""

    run = models.OneToOneField("runs.Run", on_delete=models.CASCADE, primary_key=True, related_name="+")
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="token_holds")
    day = models.DateField()
    who = models.CharField(max_length=211)

    def __str__(self) -> str:
        return f"{self.who} on {self.day}"
