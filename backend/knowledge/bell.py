"""Wakes a worker for a document, without knowing how: the layer above has the doorbell.

`backend.runs` registers itself when Django starts. Nothing depends on being heard: a worker's sweep finds
every document that is due.
"""

import uuid
from collections.abc import Callable

TASK = "knowledge.read"

_ring: Callable[[uuid.UUID], None] = lambda document_id: None  # noqa: E731 - replaced by `register`


def register(ring: Callable[[uuid.UUID], None]) -> None:
    """Sets who rings."""
    global _ring
    _ring = ring


def ring(document_id: uuid.UUID) -> None:
    """Says that a document waits."""
    _ring(document_id)
