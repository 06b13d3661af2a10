"""Which step of which run a run went on from, as it is kept and as it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backend.runs.models import Run


def origin_at(run: Run, path: str, type: str) -> dict[str, str]:
    """What a run keeps of the step that it goes on from: enough to name it when `run` is gone.

    `title` is "" where nobody gave the step one, or where it belongs to an app inside.
    """
    return {"run": str(run.pk), "path": path, "title": _title_at(run.version.graph, path), "type": type}


def shown_origins(workspace_id: UUID, runs: Iterable[Run]) -> dict[UUID, dict[str, Any]]:
    """The origins of those of `runs` that have one, by their ids. `is_kept`: that run is still there."""
    told: dict[UUID, dict[str, Any]] = {run.pk: run.origin for run in runs if run.origin}
    if not told:
        return {}
    named = {origin["run"] for origin in told.values()}
    rows = Run.objects.for_workspace(workspace_id).filter(pk__in=named)
    kept = {str(pk) for pk in rows.values_list("pk", flat=True)}
    return {pk: {**origin, "is_kept": origin["run"] in kept} for pk, origin in told.items()}


def _title_at(graph: Mapping[str, Any], path: str) -> str:
    title = ""
    for part in path.split("."):
        id = part.partition("[")[0]
        node: Mapping[str, Any] = next((one for one in graph.get("nodes") or [] if one["id"] == id), {})
        title, graph = str(node.get("title") or ""), node.get("body") or {}
    return title
