"""Vectors as they are kept: half precision, little-endian, two bytes a number."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def pack(vector: Sequence[float]) -> bytes:
    """A vector as bytes."""
    return struct.pack(f"<{len(vector)}e", *vector)


def unpack(data: bytes) -> list[float]:
    """The vector that `pack` wrote."""
    return list(struct.unpack(f"<{len(data) // 2}e", data))
