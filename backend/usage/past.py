"""Keeps what runs had used before they are deleted, in the transaction that deletes them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, QuerySet, Value, When

from backend.runs.models import FINAL, Audience, Run
from backend.runs.sql import dialect
from backend.usage.sums import SUMS, DayOf
from backend.workflows.models import Workflow

_ADD = (
    "INSERT INTO usage_pastuse"
    " (workspace_id, day, workflow_id, app, audience, audience_ref, runs, tokens, cost, unpriced)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (workspace_id, day, workflow_id, audience, audience_ref) DO UPDATE SET"
    " app = excluded.app, runs = usage_pastuse.runs + excluded.runs,"
    " tokens = usage_pastuse.tokens + excluded.tokens, cost = usage_pastuse.cost + excluded.cost,"
    " unpriced = usage_pastuse.unpriced + excluded.unpriced"
)


def keep_use(runs: QuerySet[Run]) -> None:
    """Adds what these runs, which are about to be deleted, had used to what is kept."""
    groups = (
        runs.filter(status__in=FINAL)
        .order_by()
        .annotate(
            day=DayOf("created_at"),
            who=Case(
                When(audience=Audience.VISITOR, then=Value("")),
                default=F("audience_ref"),
                output_field=CharField(),
            ),
            app=Case(When(workflow__is_hidden=True, then=Value("")), default=F("workflow__name")),
        )
        .values_list("workspace_id", "day", "workflow_id", "app", "audience", "who")
        .annotate(**SUMS)
        .order_by("workspace_id", "day", "workflow_id", "audience", "who")
    )
    sql = dialect()
    rows = [
        [sql.uuid(workspace), day, sql.uuid(workflow), app, audience, who, count, tokens or 0, cost, unpriced]
        for workspace, day, workflow, app, audience, who, count, tokens, cost, unpriced in groups
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)


def keep_use_of_app(instance: Workflow, **_: Any) -> None:
    """The same for an app that is about to be deleted with all of its runs."""
    keep_use(Run.objects.for_workspace(instance.workspace_id).filter(workflow=instance))
