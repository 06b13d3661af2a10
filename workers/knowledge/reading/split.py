"""Cuts a document into pieces: along headings, then paragraphs, then sentences, mid-word only if it must."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.knowledge.reading.blocks import Block

TARGET = 300
"""Tokens a piece should have. A small embedding model reads 512."""
MOST = 420
LEAST = 25
"""A section smaller than this shares its piece with the next."""
OVERLAP = 40
"""Tokens that a piece may repeat from the one before it, within a section: whole sentences."""
BETWEEN = "\n\n"
_LONGEST_HEADING = 500
_SENTENCE = re.compile(
    r"[^.!?。！？；\n]*(?:[.!?]+[\"'”’)\]]*(?=\s|$)|[。！？；]+[”’」』）]*|\n|[.!?]+|$)\s*"
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Piece:
    """A slice of a document's text; `heading` is the path of the headings above it."""

    text: str
    heading: str
    page: int | None
    start: int
    end: int


@dataclass(frozen=True)
class _Unit:
    """The least that is kept together: a sentence, a line of a table, a list item."""

    start: int
    end: int
    tokens: int
    page: int | None


def tokens_in(text: str) -> int:
    """About how many tokens a model makes of a text."""
    wide = len(_WIDE.findall(text))
    return int(wide * 0.8 + (len(text) - wide) / 4) + 1


def text_of(blocks: Sequence[Block]) -> str:
    """A document's text, in which pieces have their places."""
    return BETWEEN.join(block.text for block in blocks)


def split(blocks: Sequence[Block]) -> Iterator[Piece]:
    """The pieces in order. Together they hold all text but the headings, which stand in their paths."""
    text = text_of(blocks)
    path: list[tuple[int, str]] = []
    held: list[_Unit] = []
    heading = ""
    at = 0
    for block in blocks:
        start, at = at, at + len(block.text) + len(BETWEEN)
        if block.kind == "heading":
            if sum(unit.tokens for unit in held) >= LEAST:
                yield from _pieces(text, held, heading)
                held = []
            path = [one for one in path if one[0] < block.level]
            path.append((block.level, " ".join(block.text.split())))
            if not held:
                heading = _path(path)
            else:
                held.append(_unit(text, start, start + len(block.text), block.page))
            continue
        held += _units(text, start, block)
    yield from _pieces(text, held, heading)


def _path(path: Sequence[tuple[int, str]]) -> str:
    shown = " › ".join(title for _, title in path)
    return shown if len(shown) <= _LONGEST_HEADING else "…" + shown[1 - _LONGEST_HEADING :]


def _unit(text: str, start: int, end: int, page: int | None) -> _Unit:
    return _Unit(start, end, tokens_in(text[start:end]), page)


def _units(text: str, start: int, block: Block) -> Iterator[_Unit]:
    whole = _unit(text, start, start + len(block.text), block.page)
    if whole.tokens <= TARGET // 3 or (block.kind == "item" and whole.tokens <= TARGET):
        yield whole
        return
    for begin, end in _parts(block):
        part = _unit(text, start + begin, start + end, block.page)
        if part.tokens <= MOST:
            yield part
        else:
            yield from _hard_parts(text, part)


def _parts(block: Block) -> Iterator[tuple[int, int]]:
    """Lines of a table or of code, sentences of anything else."""
    if block.kind in ("table", "code"):
        at = 0
        for line in block.text.split("\n"):
            yield at, min(at + len(line) + 1, len(block.text))
            at += len(line) + 1
        return
    for found in _SENTENCE.finditer(block.text):
        if found.end() > found.start():
            yield found.start(), found.end()


def _hard_parts(text: str, unit: _Unit) -> Iterator[_Unit]:
    """A sentence without an end, cut where a word ends, or anywhere."""
    at = unit.start
    while at < unit.end:
        size = TARGET if _WIDE.match(text[at]) else TARGET * 4
        end = min(unit.end, at + size)
        if end < unit.end:
            space = max(text.rfind(mark, at + size // 2, end) for mark in (" ", "\n", ",", "，", "、"))
            end = space + 1 if space > at else end
        yield _unit(text, at, end, unit.page)
        at = end


def _pieces(text: str, units: Sequence[_Unit], heading: str) -> Iterator[Piece]:
    """Units gathered to the target size; the rest of a section joins the last piece where it fits."""
    group: list[_Unit] = []
    size = 0
    left = sum(unit.tokens for unit in units)
    for unit in units:
        fits = size + unit.tokens <= TARGET or (size + left <= MOST)
        if group and not fits:
            yield from _piece(text, group, heading)
            group = _overlap(group)
            size = sum(one.tokens for one in group)
        group.append(unit)
        size += unit.tokens
        left -= unit.tokens
    yield from _piece(text, group, heading)


def _overlap(group: Sequence[_Unit]) -> list[_Unit]:
    kept: list[_Unit] = []
    size = 0
    for unit in reversed(group[1:]):
        size += unit.tokens
        if size > OVERLAP:
            break
        kept.insert(0, unit)
    return kept


def _piece(text: str, group: Sequence[_Unit], heading: str) -> Iterator[Piece]:
    if not group:
        return
    start, end = group[0].start, group[-1].end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield Piece(text[start:end], heading, group[0].page, start, end)
