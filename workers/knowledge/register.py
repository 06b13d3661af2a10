"""What is known of a collection's documents, kept in memory column by column.

A register is read when it is first asked for, and again when a document came, went, or got other values:
`revision` and `values_revision` of the collection tell. The registers of a process share a bound; the one
not used for longest goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from backend.accounts.models import User
from backend.knowledge.models import Document, DocumentStatus
from nodes.sdk.document_fields import BUILT_IN, FieldKind
from nodes.sdk.document_filter import Fits
from nodes.sdk.values import Json
from workers.knowledge.shelf import Shelf

if TYPE_CHECKING:
    import numpy as np

MOST_DOCUMENTS: Final = 200_000
_KNOWN: Final = ("pk", "title", "kind", "created_at", "uploaded_by_id", "language", "field_values")


@dataclass(frozen=True)
class Base:
    """A collection that is searched. `fields` are its own, by name with their kinds."""

    id: UUID
    revision: int
    model: str
    fields: Mapping[str, FieldKind] = field(default_factory=dict[str, FieldKind])
    values_revision: int = 0


@dataclass(frozen=True)
class Register:
    """The ready documents of a collection, as of `version` or later: a value for each in every column.

    Who uploaded a document is kept as the person: an e-mail address may change, and nothing here tells.
    """

    version: tuple[int, int]
    ids: Sequence[UUID]
    columns: Mapping[str, Sequence[Json]]
    uploaders: Sequence[UUID | None]
    _places_on: WeakKeyDictionary[Shelf, np.ndarray] = field(
        default_factory=WeakKeyDictionary["Shelf", "np.ndarray"], compare=False, repr=False
    )

    @cached_property
    def places(self) -> Mapping[UUID, int]:
        """Where each document stands."""
        return {pk: place for place, pk in enumerate(self.ids)}

    def judged(self, fields: Sequence[str], is_chosen: Fits) -> list[bool]:
        """Which documents fit, told by these fields alone. What is the same in several is judged once."""
        columns = [self._column(name) for name in fields]
        known: dict[tuple[Json, ...], bool] = {}
        marks: list[bool] = []
        for values in zip(*columns, strict=True):
            is_one = known.get(values)
            if is_one is None:
                is_one = known[values] = is_chosen(dict(zip(fields, values, strict=True)))
            marks.append(is_one)
        return marks

    def places_on(self, shelf: Shelf) -> np.ndarray:
        """Where each document of a shelf stands here, in the shelf's order; -1 where it is not known here."""
        import numpy as np

        found = self._places_on.get(shelf)
        if found is None:
            places = (self.places.get(one, -1) for one in shelf.spans)
            found = self._places_on[shelf] = np.fromiter(places, np.intp, len(shelf.spans))
        return found

    def _column(self, name: str) -> Sequence[Json]:
        if name == "uploaded_by":
            return self._emails()
        return self.columns.get(name) or [None] * len(self.ids)

    def _emails(self) -> list[Json]:
        people = User.objects.filter(pk__in={one for one in self.uploaders if one is not None})
        emails = dict(people.values_list("pk", "email"))
        return ["" if one is None else emails.get(one, "") for one in self.uploaders]


@dataclass
class Registers:
    """The registers of a process. Used from reading threads."""

    most_documents: int = MOST_DOCUMENTS
    _kept: OrderedDict[UUID, Register] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def register(self, base: Base) -> Register:
        """What is known of the collection's documents now."""
        version = (base.revision, base.values_revision)
        with self._lock:
            kept = self._kept.get(base.id)
            if kept is not None:
                self._kept.move_to_end(base.id)
        if kept is not None and kept.version >= version:
            return kept
        fresh = _read(base.id, version)
        with self._lock:
            self._kept[base.id] = fresh
            self._kept.move_to_end(base.id)
            while (
                len(self._kept) > 1 and sum(len(one.ids) for one in self._kept.values()) > self.most_documents
            ):
                self._kept.popitem(last=False)
        return fresh


def _read(knowledge_id: UUID, version: tuple[int, int]) -> Register:
    ready = Document.objects.filter(knowledge_id=knowledge_id, status=DocumentStatus.READY)
    rows = list(ready.values_list(*_KNOWN))
    own = {name for row in rows for name in row[6]}
    days = (at.astimezone(UTC).date().isoformat() for at in (row[3] for row in rows))
    columns: dict[str, Sequence[Json]] = {
        **{name: [row[6].get(name) for row in rows] for name in own},
        "name": [row[1] for row in rows],
        "kind": [row[2] for row in rows],
        "uploaded_at": list(days),
        "language": [row[5] for row in rows],
    }
    assert columns.keys() >= BUILT_IN.keys() - {"uploaded_by"}
    return Register(version, [row[0] for row in rows], columns, [row[4] for row in rows])
