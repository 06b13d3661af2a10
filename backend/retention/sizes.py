"""What runs take up. A run's own bytes are its facts, its row and its messages; values that stand apart and
files count beside them, once each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Func, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from backend.retention.models import RunSize
from backend.runs.models import FINAL, Event, Message, Run

AT_ONCE: Final = 500

# What a row takes beside its texts, with its places in indexes; measured on SQLite, rounded.
FACT: Final = 150
_RUN: Final = 600
_MESSAGE: Final = 250


class Bytes(Func):
    """How many bytes a text takes; 0 for none."""

    output_field = IntegerField()
    template = "COALESCE(OCTET_LENGTH(%(expressions)s), 0)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite's LENGTH counts characters, and bytes only of a blob."""
        return self.as_sql(
            compiler, connection, template="COALESCE(LENGTH(CAST(%(expressions)s AS BLOB)), 0)", **context
        )


def ended(workspace_id: UUID) -> QuerySet[Run]:
    """The runs of a workspace to which nothing more will happen."""
    return Run.objects.for_workspace(workspace_id).filter(status__in=FINAL, finished_at__isnull=False)


def sizes_of(run_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The own bytes of each of these runs that is there."""
    own = sum((Bytes(F(name)) for name in _TEXTS), Value(_RUN))
    sizes = dict(Run.objects.filter(pk__in=run_ids).annotate(own=own).values_list("pk", "own"))
    facts = Bytes(F("data")) + Bytes(F("path")) + Bytes(F("type")) + Value(FACT)
    messages = Bytes(F("text")) + Value(_MESSAGE)
    for model, one in ((Event, facts), (Message, messages)):
        rows = model.objects.filter(run_id__in=run_ids).order_by().values("run_id").annotate(all=Sum(one))
        for run_id, taken in rows.values_list("run_id", "all"):
            if run_id in sizes:
                sizes[run_id] += taken
    return sizes


def measure(workspace_id: UUID) -> int:
    """Measures the ended runs of a workspace that were not measured yet; returns how many."""
    measured = 0
    while ids := list(ended(workspace_id).filter(size__isnull=True).values_list("pk", flat=True)[:AT_ONCE]):
        rows = [
            RunSize(run_id=run_id, workspace_id=workspace_id, bytes=taken)
            for run_id, taken in sizes_of(ids).items()
        ]
        RunSize.objects.bulk_create(rows, ignore_conflicts=True)
        measured += len(rows)
    return measured


def own_bytes(runs: QuerySet[Run]) -> int:
    """The own bytes of these runs, of those not measured yet too. Stores nothing."""
    known = runs.aggregate(all=Coalesce(Sum("size__bytes"), 0))["all"]
    for ids in in_groups(runs.filter(size__isnull=True)):
        known += sum(sizes_of(ids).values())
    return known


def bytes_of(things: QuerySet[Any], size: str) -> int:
    """What these files or values take up; `size` is the column that says it of each."""
    return things.aggregate(all=Coalesce(Sum(size), 0))["all"]


def in_groups(runs: QuerySet[Run]) -> Any:
    """The ids of runs, some at a time."""
    group: list[UUID] = []
    for run_id in runs.values_list("pk", flat=True).iterator(chunk_size=AT_ONCE):
        group.append(run_id)
        if len(group) == AT_ONCE:
            yield group
            group = []
    if group:
        yield group


_TEXTS: Final = (
    "query", "inputs", "history", "limits", "answer", "outputs", "error", "usage", "sources", "waiting",
)  # fmt: skip
