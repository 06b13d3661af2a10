"""The dry run: what would go, in figures. Nothing is changed, also not what was measured."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from backend.files.models import UploadedFile
from backend.retention.cut import Cut, all_bytes, doomed, held_files, held_values, spare_versions
from backend.retention.sizes import bytes_of, ended, own_bytes
from backend.retention.streams import count_streams
from backend.runs.models import Blob, Conversation, Message, Run, RunBlob, RunFile
from backend.runs.views_of_run import stamp


def preview(workspace_id: UUID, cut: Cut) -> dict[str, Any]:
    """What a clearing with this cut would delete, app by app and in all, and what it would leave."""
    runs = doomed(workspace_id, cut.runs_before)
    figures = figures_of(workspace_id, cut.runs_before)
    spared = ended(workspace_id).count() - figures["runs"]
    return {
        **figures,
        "runs_before": stamp(cut.runs_before),
        "by_age": stamp(cut.by_age),
        "by_size": stamp(cut.by_size),
        "still_over": cut.still_over,
        "conversations_shortened": _touched(workspace_id, runs).count() - figures["conversations"],
        "streams": count_streams(runs),
        "apps": _apps(runs),
        "kept": {"runs": spared, "bytes": all_bytes(workspace_id) - figures["bytes"]},
    }


def figures_of(workspace_id: UUID, before: datetime | None) -> dict[str, int]:
    """How much of each kind goes with what ended before that moment."""
    runs = doomed(workspace_id, before)
    files, values = _files(runs), _values(runs)
    counted = runs.aggregate(runs=Count("pk"), facts=Coalesce(Sum("last_seq"), 0))
    return {
        **counted,
        "messages": Message.objects.filter(run__in=runs).count(),
        "conversations": _emptied(workspace_id, runs).count(),
        "files": files.count(),
        "values": values.count(),
        "versions": spare_versions(workspace_id, before).count(),
        "bytes": own_bytes(runs) + bytes_of(files, "size_bytes") + bytes_of(values, "bytes"),
    }


def _apps(runs: QuerySet[Run]) -> list[dict[str, Any]]:
    by_app = runs.order_by().values("workflow_id", "workflow__name", "workflow__is_hidden")
    rows = by_app.annotate(n=Count("pk"), oldest=Min("finished_at"), newest=Max("finished_at"))
    return [
        {
            "workflow_id": str(row["workflow_id"]),
            # Runs of the server's own, as when a model is tried out, belong to no app that anyone knows.
            "name": "" if row["workflow__is_hidden"] else row["workflow__name"],
            "runs": row["n"],
            "oldest": stamp(row["oldest"]),
            "newest": stamp(row["newest"]),
            "bytes": own_bytes(of_app)
            + bytes_of(_files(of_app), "size_bytes")
            + bytes_of(_values(of_app), "bytes"),
        }
        for row in rows.order_by("-n", "workflow__name")
        for of_app in [runs.filter(workflow_id=row["workflow_id"])]
    ]


def _files(runs: QuerySet[Run]) -> QuerySet[UploadedFile]:
    """Files that no other run holds."""
    others = RunFile.objects.filter(file=OuterRef("pk")).exclude(run__in=runs)
    return held_files(runs).filter(~Exists(others))


def _values(runs: QuerySet[Run]) -> QuerySet[Blob]:
    """Large values that no other run holds."""
    others = RunBlob.objects.filter(blob=OuterRef("pk")).exclude(run__in=runs)
    return held_values(runs).filter(~Exists(others))


def _touched(workspace_id: UUID, runs: QuerySet[Run]) -> QuerySet[Conversation]:
    """Conversations that lose something of what was said."""
    going = runs.filter(conversation=OuterRef("pk"))
    return Conversation.objects.for_workspace(workspace_id).filter(Exists(going))


def _emptied(workspace_id: UUID, runs: QuerySet[Run]) -> QuerySet[Conversation]:
    """Conversations of which nothing is left."""
    staying = Run.objects.filter(conversation=OuterRef("pk")).exclude(pk__in=runs.values("pk"))
    return _touched(workspace_id, runs).filter(~Exists(staying))
