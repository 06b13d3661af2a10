"""What a file is, by its first bytes. Its name decides between texts only; what the sender says, nothing."""

from __future__ import annotations

from typing import Final

ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
}
"""The pictures and sounds that every browser shows and plays, and how the names of such files end."""
HEAD_BYTES = 64 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    *((bytes([0xFF, byte]), "audio/mpeg") for byte in (0xFB, 0xF3, 0xFA, 0xF2, 0xE3)),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
_PARTS = (
    (b"word/", _OFFICE + "wordprocessingml.document"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE + "presentationml.presentation"),
)
_TEXTS = {"md": "text/markdown", "csv": "text/csv", "json": "application/json", "html": "text/html"}
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ODD = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b") | {127}


def mime_of(head: bytes, name: str) -> str:
    """The type of a file that begins with `head`; application/octet-stream where nothing is known."""
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return next((mime for part, mime in _PARTS if part in head), "application/zip")
    if head.startswith(b"RIFF"):
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}.get(
            head[8:12], "application/octet-stream"
        )
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if not head.startswith(_MARKS):
        is_odd = not _ODD.isdisjoint(head)
        for beginning, mime in _BEGINNINGS:
            # A text may begin with the same letters: "BMW", "ID3".
            if head.startswith(beginning) and (is_odd or not beginning.isalnum()):
                return mime
        if is_odd:
            return "application/octet-stream"
    return _TEXTS.get(name.rpartition(".")[2].lower(), "text/plain")
