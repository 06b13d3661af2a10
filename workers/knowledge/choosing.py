"""Which documents a search looks in, by what is known of them.

They are judged here and not by the database: what counts as the same text is then the same on both databases,
and as in all other steps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from nodes.sdk.document_filter import DocumentFilter, fits
from workers.knowledge.register import Base, Registers


def chosen_documents(
    bases: Sequence[Base], only: DocumentFilter | None, registers: Registers
) -> Collection[UUID] | None:
    """The ids of the ready documents that fit; None where there is no condition.

    Where all fit they are named all the same: one that becomes ready before the search was judged by nobody.
    Raises NodeError as `document_filter.fits`.
    """
    if only is None or not only.conditions:
        return None
    known = {name: kind for base in bases for name, kind in base.fields.items()}
    judges = [fits(only, base.fields, known) for base in bases]
    fields = sorted({one.field for one in only.conditions})
    found: set[UUID] = set()
    for base, is_chosen in zip(bases, judges, strict=True):
        found.update(registers.register(base).chosen(fields, is_chosen))
    return found
