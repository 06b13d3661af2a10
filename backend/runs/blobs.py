"""The rows of values that stand apart from their facts: each workspace has a value once, and runs hold it.

They come in the transaction of the fact that names them and go with the last run that does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from backend.accounts.errors import not_found
from backend.runs.failpoint import failpoint
from backend.runs.large_values import Data, Value, cut, named, whole
from backend.runs.models import Blob, Run, RunBlob
from backend.runs.sql import Dialect, dialect

T = TypeVar("T")

_AT_ONCE: Final = 400

# The lock keeps it from being deleted before our run holds it; others may take hold of it meanwhile.
_FIND = (
    "SELECT id FROM runs_blob WHERE sha256 = %s"
    " AND workspace_id = (SELECT workspace_id FROM runs_run WHERE id = %s)"
)
_ADD = (
    "INSERT INTO runs_blob (workspace_id, sha256, bytes, body, created_at)"
    " SELECT workspace_id, %s, %s, %s, DB_NOW FROM runs_run WHERE id = %s"
    " ON CONFLICT (workspace_id, sha256) DO NOTHING"
)
_HOLD = "INSERT INTO runs_runblob (run_id, blob_id) VALUES (%s, %s) ON CONFLICT (run_id, blob_id) DO NOTHING"
_READ = (
    "SELECT sha256, body FROM runs_blob JOIN runs_runblob ON runs_runblob.blob_id = runs_blob.id"
    " WHERE run_id = %s AND sha256 IN ({})"
)


def put_away(cursor: Any, sql: Dialect, run_id: UUID, data: Data) -> Data:
    """A fact's data as it is to be written: what is large in it is put away for the run."""
    short, values = cut(data)
    key = sql.uuid(run_id)
    for value in values:
        failpoint("blob.before")
        cursor.execute(_HOLD, [key, _put(cursor, sql, key, value)])
        failpoint("blob.after")
    return short


def hold(cursor: Any, sql: Dialect, run_id: UUID, facts: Iterable[Data]) -> None:
    """Lets a run hold what facts name that were taken over from another run of its workspace."""
    key = sql.uuid(run_id)
    for sha256 in sorted({sha256 for data in facts for sha256 in named(data)}):
        found = _find(cursor, sql, key, sha256)
        if found is None:
            raise LookupError(f"The value {sha256} is not there any more.")
        cursor.execute(_HOLD, [key, found])


def put_back(cursor: Any, sql: Dialect, run_id: UUID, facts: Sequence[Data]) -> list[Data]:
    """The data of a run's facts as it was before `put_away`. Raises LookupError when a value is gone."""
    wanted = list({sha256: None for data in facts for sha256 in named(data)})
    if not wanted:
        return list(facts)
    values: dict[str, Any] = {}
    for some in _some(wanted):
        cursor.execute(_READ.format(", ".join(["%s"] * len(some))), [sql.uuid(run_id), *some])
        values |= {sha256: json.loads(body) for sha256, body in cursor.fetchall()}
    return [whole(data, values) for data in facts]


def read_whole(run_id: UUID, facts: Sequence[Data]) -> list[Data]:
    """`put_back` on the connection of the thread."""
    with connection.cursor() as cursor:
        return put_back(cursor, dialect(), run_id, facts)


def body_of(run: Run, sha256: str) -> str:
    """The JSON text of a value that facts of the run name. Raises ApiError 404 for every other."""
    held = Blob.objects.for_workspace(run.workspace_id).filter(uses__run=run, sha256=sha256)
    body = held.values_list("body", flat=True).first()
    if body is None:
        raise not_found("This value")
    return body


def release(run_ids: Iterable[UUID]) -> int:
    """Lets go of what these runs hold, in the transaction that deletes them; what no other run holds is
    deleted. Returns how many bytes that was."""
    freed = 0
    with transaction.atomic():
        for ids in _some(list(run_ids)):
            uses = RunBlob.objects.filter(run_id__in=ids)
            held = sorted(set(uses.values_list("blob_id", flat=True)))
            uses.delete()
            freed += sum(_delete_unused(some) for some in _some(held))
    return freed


def forget_unused() -> int:
    """Deletes values whose runs went with their app or workspace; returns how many bytes that was."""
    freed = 0
    while ids := list(unused().values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            freed += (gone := _delete_unused(ids))
        if not gone:
            break
    return freed


def unused() -> QuerySet[Blob]:
    """The values that no run holds."""
    return Blob.objects.filter(~Exists(RunBlob.objects.filter(blob=OuterRef("pk"))))


def _put(cursor: Any, sql: Dialect, key: Any, value: Value) -> int:
    while (found := _find(cursor, sql, key, value.sha256)) is None:
        cursor.execute(sql(_ADD), [value.sha256, len(value.text), value.text, key])
    return found


def _find(cursor: Any, sql: Dialect, key: Any, sha256: str) -> int | None:
    cursor.execute(_FIND if sql.is_sqlite else f"{_FIND} FOR KEY SHARE", [sha256, key])
    row = cursor.fetchone()
    return row[0] if row else None


def _delete_unused(ids: Sequence[int]) -> int:
    # The lock first: a run that takes hold of a value at this moment is seen by the next statement.
    list(Blob.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk", flat=True))
    free = dict(unused().filter(pk__in=ids).values_list("pk", "bytes"))
    Blob.objects.filter(pk__in=free).only("pk").delete()  # the bodies need not be read for that
    return sum(free.values())


def _some(all_of_them: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(all_of_them), _AT_ONCE):
        yield all_of_them[start : start + _AT_ONCE]
