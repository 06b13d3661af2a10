"""HTML: what a person would read of a page, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from workers.knowledge.reading.blocks import Block, broken

SKIPPED = frozenset(
    "script style noscript template title svg math canvas iframe object embed select button input textarea "  # noqa: SIM905
    "nav form".split()
)
_BREAKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer "  # noqa: SIM905
    "header hr li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")


def declared_charset(data: bytes) -> str | None:
    """The encoding that the page says it is in."""
    found = _DECLARED.search(data[:4096])
    return found[1].decode("ascii") if found else None


def read_html(text: str) -> Iterator[Block]:
    """Walks without recursion: pages may be nested deeper than Python goes."""
    return blocks_of(parse(text))


def parse(text: str) -> Any:
    """The page as a tree. Raises CannotRead."""
    try:
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
        return lxml_html.document_fromstring(_XML_HEAD.sub("", text), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise broken("Its HTML cannot be read.") from error


def blocks_of(root: Any, left_out: Set[Any] = frozenset()) -> Iterator[Block]:
    """What a person would read of a tree or a part of it, but for the elements `left_out`."""
    return _Walk(left_out).blocks(root)


class _Walk:
    def __init__(self, left_out: Set[Any]) -> None:
        self._left_out = left_out
        self._pieces: list[str] = []
        self._rows: list[list[str]] | None = None
        self._kind = "text"
        self._level = 0

    def blocks(self, root: Any) -> Iterator[Block]:
        skipping: Any = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if skipping is not None:
                if event == "end" and element is skipping:
                    skipping = None
                    self._say(element.tail)
                continue
            if event == "start":
                if tag in SKIPPED or is_hidden(element) or element in self._left_out:
                    skipping = element
                    continue
                yield from self._start(tag)
                self._say(element.text)
            else:
                yield from self._end(tag)
                if element is not root:
                    self._say(element.tail)
        yield from self._flush()

    def _say(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)

    def _start(self, tag: str) -> Iterator[Block]:
        if tag == "table" and self._rows is None:
            yield from self._flush()
            self._rows = []
        elif self._rows is not None:
            if tag == "tr":
                self._rows.append([])
            self._pieces.append(" ")
            if tag in ("td", "th"):
                self._pieces = []
        elif tag in _HEADINGS:
            yield from self._flush()
            self._kind, self._level = "heading", _HEADINGS[tag]
        elif tag in _BREAKS:
            yield from self._flush()
            if tag == "li":
                self._kind = "item"
            elif tag == "pre":
                self._kind = "code"

    def _end(self, tag: str) -> Iterator[Block]:
        if self._rows is not None:
            if tag in ("td", "th"):
                if not self._rows:
                    self._rows.append([])
                self._rows[-1].append(_SPACE.sub(" ", "".join(self._pieces)).strip())
                self._pieces = []
            elif tag == "table":
                text = "\n".join(" | ".join(row) for row in self._rows if any(row))
                self._rows, self._pieces = None, []
                if text:
                    yield Block("table", text)
        elif tag in _HEADINGS or tag in _BREAKS:
            yield from self._flush()

    def _flush(self) -> Iterator[Block]:
        raw = "".join(self._pieces)
        text = raw.strip("\n") if self._kind == "code" else _SPACE.sub(" ", raw).strip()
        kind, level = self._kind, self._level
        self._pieces, self._kind, self._level = [], "text", 0
        if text.strip():
            yield Block(kind, f"- {text}" if kind == "item" else text, level)  # type: ignore[arg-type]


def is_hidden(element: Any) -> bool:
    style = element.get("style")
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or (style is not None and _UNSEEN.search(style) is not None)
    )
