"""Up to when runs are to go. It is one moment: what ended before it goes, what ended later stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from backend.files.models import UploadedFile
from backend.knowledge.limits import MB
from backend.retention.models import Retention, RunSize
from backend.retention.sizes import AT_ONCE, bytes_of, ended, own_bytes, sizes_of
from backend.runs.models import FINAL, Blob, Run, RunBlob, RunFile
from backend.workflows.models import Version

_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """What a workspace wants kept at most; None: all."""

    runs_days: int | None = None
    runs_mb: int | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether everything is kept."""
        return self.runs_days is None and self.runs_mb is None


@dataclass(frozen=True)
class Cut:
    """What ended before `runs_before` goes: for its age, or because more is kept than wanted.

    `still_over` is by how many bytes more is left than wanted, because what is left is too young to go.
    """

    runs_before: datetime | None = None
    by_age: datetime | None = None
    by_size: datetime | None = None
    still_over: int = 0


def wanted_by(workspace_id: UUID) -> Wanted:
    """What the workspace wants."""
    row = Retention.objects.for_workspace(workspace_id).first()
    return Wanted(row.runs_days, row.runs_mb) if row else Wanted()


def least_days() -> int:
    """How many days a run is kept after its end whatever a workspace wants."""
    return settings.TREADLE_KEEP_AT_LEAST_DAYS


def find_cut(workspace_id: UUID, wanted: Wanted, now: datetime | None = None) -> Cut:
    """Where the workspace's runs are to be cut off. Reads only."""
    now = now or timezone.now()
    youngest = now - timedelta(days=least_days())
    by_age = by_size = None
    still_over = 0
    if wanted.runs_days is not None:
        by_age = min(now - timedelta(days=wanted.runs_days), youngest)
    if wanted.runs_mb is not None:
        by_size, still_over = _by_size(workspace_id, wanted.runs_mb * MB, youngest)
    moments = [moment for moment in (by_age, by_size) if moment is not None]
    return Cut(max(moments, default=None), by_age, by_size, still_over)


def doomed(workspace_id: UUID, before: datetime | None) -> QuerySet[Run]:
    """The runs that go: ended, and before that moment."""
    runs = ended(workspace_id)
    return runs.filter(finished_at__lt=before) if before is not None else runs.none()


def spare_versions(workspace_id: UUID, before: datetime | None) -> QuerySet[Version]:
    """The versions of drafts that no run needs which is kept with this cut. What is drawn now is no such one,
    nor what was drawn after that moment; versions with a number, which may be offered, stay for ever."""
    versions = Version.objects.for_workspace(workspace_id).filter(number=None)
    if before is None:
        return versions.none()
    runs = Run.objects.filter(version=OuterRef("pk"))
    kept = runs.exclude(status__in=FINAL, finished_at__isnull=False, finished_at__lt=before)
    return versions.filter(~Exists(kept), created_at__lt=before).exclude(graph_hash=F("workflow__draft_hash"))


def held_files(runs: QuerySet[Run]) -> QuerySet[UploadedFile]:
    """The files that these runs hold, each once."""
    return UploadedFile.objects.filter(Exists(RunFile.objects.filter(file=OuterRef("pk"), run__in=runs)))


def held_values(runs: QuerySet[Run]) -> QuerySet[Blob]:
    """The large values that these runs hold, each once."""
    return Blob.objects.filter(Exists(RunBlob.objects.filter(blob=OuterRef("pk"), run__in=runs)))


def all_bytes(workspace_id: UUID) -> int:
    """What the ended runs of a workspace take up with all that hangs on them."""
    runs = ended(workspace_id)
    return own_bytes(runs) + bytes_of(held_files(runs), "size_bytes") + bytes_of(held_values(runs), "bytes")


def _by_size(workspace_id: UUID, most: int, youngest: datetime) -> tuple[datetime | None, int]:
    """The oldest go until what is left fits, or is too young; and how much it is over then."""
    excess = all_bytes(workspace_id) - most
    if excess <= 0:
        return None, 0
    cut = None
    for finished_at, freed in _oldest_first(workspace_id, youngest):
        # Those that ended in the same moment go together.
        if excess <= 0 and cut is not None and finished_at >= cut:
            break
        cut, excess = finished_at + _TICK, excess - freed
    return cut, max(0, excess)


def _oldest_first(workspace_id: UUID, before: datetime) -> Iterator[tuple[datetime, int]]:
    """The runs that ended before that: when, and what is free once this and all older ones are gone."""
    rows = ended(workspace_id).filter(finished_at__lt=before).order_by("finished_at", "pk")
    group: list[tuple[UUID, datetime]] = []
    for row in rows.values_list("pk", "finished_at").iterator(chunk_size=AT_ONCE):
        group.append(row)
        if len(group) == AT_ONCE:
            yield from _freed(group)
            group = []
    yield from _freed(group)


def _freed(group: list[tuple[UUID, datetime]]) -> Iterator[tuple[datetime, int]]:
    ids = [run_id for run_id, _ in group]
    known = dict(RunSize.objects.filter(run_id__in=ids).values_list("run_id", "bytes"))
    known |= sizes_of([run_id for run_id in ids if run_id not in known])
    for holds, thing, size in ((RunFile, "file", "size_bytes"), (RunBlob, "blob", "bytes")):
        for run_id, taken in _last_held(holds, thing, size, ids):
            known[run_id] = known.get(run_id, 0) + taken
    for run_id, finished_at in group:
        yield finished_at, known.get(run_id, 0)


def _last_held(holds: Any, thing: str, size: str, ids: list[UUID]) -> Iterator[tuple[UUID, int]]:
    """Which of these runs are the last to hold something, and its bytes: with them it goes.

    What a run that is at work holds stays, whoever else held it.
    """
    things = holds.objects.filter(run_id__in=ids).values(f"{thing}_id")
    rows = holds.objects.filter(**{f"{thing}__in": things})
    last: dict[Any, tuple[bool, Any, str, UUID, int]] = {}
    for key, taken, run_id, finished_at in rows.values_list(
        f"{thing}_id", f"{thing}__{size}", "run_id", "run__finished_at"
    ):
        held = (finished_at is None, finished_at or 0, run_id.hex, run_id, taken)
        if key not in last or held[:3] > last[key][:3]:
            last[key] = held
    mine = set(ids)
    return ((held[3], held[4]) for held in last.values() if held[3] in mine)
