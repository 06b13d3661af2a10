"""Word documents (.docx): a zip of XML, of which only the text and the styles are opened."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from workers.knowledge.reading.blocks import Block, CannotRead, Reading, broken, locked, unsafe, within_limits

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_MEMBERS = 5_000
_MOST_XML = 100 * 1024 * 1024
_MOST_UNPACKED = 1024 * 1024 * 1024
_LEVEL = re.compile(r"(?:heading|überschrift|titre|título|标题|見出し)\s*([1-9])", re.IGNORECASE)


def read_docx(data: bytes) -> Reading:
    """Its paragraphs, list items and tables; headings by their styles, pages as Word last laid them out."""
    archive = open_archive(data)
    document = _xml(archive, "word/document.xml")
    if document is None:
        raise CannotRead(
            "document_not_supported",
            "It is a packed file, but no Word document.",
            "Save it as PDF, Word (.docx), HTML, Markdown or plain text.",
        )
    styles = _heading_styles(archive)
    body = document.find(f"{_W}body")
    walk = _Walk(styles)
    blocks = within_limits(walk.blocks(body) if body is not None else ())
    return Reading("docx", blocks, walk.page if walk.page > 1 else None)


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The zip, looked over before anything in it is unpacked. Nothing in it is ever written to a disk."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise broken("It is a damaged file.") from error
    if len(members) > _MOST_MEMBERS:
        raise unsafe(f"It is packed from {len(members):,} parts.")
    for member in members:
        parts = re.split(r"[\\/]", member.filename)
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in parts[0]:
            raise unsafe("A part of it has a name that leads out of the file.")
        if member.flag_bits & 0x1:
            raise locked()
    if sum(member.file_size for member in members) > _MOST_UNPACKED:
        raise unsafe("It unpacks to far more than a document holds.")
    return archive


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of a part; None when there is no such part."""
    try:
        with archive.open(name) as part:
            data = part.read(_MOST_XML + 1)  # what it really holds: the size in the directory may lie
    except KeyError:
        return None
    except Exception as error:  # each way of packing fails in its own words; zlib's and lzma's share no class
        raise broken("A part of it cannot be unpacked.") from error
    if len(data) > _MOST_XML:
        raise unsafe("It unpacks to far more than a document holds.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).lower() or "entit" in str(error).lower() or "huge" in str(error).lower():
            raise unsafe("Its parts are nested deeper than any document needs.") from error
        raise broken("The text in it is damaged.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise unsafe("It defines abbreviations of its own, as no Word document does.")
    return root


def _heading_styles(archive: zipfile.ZipFile) -> dict[str, int]:
    """Heading levels by the ids of their styles."""
    root = _xml(archive, "word/styles.xml")
    found: dict[str, int] = {}
    for style in root.iter(f"{_W}style") if root is not None else ():
        style_id = style.get(f"{_W}styleId") or ""
        name = style.find(f"{_W}name")
        level = style.find(f"{_W}pPr/{_W}outlineLvl")
        text = (name.get(f"{_W}val") if name is not None else "") or ""
        if (named := _LEVEL.search(text) or _LEVEL.search(style_id)) is not None:
            found[style_id] = int(named[1])
        elif text.lower() == "title":
            found[style_id] = 1
        elif level is not None and (value := level.get(f"{_W}val") or "").isdigit() and int(value) < 9:
            found[style_id] = int(value) + 1
    return found


class _Walk:
    """Goes through a body without recursion and counts the page breaks it passes."""

    def __init__(self, styles: dict[str, int]) -> None:
        self._styles = styles
        self.page = 1

    def blocks(self, body: Any) -> Iterator[Block]:
        table: Any = None
        rows: list[list[str]] = []
        for event, element in etree.iterwalk(body, events=("start", "end")):
            tag = element.tag
            if tag == f"{_W}tbl":
                if event == "start" and table is None:
                    table, rows = element, []
                elif event == "end" and element is table:
                    table = None
                    text = "\n".join(" | ".join(row) for row in rows if any(row))
                    if text:
                        yield Block("table", text, page=self.page)
            elif event == "start" and tag == f"{_W}tr" and table is not None:
                rows.append([])
            elif event == "start" and tag == f"{_W}tc" and rows:
                rows[-1].append("")
            elif event == "end" and tag == f"{_W}p":
                page = self.page
                text = self._text(element)
                if table is not None:
                    if rows and rows[-1]:
                        rows[-1][-1] = f"{rows[-1][-1]} {' '.join(text.split())}".strip()
                elif text.strip():
                    yield self._paragraph(element, text.strip(), page)

    def _text(self, paragraph: Any) -> str:
        pieces: list[str] = []
        for node in paragraph.iter():
            if node.tag == f"{_W}t":
                pieces.append(node.text or "")
            elif node.tag == f"{_W}tab":
                pieces.append("\t")
            elif node.tag in (f"{_W}br", f"{_W}cr"):
                pieces.append("\n")
                self.page += node.get(f"{_W}type") == "page"
            elif node.tag == f"{_W}lastRenderedPageBreak":
                self.page += 1
        return "".join(pieces)

    def _paragraph(self, paragraph: Any, text: str, page: int) -> Block:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        level = self._styles.get(style.get(f"{_W}val") or "", 0) if style is not None else 0
        if level:
            return Block("heading", " ".join(text.split()), level, page)
        if paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
            return Block("item", f"- {text}", page=page)
        return Block("text", text, page=page)
