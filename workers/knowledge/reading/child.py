"""Reads one document: `python -I child.py <ending> [text|page [charset]]`, the file on standard input, JSON
on standard output.

Out, a line each: `{"kind", "pages", "characters", "notices": [{code, message, hint}], "title"}`, then every
piece as `{text, heading, page, start, end, words}`, or with `text` all of its text in parts `{text}`, with
`page` what a page on the web is about in such parts; or `{"error": {code, message, hint}}` alone. Everything
is imported, and the dictionary opened, before the process gives up the right to open anything.
"""

from __future__ import annotations

import codecs
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_S = 120
PART = 100_000
"""Characters of a text a line."""


def main(ending: str, wanted: str = "", charset: str = "") -> int:
    """Gives the exit status: 0 also where the document cannot be read, for then it says why."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from nodes.confined.confine import limit, shut_in

    limit(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S)
    _load_all()
    shut_in()
    data = sys.stdin.buffer.read()
    try:
        answers = _read(data, ending, wanted, charset)
    except (MemoryError, RecursionError):
        answers = [_too_complex()]
    for answer in answers:
        sys.stdout.write(json.dumps(answer, ensure_ascii=True, separators=(",", ":")) + "\n")
    sys.stdout.flush()
    return 0


def _read(data: bytes, ending: str, wanted: str, charset: str) -> list[dict[str, Any]]:
    from workers.knowledge.reading.blocks import Block, CannotRead, Remark
    from workers.knowledge.reading.clean import clean
    from workers.knowledge.reading.kinds import read_document
    from workers.knowledge.reading.page import as_markdown
    from workers.knowledge.reading.split import split, text_of
    from workers.knowledge.words import words_of

    try:
        reading = read_document(data, ending, as_page=wanted == "page", charset=charset)
        blocks: list[Block] = []
        hidden = 0
        for block in reading.blocks:
            text, count = clean(block.text)
            hidden += count
            if text.strip():
                blocks.append(Block(block.kind, text, block.level, block.page))
        whole = as_markdown(blocks) if wanted == "page" and reading.kind == "html" else text_of(blocks)
        if wanted:
            pieces = [{"text": whole[at : at + PART]} for at in range(0, len(whole), PART)]
        else:
            pieces = [
                {**asdict(piece), "words": words_of(f"{piece.heading}\n{piece.text}")}
                for piece in split(blocks)
            ]
        if not pieces:
            raise CannotRead("document_no_text", "There is no text in it.", "Check the file.")
    except CannotRead as error:
        return [{"error": asdict(error.remark)}]
    if hidden:
        reading.notices.append(Remark("hidden_characters", f"{hidden} invisible characters were removed."))
    head = {
        "kind": reading.kind,
        "pages": reading.pages,
        "characters": len(whole),
        "notices": [asdict(notice) for notice in reading.notices],
        "title": clean(reading.title)[0],
    }
    return [head, *pieces]


def _too_complex() -> dict[str, Any]:
    message = "Reading it took more memory than a document may use."
    hint = "Save it in a simpler form, for example as plain text."
    return {"error": {"code": "document_too_complex", "message": message, "hint": hint}}


def _load_all() -> None:
    import charset_normalizer  # noqa: F401

    from workers.knowledge import words
    from workers.knowledge.reading import clean, docx, html, kinds, markdown, page, pdf, split, text  # noqa: F401

    for name in (*text.GUESSED, *text.MARKED, *text.DECLARED):
        codecs.lookup(name)
    words.open_dictionary()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
