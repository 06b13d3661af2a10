"""Plain text, and what encoding its bytes are in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from workers.knowledge.reading.blocks import Block, CannotRead

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MARKED = ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
DECLARED = ["gb2312", "gbk", "windows-1252", "iso8859-15", "euc_jp", "ascii", "cp437"]
"""What pages declare most, and zip files name their parts in. No codec can be loaded later."""
GUESSED = ["gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251", "cp1250", "koi8_r", "latin_1"]
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text that `data` is. Raises CannotRead for what is no text in any encoding."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    for name in ("utf-8", declared):
        if name is not None and (text := _strictly(data, name)) is not None:
            return _text_or_refuse(text)
    if data.count(0) > len(data) // 5:
        even = data[::2].count(0)
        return _text_or_refuse(data.decode("utf-16-be" if even > len(data) // 4 else "utf-16-le", "replace"))
    return _text_or_refuse(_guessed(data))


def read_text(text: str) -> Iterator[Block]:
    """A paragraph for each run of lines between blank lines."""
    for paragraph in _PARAGRAPH.split(text):
        if paragraph.strip():
            yield Block("text", paragraph.strip())


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, OSError):  # of the last kind: a codec that may not be loaded
        return None


def _guessed(data: bytes) -> str:
    """By how the letters fall; Chinese first, whose bytes are seldom valid by accident."""
    sample = data[:200_000]
    chinese = _strictly(sample[: len(sample) - 3], "gb18030")
    if chinese is not None and _share(chinese, "\u4e00", "\u9fff") > 0.3:
        return data.decode("gb18030", "replace")
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=GUESSED).best()
    return data.decode(best.encoding if best is not None else "latin-1", "replace")


def _share(text: str, first: str, last: str) -> float:
    """How much of what is not ASCII lies between two characters."""
    beyond = [c for c in text if c > "\x7f"]
    return sum(first <= c <= last for c in beyond) / len(beyond) if beyond else 0.0


def _text_or_refuse(text: str) -> str:
    sample = text[:100_000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f\x1b") or c == "\ufffd")
    if odd > 0.02 * len(sample) + 3:
        raise CannotRead(
            "document_not_supported",
            "Its content is of a kind that cannot be read here.",
            "Save it as PDF, Word (.docx), HTML, Markdown or plain text.",
        )
    return text
