"""Which worker is at a round of clearing up. By the database's clock, as for runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from backend.retention.models import Clearing
from backend.runs.timings import TIMINGS


def lease_later() -> Any:
    """Until when a lease taken now holds."""
    return Now() + timedelta(seconds=TIMINGS.lease_s)


def claim(owner: str, clearing_id: UUID | None = None) -> UUID | None:
    """Takes an open round that nobody is at, or that one if nobody is; None when there is none."""
    free = Clearing.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
    free = free.filter(ended_at__isnull=True)
    if clearing_id is not None:
        free = free.filter(pk=clearing_id)
    for found in free.order_by("created_at").values_list("pk", flat=True)[:10]:
        if free.filter(pk=found).update(lease_owner=owner, lease_until=lease_later()):
            return found
    return None


def let_go(clearing_id: UUID, owner: str) -> None:
    """Leaves a round to others."""
    mine = Clearing.objects.filter(pk=clearing_id, lease_owner=owner, ended_at__isnull=True)
    mine.update(lease_owner="", lease_until=None)
