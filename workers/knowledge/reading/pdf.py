"""PDF, page by page, by PDFium (the reader inside Chrome), which knows the old Chinese encodings too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import pypdfium2 as pdfium

from workers.knowledge.reading.blocks import (
    MOST_CHARACTERS,
    Block,
    CannotRead,
    Reading,
    Remark,
    broken,
    locked,
    too_large,
    within_limits,
)

MOST_PAGES = 5_000
_MOST_HEADINGS = 5_000
_ENDS = re.compile(r"[.!?:;。！？：；…”\"')）】」]$")
_ITEM = re.compile(r"(?:[-–—•●▪◦*·]|\(?\d{1,3}[.)、]|[（(][一二三四五六七八九十\d]+[)）])\s*\S")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_DIGITS = re.compile(r"\d+")
_HYPHENS = "\ufffe\x02\u00ad"


def read_pdf(data: bytes) -> Reading:
    """Raises CannotRead when no page holds text."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise locked() from error
        raise broken("It is a damaged PDF file.") from error
    count = len(document)
    if count == 0:
        raise broken("There is no page in it.")
    if count > MOST_PAGES:
        raise too_large(f"It has {count:,} pages; {MOST_PAGES:,} are read at most.")
    pages, unreadable = _pages(document, count)
    if not any(any(line.strip() for line in page) for page in pages):
        raise CannotRead(
            "document_no_text",
            "None of its pages holds text; it may be a scan.",
            "Run text recognition (OCR) on it first.",
        )
    notices = []
    if unreadable:
        notices.append(Remark("pages_unreadable", f"{unreadable} of {count} pages could not be read."))
    empty = sum(1 for page in pages if not any(line.strip() for line in page)) - unreadable
    if empty > 0:
        message = f"{empty} of {count} pages hold no text."
        notices.append(
            Remark("pages_without_text", message, "Run text recognition (OCR) on them if they matter.")
        )
    running = _running_lines(pages)
    headings = _headings(document, count)
    blocks = within_limits(
        block
        for number, lines in enumerate(pages, 1)
        for block in _page_blocks(_without_running(lines, running), number, headings.get(number, []))
    )
    return Reading("pdf", blocks, count, notices)


def _pages(document: pdfium.PdfDocument, count: int) -> tuple[list[list[str]], int]:
    """The lines of each page, and how many pages could not be read."""
    pages: list[list[str]] = []
    unreadable = size = 0
    for index in range(count):
        try:
            page = document[index]
            text_page = page.get_textpage()
            characters = text_page.count_chars()
            size += characters
            if size > MOST_CHARACTERS:
                raise too_large(
                    f"There are more than {MOST_CHARACTERS // 1_000_000} million characters in it."
                )
            text = text_page.get_text_range() if characters > 0 else ""
            text_page.close()
            page.close()
        except pdfium.PdfiumError:
            unreadable += 1
            text = ""
        pages.append(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return pages, unreadable


def _shape(line: str) -> str:
    return _DIGITS.sub("#", " ".join(line.split()))


def _running_lines(pages: Sequence[Sequence[str]]) -> set[str]:
    """What stands at the top or the bottom of most pages: a title, a page number."""
    if len(pages) < 4:
        return set()
    seen: Counter[str] = Counter()
    for lines in pages:
        filled = [line for line in lines if line.strip()]
        seen.update({_shape(line) for line in (*filled[:2], *filled[-2:]) if len(line) < 150})
    return {shape for shape, times in seen.items() if times > len(pages) * 0.6}


def _without_running(lines: Sequence[str], running: set[str]) -> list[str]:
    """The lines but for what runs along at the top and the bottom; the same words elsewhere stay."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    edges = {i for i in (*filled[:2], *filled[-2:]) if _shape(lines[i]) in running}
    return [line for i, line in enumerate(lines) if i not in edges]


def _headings(document: pdfium.PdfDocument, count: int) -> dict[int, list[tuple[int, str]]]:
    """The outline: (level, title) by page number."""
    found: dict[int, list[tuple[int, str]]] = {}
    try:
        for mark in islice(document.get_toc(max_depth=6), _MOST_HEADINGS):
            dest = mark.get_dest()
            index = dest.get_index() if dest is not None else None
            title = " ".join((mark.get_title() or "").split())[:300]
            if title and index is not None and 0 <= index < count:
                found.setdefault(index + 1, []).append((mark.level + 1, title))
    except (pdfium.PdfiumError, AttributeError, ValueError):
        return found
    return found


def _page_blocks(lines: Sequence[str], number: int, headings: Sequence[tuple[int, str]]) -> Iterator[Block]:
    """Paragraphs made of the page's lines; outline entries become headings where their words stand."""
    widest = max((len(line) for line in lines), default=0)
    waiting = list(headings)
    known = {_plain(title) for _, title in headings}
    for level, title in [one for one in waiting if not any(_plain(one[1]) == _plain(line) for line in lines)]:
        yield Block("heading", title, level, number)
        waiting.remove((level, title))
    held = ""
    for raw in lines:
        line = raw.strip()
        plain = _plain(line)
        if plain in known and (at := next((one for one in waiting if _plain(one[1]) == plain), None)):
            yield from _paragraph(held, number)
            held = ""
            waiting.remove(at)
            yield Block("heading", at[1], at[0], number)
        elif not line or _ITEM.match(line):
            yield from _paragraph(held, number)
            held = line
        else:
            held = _joined(held, line)
            if len(line) < 0.75 * widest and _ENDS.search(line):
                yield from _paragraph(held, number)
                held = ""
    yield from _paragraph(held, number)


def _paragraph(text: str, number: int) -> Iterator[Block]:
    text = text.strip()
    if text:
        yield Block("item" if _ITEM.match(text) else "text", text, page=number)


def _joined(before: str, line: str) -> str:
    if not before:
        return line
    if before[-1] in _HYPHENS:
        return before[:-1] + line
    if before[-1] == "-" and len(before) > 1 and before[-2].isalpha() and line[:1].islower():
        return before[:-1] + line
    if _CJK.match(before[-1]) and _CJK.match(line[0]):
        return before + line
    return f"{before} {line}"


def _plain(text: str) -> str:
    return "".join(text.split()).lower()
