"""What goes wrong most often, and where: from the latest runs that failed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from backend.insights.steps import drawn_path, paths_drawn
from backend.runs.models import Event, Run
from backend.workflows.models import Workflow

MOST_RUNS: Final = 1_000
SHOWN: Final = 5
_IN_OWN_WORDS: Final = "stopped"
"""The code of a failure that the app's maker wrote: what it says tells one from another."""


def commonest_faults(workflow: Workflow, failed: QuerySet[Run]) -> list[dict[str, Any]]:
    """[{"error", "count", "run", "path"}], the most frequent first.

    `error` and `run` are the latest of their kind; `path` is the step of that run where it went wrong, as
    it is drawn now, "" where it is not drawn any more or no step failed.
    """
    kinds: dict[tuple[str, str], list[tuple[UUID, dict[str, Any]]]] = defaultdict(list)
    latest = failed.order_by("-created_at", "-pk").values_list("pk", "error", "status")
    for pk, error, status in latest[:MOST_RUNS]:
        error = error or {"code": f"run_{status}", "message": "", "hint": ""}
        kinds[error["code"], error["message"] if error["code"] == _IN_OWN_WORDS else ""].append((pk, error))
    most = sorted(kinds.values(), key=len, reverse=True)[:SHOWN]
    failed_at = _failed_at([found[0][0] for found in most])
    drawn = paths_drawn(workflow.draft)
    return [
        {
            "error": error,
            "count": len(found),
            "run": run,
            "path": path if (path := failed_at.get(run, "")) in drawn else "",
        }
        for found in most
        for run, error in found[:1]
    ]


def _failed_at(runs: list[UUID]) -> dict[UUID, str]:
    """The step of each run that failed last; the innermost, as what it stands in fails with it."""
    found: dict[UUID, str] = {}
    rows = Event.objects.filter(run__in=runs, type="node_failed").order_by("run", "seq")
    for run, path in rows.values_list("run_id", "path"):
        path = drawn_path(path)
        if not found.get(run, "").startswith(f"{path}."):
            found[run] = path
    return found
