"""Which documents a search looks in, by what is known of them.

They are judged here and not by the database: what counts as the same text is then the same on both databases,
and as in all other steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import compress
from typing import TYPE_CHECKING
from uuid import UUID

from nodes.sdk.document_filter import DocumentFilter, fits
from workers.knowledge.register import Base, Register, Registers
from workers.knowledge.shelf import Shelf

if TYPE_CHECKING:
    import numpy as np


class Chosen(Set[UUID]):
    """The documents that a search looks in: of each collection those that are marked in its register.

    Nothing is done for each of them before somebody asks for it: there may be tens of thousands.
    """

    def __init__(self, marked: Mapping[UUID, tuple[Register, Sequence[bool]]]) -> None:
        self._marked = marked
        self._count = sum(marks.count(True) for _, marks in marked.values())

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[UUID]:
        for register, marks in self._marked.values():
            yield from compress(register.ids, marks)

    def __contains__(self, one: object) -> bool:
        return isinstance(one, UUID) and any(
            (place := register.places.get(one)) is not None and marks[place]
            for register, marks in self._marked.values()
        )

    def on(self, shelf: Shelf, knowledge_id: UUID) -> np.ndarray:
        """Which of the documents on a collection's shelf are chosen, in the shelf's order.

        One that the register does not know came after it was read, and was judged by nobody.
        """
        import numpy as np

        register, marks = self._marked[knowledge_id]
        return np.array([*marks, False])[register.places_on(shelf)]


def chosen_documents(
    bases: Sequence[Base], only: DocumentFilter | None, registers: Registers
) -> Chosen | None:
    """The ready documents that fit; None where there is no condition.

    Where all fit they are named all the same: one that becomes ready before the search was judged by nobody.
    Raises NodeError as `document_filter.fits`.
    """
    if only is None or not only.conditions:
        return None
    known = {name: kind for base in bases for name, kind in base.fields.items()}
    judges = [fits(only, base.fields, known) for base in bases]
    fields = sorted({one.field for one in only.conditions})
    kept = [registers.register(base) for base in bases]
    return Chosen(
        {
            base.id: (register, register.judged(fields, is_chosen))
            for base, register, is_chosen in zip(bases, kept, judges, strict=True)
        }
    )
