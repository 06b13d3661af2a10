"""Markdown: its headings, lists, tables, code and paragraphs. The marks inside lines are left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.knowledge.reading.blocks import Block

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TABLE_LINE = re.compile(r"[\s:|]*-[\s:|-]*$")
_PICTURE = re.compile(r"!\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_MARKS = re.compile(r"[*_`]{1,3}")


def read_markdown(text: str) -> Iterator[Block]:
    """Line by line; whatever is not recognised is a paragraph."""
    lines = _without_front_matter(text.split("\n"))
    held: list[str] = []
    kind = "text"
    i = 0
    while i < len(lines):
        line = lines[i]
        if fence := _FENCE.match(line):
            yield from _block(kind, held)
            held, kind = [], "text"
            end = next((j for j in range(i + 1, len(lines)) if lines[j].strip().startswith(fence[1])), None)
            code = "\n".join(lines[i + 1 : end])
            if code.strip():
                yield Block("code", code.strip("\n"))
            i = len(lines) if end is None else end + 1
            continue
        if heading := _HEADING.match(line):
            yield from _block(kind, held)
            held, kind = [], "text"
            yield from _heading(heading[2], len(heading[1]))
        elif held and kind == "text" and len(held) == 1 and (under := _UNDERLINE.match(line)):
            yield from _heading(held[0], 1 if under[1][0] == "=" else 2)
            held = []
        elif not line.strip():
            yield from _block(kind, held)
            held, kind = [], "text"
        elif _ITEM.match(line):
            yield from _block(kind, held)
            held, kind = [line], "item"
        elif held and "|" in held[-1] and "|" in line and _TABLE_LINE.match(line):
            kind = "table"
            held = held[-1:]
        else:
            held.append(line)
        i += 1
    yield from _block(kind, held)


def _heading(text: str, level: int) -> Iterator[Block]:
    shown = _MARKS.sub("", text).strip()
    if shown:
        yield Block("heading", shown, level)


def _block(kind: str, lines: list[str]) -> Iterator[Block]:
    text = _PICTURE.sub(lambda found: found[1], "\n".join(lines)).strip()
    if not text:
        return
    if kind == "table":
        text = "\n".join(_cells(line) for line in text.split("\n"))
    yield Block("table" if kind == "table" else "item" if kind == "item" else "text", text)


def _cells(line: str) -> str:
    return " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines and lines[0].strip() == "---":
        for i, line in enumerate(lines[1:200], 1):
            if line.strip() in ("---", "..."):
                return lines[i + 1 :]
    return lines
