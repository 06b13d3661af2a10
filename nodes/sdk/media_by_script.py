"""Sounds and pictures made by rule, for tests and demos without a model: the same every time."""

from __future__ import annotations

import re
import struct
import zlib
from hashlib import blake2b

from nodes.sdk.models import Made, Recording, Transcript, Usage
from nodes.sdk.tokens import estimate_minutes

_ODD = re.compile(rb"[\x00-\x1f]")
_SAMPLES = 8_000


class MediaByScript:
    """Models that hear, speak and draw: what is said in a recording is the text after its last odd byte."""

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        text = _ODD.split(recording.content)[-1].decode(errors="replace").strip()
        return Transcript(text, model or "scripted", Usage(), estimate_minutes(recording))

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        return Made("audio/wav", tone(len(text)), model or "scripted", Usage(), len(text) / 1_000_000)

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        return Made("image/png", square_of(words), model or "scripted", Usage(), 1.0)


def tone(length: int) -> bytes:
    """A WAV file with a quiet tone, the longer the longer what it stands for is."""
    count = min(max(length, 1), 200) * _SAMPLES // 20
    samples = bytes(128 + (12 if position // 10 % 2 else -12) for position in range(count))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _SAMPLES, _SAMPLES, 1, 8)
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + 8 + count, b"WAVE")
    return head + form + struct.pack("<4sI", b"data", count) + samples


def square_of(words: str, side: int = 16) -> bytes:
    """A PNG file of one colour, which hangs on the words."""
    colour = blake2b(words.encode(errors="replace"), digest_size=3).digest()
    rows = (b"\0" + colour * side) * side
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows, 0))  # unpacked: the same bytes with every zlib
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
