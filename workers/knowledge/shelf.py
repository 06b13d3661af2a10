"""The vectors of a collection in memory, compared one by one: exact, and quick enough up to 100,000.

A shelf is filled when it is first searched. When documents came or went it keeps what stayed. The shelves of
a process share a bound; the one not used for longest goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from backend.knowledge.models import Document, DocumentStatus
from backend.runs.sql import dialect

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 512 * 1024 * 1024
_DOCUMENTS_AT_ONCE = 200
_MANY = 0.2


@dataclass(frozen=True, eq=False)  # each is itself: what is known of one is kept with it
class Shelf:
    """Chunk ids, growing within each document, and their vectors, a row each. `spans` says whose rows,
    from the first row to the last, in the order of the rows.
    """

    revision: int
    model: str
    ids: np.ndarray
    vectors: np.ndarray
    spans: dict[UUID, tuple[int, int]]

    @property
    def size_bytes(self) -> int:
        return int(self.vectors.nbytes + self.ids.nbytes)

    def nearest(
        self, vector: list[float], limit: int, chosen: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """(chunk id, cosine) of the nearest rows, the nearest first; of the chosen documents only.

        `chosen` has a mark for each document, in the order of `spans`.
        """
        import numpy as np

        if len(self.ids) == 0 or len(vector) != self.vectors.shape[1]:
            return []
        wanted = np.asarray(vector, dtype=np.float32)
        ids = self.ids
        if chosen is None:
            near = self.vectors @ wanted
        else:
            rows = np.flatnonzero(np.repeat(chosen, self._lengths))
            # To gather rows takes longer than to compare them: where many count, all are compared.
            is_many = len(rows) > len(ids) * _MANY
            near = (self.vectors @ wanted)[rows] if is_many else self.vectors[rows] @ wanted
            ids = ids[rows]
        if len(ids) == 0:
            return []
        count = min(limit, len(near))
        best = np.argpartition(-near, count - 1)[:count]
        best = best[np.lexsort((ids[best], -near[best]))]
        return [(int(ids[i]), float(near[i])) for i in best]

    @cached_property
    def _lengths(self) -> list[int]:
        return [end - start for start, end in self.spans.values()]

    def cosines(self, vector: list[float], wanted: set[int]) -> dict[int, float]:
        """The cosines of certain chunks; those not on the shelf are left out."""
        import numpy as np

        if not wanted or len(self.ids) == 0 or len(vector) != self.vectors.shape[1]:
            return {}
        rows = np.flatnonzero(np.isin(self.ids, np.fromiter(wanted, dtype=np.int64)))
        near = self.vectors[rows] @ np.asarray(vector, dtype=np.float32)
        return {int(self.ids[row]): float(value) for row, value in zip(rows, near, strict=True)}


@dataclass
class Shelves:
    """The shelves of a process. Used from reading threads."""

    most_bytes: int = MOST_BYTES
    _kept: OrderedDict[UUID, Shelf] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _filling: dict[UUID, threading.Lock] = field(default_factory=dict)

    def shelf(self, knowledge_id: UUID, revision: int, model: str) -> Shelf:
        """The collection's vectors as of `revision` or later."""
        with self._lock:
            filling = self._filling.setdefault(knowledge_id, threading.Lock())
        with filling:  # two searches at once fill it once
            with self._lock:
                before = self._kept.get(knowledge_id)
                if before is not None:
                    self._kept.move_to_end(knowledge_id)
            if before is not None and before.revision >= revision and before.model == model:
                return before
            filled = _fill(
                knowledge_id, revision, model, before if before and before.model == model else None
            )
            with self._lock:
                self._kept[knowledge_id] = filled
                self._kept.move_to_end(knowledge_id)
                while (
                    len(self._kept) > 1 and sum(s.size_bytes for s in self._kept.values()) > self.most_bytes
                ):
                    self._kept.popitem(last=False)
            return filled


def _fill(knowledge_id: UUID, revision: int, model: str, before: Shelf | None) -> Shelf:
    import numpy as np

    ready = Document.objects.filter(knowledge_id=knowledge_id, status=DocumentStatus.READY)
    documents = list(ready.order_by("created_at", "id").values_list("pk", flat=True))
    stayed = [one for one in documents if before is not None and one in before.spans]
    came = [one for one in documents if before is None or one not in before.spans]
    spans: dict[UUID, tuple[int, int]] = {}
    ids: list[Any] = []
    vectors: list[Any] = []
    at = 0
    for one in stayed:
        assert before is not None
        start, end = before.spans[one]
        ids.append(before.ids[start:end])
        vectors.append(before.vectors[start:end])
        spans[one] = (at, at + end - start)
        at += end - start
    for first in range(0, len(came), _DOCUMENTS_AT_ONCE):
        for one, found_ids, found in _load(came[first : first + _DOCUMENTS_AT_ONCE], model):
            ids.append(found_ids)
            vectors.append(found)
            spans[one] = (at, at + len(found_ids))
            at += len(found_ids)
    width = max((rows.shape[1] for rows in vectors if len(rows)), default=0)
    fitting = [i for i, rows in enumerate(vectors) if rows.shape[1] == width]
    if not fitting or len(fitting) < len(vectors):
        # Nothing there, or (never seen) vectors of two widths under one model's name: the wider ones count.
        named = list(spans)
        ids, vectors, spans, at = [ids[i] for i in fitting], [vectors[i] for i in fitting], {}, 0
        for i, rows in zip(fitting, vectors, strict=True):
            spans[named[i]] = (at, at := at + len(rows))
    return Shelf(
        revision,
        model,
        np.concatenate(ids) if ids else np.zeros(0, dtype=np.int64),
        np.concatenate(vectors) if vectors else np.zeros((0, 0), dtype=np.float32),
        spans,
    )


def _load(documents: list[UUID], model: str) -> list[tuple[UUID, Any, Any]]:
    """(document, chunk ids, vectors) of documents that have any."""
    import numpy as np

    sql = dialect()
    marks = ", ".join(["%s"] * len(documents))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.document_id, c.id, e.vector FROM knowledge_chunk c JOIN knowledge_embedding e"  # noqa: S608
            " ON e.workspace_id = c.workspace_id AND e.hash = c.hash AND e.model = %s"
            f" WHERE c.document_id IN ({marks}) ORDER BY c.document_id, c.id",
            [model, *(sql.uuid(one) for one in documents)],
        )
        rows = cursor.fetchall()
    by_document: dict[UUID, list[tuple[int, bytes]]] = {}
    for document, chunk, vector in rows:
        key = document if isinstance(document, UUID) else UUID(document)
        by_document.setdefault(key, []).append((chunk, bytes(vector)))
    found: list[tuple[UUID, Any, Any]] = []
    for key, pairs in by_document.items():
        width = len(pairs[0][1])
        pairs = [pair for pair in pairs if len(pair[1]) == width]
        data = np.frombuffer(b"".join(vector for _, vector in pairs), dtype="<f2")
        matrix = data.reshape(len(pairs), width // 2).astype(np.float32)
        found.append((key, np.asarray([chunk for chunk, _ in pairs], dtype=np.int64), matrix))
    return found
