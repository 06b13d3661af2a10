"""One small piece of a clearing at a time, each a short transaction: others want to write too.

A piece and what it counts for are stored together, so whoever is killed leaves a round that another worker
takes up where it was. What cannot be rolled back is done in the order that leaves nothing: streams in Redis
before the transaction (readers of a run that has ended fall back on its journal), files on the disk after
it, with their names in the round's `at_hand` until they are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Sum, Value
from django.db.models.functions import Coalesce, Now

from backend.accounts.audit import audit
from backend.files.models import UploadedFile
from backend.knowledge.storage import remove_file
from backend.retention.cut import doomed, spare_versions
from backend.retention.leases import lease_later
from backend.retention.models import Clearing
from backend.retention.sizes import FACT, Bytes, sizes_of
from backend.retention.streams import remove_streams
from backend.runs import blobs
from backend.runs.again import tried_again
from backend.runs.failpoint import failpoint
from backend.runs.models import FINAL, Blob, Conversation, Event, Message, Run, RunBlob, RunFile
from backend.usage.past import keep_use
from backend.workflows.models import Version

RUNS_AT_ONCE: Final = 50
FACTS_AT_ONCE: Final = 1_000
"""Measured on SQLite: these hold the writer for some 20 ms, on a machine that is busy with other things."""
BYTES_AT_ONCE: Final = 20_000_000
VERSIONS_AT_ONCE: Final = 50


class Lost(Exception):
    """Another worker has the round now, or it has ended."""


@dataclass
class _Piece:
    """What a transaction has deleted, and what is still to be done for it."""

    figures: dict[str, int]
    files: list[str] = field(default_factory=list)
    run: UUID | None = None
    outcome: str = ""


def take_step(clearing_id: UUID, owner: str) -> bool:
    """Deletes one piece. False when the round has ended with it. Raises Lost."""
    row = _mine(Clearing.objects, clearing_id, owner)
    for name in row.at_hand.get("files", ()):
        remove_file(row.workspace_id, name)
    run = Run.objects.filter(pk=row.at_hand.get("run"), status__in=FINAL).only("pk", "last_seq").first()
    if run is not None:
        piece = _next_of_one(row, owner, run)
    elif row.cancel_requested_at is not None:
        piece = _commit(row, owner, lambda: _Piece({}, outcome=Clearing.Outcome.CANCELLED))
    else:
        piece = _next(row, owner)
    failpoint("retention.after")
    for name in piece.files:
        remove_file(row.workspace_id, name)
    return not piece.outcome


def _next(row: Clearing, owner: str) -> _Piece:
    oldest = doomed(row.workspace_id, row.runs_before).order_by("finished_at", "pk").only("pk", "last_seq")
    # What is large takes time to delete too: a database walks through all of its pages.
    oldest = oldest.annotate(held=Coalesce(Sum("blobs__blob__bytes"), 0))
    runs: list[Run] = []
    facts = size = 0
    for run in oldest[:RUNS_AT_ONCE]:
        facts, size = facts + run.last_seq, size + run.held
        if runs and (facts > FACTS_AT_ONCE or size > BYTES_AT_ONCE):
            break
        runs.append(run)
    if not runs:
        return _next_versions(row, owner)
    if len(runs) == 1:
        return _next_of_one(row, owner, runs[0])
    return _delete_runs(row, owner, [run.pk for run in runs])


def _next_versions(row: Clearing, owner: str) -> _Piece:
    """Runs are gone; now the versions of drafts that only they needed. With none left the round is done."""
    spare = spare_versions(row.workspace_id, row.runs_before)
    ids = list(spare.order_by("pk").values_list("pk", flat=True)[:VERSIONS_AT_ONCE])
    if not ids:
        return _commit(row, owner, lambda: _Piece({}, outcome=Clearing.Outcome.DONE))

    def delete() -> _Piece:
        # Whoever begins a run of one locks it first: what we hold and see unneeded now stays so.
        still = list(spare.filter(pk__in=_locked(Version, ids)).values_list("pk", flat=True))
        # Not by way of Django, which would take runs along instead of refusing.
        versions = Version.objects.filter(pk__in=still)
        versions._raw_delete(versions.db)
        return _Piece({"versions": len(still)})

    return _commit(row, owner, delete)


def _next_of_one(row: Clearing, owner: str, run: Run) -> _Piece:
    """A run with very many facts loses the last of them first: what is left of it can still be read."""
    facts = Event.objects.filter(run=run)
    last = facts.aggregate(last=Max("seq"))["last"] or 0
    if last <= FACTS_AT_ONCE:
        return _delete_runs(row, owner, [run.pk])
    some = facts.filter(seq__gt=last - FACTS_AT_ONCE)
    one = Bytes(F("data")) + Bytes(F("path")) + Bytes(F("type")) + Value(FACT)
    taken = some.aggregate(all=Sum(one))["all"] or 0

    def delete() -> _Piece:
        deleted, _ = some.delete()
        return _Piece({"facts": deleted, "bytes": taken}, run=run.pk)

    return _commit(row, owner, delete)


def _delete_runs(row: Clearing, owner: str, ids: Sequence[UUID]) -> _Piece:
    streams, sizes = remove_streams(ids), sizes_of(ids)
    return _commit(row, owner, lambda: _delete(row.workspace_id, ids, sizes, streams))


def _delete(workspace_id: UUID, ids: Sequence[UUID], sizes: dict[UUID, int], streams: int) -> _Piece:
    """Deletes runs with all that hangs on them, in the transaction of the caller.

    Rows are locked in one order, files first, as whoever accepts a run locks them.
    """
    files = _locked(UploadedFile, RunFile.objects.filter(run__in=ids).values("file"))
    conversations = _locked(Conversation, Run.objects.filter(pk__in=ids).values("conversation"))
    # Whoever is not final any more, or gone, is not ours: nothing brings a run back, this is for certainty.
    ours = list(_locked(Run, ids, status__in=FINAL))
    taken = sum(sizes.get(run_id, 0) for run_id in ours)
    held = set(RunBlob.objects.filter(run__in=ours).values_list("blob", flat=True))
    taken += blobs.release(ours)
    values = len(held) - Blob.objects.filter(pk__in=held).count()
    keep_use(Run.objects.filter(pk__in=ours))
    _, deleted = Run.objects.filter(pk__in=ours).only("pk").delete()
    unused = UploadedFile.objects.filter(pk__in=files, run_uses__isnull=True)
    names, taken_by_files = [], 0
    for name, size in unused.values_list("file", "size_bytes"):
        names.append(name)
        taken_by_files += size
    unused.delete()
    used = Exists(Run.objects.filter(conversation=OuterRef("pk")))
    _, emptied = Conversation.objects.filter(~used, pk__in=conversations).only("pk").delete()
    figures = {
        "runs": len(ours),
        "facts": deleted.get(Event._meta.label, 0),
        "messages": deleted.get(Message._meta.label, 0),
        "conversations": emptied.get(Conversation._meta.label, 0),
        "files": len(names),
        "values": values,
        "streams": streams,
        "bytes": taken + taken_by_files,
    }
    return _Piece(figures, names)


def _locked(model: Any, ids: Any, **only: Any) -> list[UUID]:
    rows = model.objects.filter(pk__in=ids, **only).order_by("pk").select_for_update(of=("self",))
    return list(rows.values_list("pk", flat=True))


@tried_again
def _commit(row: Clearing, owner: str, delete: Callable[[], _Piece]) -> _Piece:
    """Deletes, and notes it in the round. Raises Lost when the round is not ours any more."""
    with transaction.atomic():
        now = _mine(Clearing.objects.select_for_update(), row.pk, owner)
        piece = delete()
        done = {name: now.done.get(name, 0) + count for name, count in piece.figures.items()}
        now.done = {**now.done, **done}
        now.at_hand = {"run": str(piece.run) if piece.run else None, "files": piece.files}
        now.lease_until = lease_later()
        if piece.outcome:
            _end(now, piece.outcome)
        now.save()
        failpoint("retention.before")
    return piece


def _end(row: Clearing, outcome: str) -> None:
    row.outcome, row.ended_at, row.lease_owner, row.lease_until = outcome, Now(), "", None
    if any(row.done.values()):
        audit("retention.cleared", row, row.workspace.name, outcome=outcome, **row.done)


def _mine(rows: Any, clearing_id: UUID, owner: str) -> Clearing:
    row = rows.filter(pk=clearing_id, ended_at__isnull=True, lease_owner=owner).first()
    if row is None:
        raise Lost
    return row
