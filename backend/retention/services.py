"""Verbs of retention: say what is kept, begin a round of clearing up, stop one, find what is due."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError
from backend.retention.cut import Cut, Wanted, doomed, find_cut, least_days, wanted_by
from backend.retention.models import Clearing, Retention
from backend.retention.preview import figures_of
from backend.retention.sizes import measure

LONGEST_DAYS: Final = 36_500
MOST_MB: Final = 100_000_000
LOOKED_EVERY: Final = timedelta(hours=1)
_ROUNDS_KEPT: Final = 20


def check(wanted: Wanted) -> Wanted:
    """Raises ApiError 422 for what cannot be wanted here."""
    if wanted.runs_days is not None and not least_days() <= wanted.runs_days <= LONGEST_DAYS:
        raise ApiError(
            422,
            "kept_too_short",
            f"Runs are kept for {least_days()} to {LONGEST_DAYS:,} days here.",
            hint="Say a number of days between these, or leave it empty to keep all.",
            field="runs_days",
        )
    if wanted.runs_mb is not None and not 1 <= wanted.runs_mb <= MOST_MB:
        raise ApiError(
            422,
            "kept_too_little",
            "What runs may take up is 1 MB at least.",
            hint="Say how many MB, or leave it empty to keep all.",
            field="runs_mb",
        )
    return wanted


def change_retention(workspace_id: UUID, wanted: Wanted) -> None:
    """Says what the workspace keeps from now on. Nothing is deleted by this; a worker looks within the hour.

    Raises ApiError 422.
    """
    check(wanted)
    with transaction.atomic():
        row, _ = Retention.objects.select_for_update().get_or_create(workspace_id=workspace_id)
        before = {name: getattr(row, name) for name in asdict(wanted)}
        if before == asdict(wanted):
            return
        for name, value in asdict(wanted).items():
            setattr(row, name, value)
        row.save()
        audit("retention.changed", row, row.workspace.name, before=before, after=asdict(wanted))


def start_clearing(workspace_id: UUID, *, is_asked: bool = False) -> Clearing:
    """Begins to delete what the workspace does not want kept; a worker does it.

    Raises ApiError 409 when nothing is to go, or when one is under way.
    """
    cut = find_cut(workspace_id, wanted_by(workspace_id))
    runs = doomed(workspace_id, cut.runs_before)
    if not runs.exists():
        raise ApiError(
            409,
            "nothing_to_clear",
            "There is nothing here that is older or more than you want kept.",
            hint="Change how long runs are kept, if you want to have room.",
        )
    expected = figures_of(workspace_id, cut.runs_before)
    try:
        with transaction.atomic():
            row = Clearing.objects.create(
                workspace_id=workspace_id,
                is_asked=is_asked,
                runs_before=cut.runs_before,
                expected=expected,
            )
            if is_asked:
                audit("retention.started", row, row.workspace.name, **expected)
            _forget_old_rounds(workspace_id)
    except IntegrityError as error:
        raise ApiError(
            409,
            "clearing_under_way",
            "Old runs are being deleted just now.",
            hint="Wait until it is done, or stop it.",
        ) from error
    row.refresh_from_db()
    return row


def cancel_clearing(workspace_id: UUID) -> Clearing:
    """Stops the round that is under way after the piece at hand. Raises ApiError 409 when there is none."""
    rows = Clearing.objects.for_workspace(workspace_id).filter(ended_at__isnull=True)
    with transaction.atomic():
        row = rows.select_for_update().first()
        if row is None:
            raise ApiError(
                409, "no_clearing", "Nothing is being deleted just now.", hint="Nothing needs to be stopped."
            )
        if row.cancel_requested_at is None:
            row.cancel_requested_at = Now()
            row.save(update_fields=["cancel_requested_at"])
            audit("retention.cancelled", row, row.workspace.name)
    row.refresh_from_db()
    return row


def last_clearing(workspace_id: UUID) -> Clearing | None:
    """The newest round of a workspace, open or ended."""
    return Clearing.objects.for_workspace(workspace_id).order_by("-created_at").first()


def begin_due() -> int:
    """Begins a round wherever something is due, looking at each workspace once an hour whoever asks.

    Returns in how many.
    """
    due = Retention.objects.filter(Q(looked_at__isnull=True) | Q(looked_at__lt=Now() - LOOKED_EVERY))
    due = due.exclude(runs_days=None, runs_mb=None)
    begun = 0
    for workspace_id in list(due.values_list("pk", flat=True)):
        if not due.filter(pk=workspace_id).update(looked_at=Now()):
            continue  # someone else has looked
        if wanted_by(workspace_id).runs_mb is not None:
            measure(workspace_id)
        begun += _begin_if_any(workspace_id)
    return begun


def clearing_json(row: Clearing | None) -> dict[str, Any] | None:
    """A round as the console shows it."""
    if row is None:
        return None
    return {
        "id": row.pk,
        "state": row.outcome or ("stopping" if row.cancel_requested_at else "working"),
        "is_asked": row.is_asked,
        "expected": row.expected,
        "done": row.done,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
    }


def saved_cut(workspace_id: UUID) -> Cut:
    """Where the workspace's own wishes cut."""
    return find_cut(workspace_id, wanted_by(workspace_id))


def _begin_if_any(workspace_id: UUID) -> bool:
    try:
        start_clearing(workspace_id)
    except ApiError:
        return False  # nothing is due, or one is under way
    return True


def _forget_old_rounds(workspace_id: UUID) -> None:
    rows = Clearing.objects.for_workspace(workspace_id).filter(ended_at__isnull=False)
    old = list(rows.order_by("-created_at").values_list("pk", flat=True)[_ROUNDS_KEPT:])
    Clearing.objects.filter(pk__in=old).delete()
