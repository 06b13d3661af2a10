"""What a file is, by its content; and the reader for it. What its name says only decides between texts."""

from __future__ import annotations

import re

from workers.knowledge.reading.blocks import CannotRead, Reading, Remark, locked, within_limits

_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENDINGS = {
    "txt": "txt", "text": "txt", "log": "txt", "csv": "txt", "md": "md", "markdown": "md", "htm": "html",
    "html": "html", "xhtml": "html", "pdf": "pdf", "docx": "docx",
}  # fmt: skip
_WORDS = {"txt": "plain text", "md": "Markdown", "html": "HTML", "pdf": "PDF", "docx": "a Word document"}


def read_document(data: bytes, ending: str, *, as_page: bool = False, charset: str = "") -> Reading:
    """Reads a document as what it is. Raises CannotRead.

    `as_page`: of a page on the web, what it is about and not what stands around that. `charset` is the
    encoding that a page came with.
    """
    said = _ENDINGS.get(ending.lower())
    kind = _kind(data, said)
    reading = _read(kind, data, as_page=as_page, charset=charset)
    if said is not None and said != kind:
        message = f"It is called .{ending.lower()}, but it is {_WORDS[kind]}, and was read as that."
        reading.notices.append(Remark("read_as_other", message))
    return reading


def _kind(data: bytes, said: str | None) -> str:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "docx"
    if data.startswith(_OLD_OFFICE):
        if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in data:
            raise locked()
        raise _not_supported("It is a file of an old Office program.")
    if data.startswith(_PICTURES):
        raise _not_supported("It is a picture.")
    if _HTML.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        return "html"
    if data.startswith(b"{\\rtf"):
        raise _not_supported("It is an RTF file.")
    # A text that does not begin like a page may still be called one.
    return said if said in ("md", "html") else "txt"


def _read(kind: str, data: bytes, *, as_page: bool, charset: str) -> Reading:
    if kind == "pdf":
        from workers.knowledge.reading.pdf import read_pdf

        return read_pdf(data)
    if kind == "docx":
        from workers.knowledge.reading.docx import read_docx

        return read_docx(data)
    from workers.knowledge.reading import html, markdown, text

    if kind == "html":
        words = text.decode(data, declared=charset or html.declared_charset(data))
        if as_page:
            from workers.knowledge.reading import page

            title, blocks = page.read_page(words)
            return Reading("html", within_limits(blocks), title=title)
        return Reading("html", within_limits(html.read_html(words)))
    words = text.decode(data, declared=charset or None)
    read = markdown.read_markdown if kind == "md" else text.read_text
    return Reading(kind, within_limits(read(words.replace("\r\n", "\n").replace("\r", "\n"))))


def _not_supported(what: str) -> CannotRead:
    hint = "Save it as PDF, Word (.docx), HTML, Markdown or plain text."
    return CannotRead("document_not_supported", what, hint)
