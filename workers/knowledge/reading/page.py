"""A page on the web: what it is about, without the menus and notes that stand around it on every page.

Three questions, from the surest to the weakest: does the page say itself where its content is (`main`, one
`article`)? Which parts does it say are something else (`header`, `footer`, `aside`)? Which are mostly links?
Where too little would be left, all of it is given: too much is better than nothing. The libraries made for
this were looked at: they need others under licences that bind those who pass them on (`tld`, `chardet`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from workers.knowledge.reading.blocks import Block
from workers.knowledge.reading.html import SKIPPED, blocks_of, is_hidden, parse

LEAST = 200
"""Characters that a main part has at least, where the page has as many."""
_AROUND = frozenset({"header", "footer", "aside", "nav", "dialog", "menu"})
_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert", "menu"}
)
_GROUPS = frozenset({"div", "section", "ul", "ol", "dl", "table", "p"})
_MOSTLY, _MANY, _LONG = 0.7, 3, 3_000
_SPACE = re.compile(r"\s+")


def read_page(text: str) -> tuple[str, Iterator[Block]]:
    """Its title, and the blocks of its main part. Raises CannotRead."""
    root = parse(text)
    sizes = _Sizes(root)
    whole = sizes.text(root)
    enough = min(LEAST, whole // 3)
    for part in _said_to_be_main(root, sizes):
        left_out = _around(part, sizes)
        if sizes.text(part) - sum(sizes.text(one) for one in left_out) >= enough:
            return _title(root), blocks_of(part, left_out)
    left_out = _around(root, sizes)
    if whole - sum(sizes.text(one) for one in left_out) < enough:
        left_out = set()
    return _title(root), blocks_of(root, left_out)


class _Sizes:
    """How many letters an element holds, how many of them in links, and how many links."""

    def __init__(self, root: Any) -> None:
        self._known: dict[Any, tuple[int, int, int]] = {}
        held: list[list[int]] = [[0, 0, 0]]
        skipping: Any = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if skipping is not None:
                if element is skipping and event == "end":
                    skipping = None
                    held[-1][0] += _letters(element.tail)
                continue
            if event == "start":
                if element.tag in SKIPPED or is_hidden(element):
                    skipping = element
                else:
                    held.append([_letters(element.text), 0, 0])
                continue
            letters, in_links, links = held.pop()
            if element.tag == "a":
                in_links, links = letters, links + 1
            self._known[element] = (letters, in_links, links)
            above = held[-1]
            above[0] += letters + (_letters(element.tail) if element is not root else 0)
            above[1] += in_links
            above[2] += links

    def text(self, element: Any) -> int:
        return self._known.get(element, (0, 0, 0))[0]

    def is_mostly_links(self, element: Any) -> bool:
        letters, in_links, links = self._known.get(element, (0, 0, 0))
        return links >= _MANY and letters < _LONG and in_links > _MOSTLY * letters


def _letters(text: str | None) -> int:
    return len(_SPACE.sub("", text)) if text else 0


def _said_to_be_main(root: Any, sizes: _Sizes) -> list[Any]:
    """Where the page says that its content is, the surest first."""
    mains = [one for one in root.iter("main") if sizes.text(one)]
    mains = mains or [one for one in root.iter() if one.get("role") == "main" and sizes.text(one)]
    articles = [one for one in root.iter("article") if sizes.text(one)]
    found = [max(mains, key=sizes.text)] if mains else []
    if articles:
        longest = max(articles, key=sizes.text)
        # Several of one size are the entries of a list; those together are what the page is about.
        if 2 * sizes.text(longest) > sum(sizes.text(one) for one in articles if not _holds(longest, one)):
            found.append(longest)
    return found


def _holds(outer: Any, inner: Any) -> bool:
    return any(one is outer for one in inner.iterancestors())


def _around(part: Any, sizes: _Sizes) -> set[Any]:
    """The elements within `part` that are not what it is about; none of them within another."""
    found: set[Any] = set()
    passing: Any = None
    for event, element in etree.iterwalk(part, events=("start", "end")):
        if passing is not None:
            if event == "end" and element is passing:
                passing = None
            continue
        if event == "end" or element is part or not isinstance(element.tag, str):
            continue
        is_around = element.tag in _AROUND or element.get("role") in _ROLES
        if element.tag == "header" and any(True for _ in element.iter("h1")):
            is_around = False  # the head of an article has its title
        if is_around or (element.tag in _GROUPS and sizes.is_mostly_links(element)):
            found.add(element)
            passing = element
    return found


def _title(root: Any) -> str:
    """What the page is called: as it tells others, as its window says, or its first heading."""
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title" and (said := _line(meta.get("content") or "")):
            return said
    for tag in ("title", "h1"):
        for element in root.iter(tag):
            if said := _line("".join(element.itertext())):
                return said
    return ""


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def as_markdown(blocks: list[Block]) -> str:
    """The blocks as one text in which headings and code are marked."""
    return "\n\n".join(_marked(block) for block in blocks)


def _marked(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * max(1, min(block.level, 6))} {' '.join(block.text.split())}"
    if block.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        return f"{fence}\n{block.text}\n{fence}"
    return block.text
