"""Where a list goes on: by a Link header, an address or a mark in the answer, or by counting."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from nodes.sdk import HttpResponse, Json, NodeError, Problem, to_text
from nodes.sdk.parts import part_of
from nodes.sdk.web_address import with_query

_LINK = re.compile(r"<([^<>]{1,8000})>((?:\s*;\s*[\w*-]{1,40}\s*=\s*(?:\"[^\"]{0,500}\"|[^\",;\s]{1,500}))*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\",;\s]+))", re.IGNORECASE)


@dataclass(frozen=True)
class Pages:
    """How a service says where its list goes on, and where in an answer the list stands."""

    way: str
    items: str
    next_part: str
    name: str
    first: int

    def beginning(self) -> list[tuple[str, Json]]:
        """What the first address says of pages."""
        return [(self.name, self.first)] if self.way == "number" else []

    def entries(self, answer: Json) -> list[Json]:
        """The list within an answer. Raises NodeError answer_part_missing where there is none."""
        found = part_of(answer, self.items)
        if found is None and self.items.strip():
            raise NodeError(
                "answer_part_missing",
                f"The answer of the web service has no {self.items!r}.",
                "Look at the answer in the step's last result, and correct where the list stands.",
            )
        return found if isinstance(found, list) else [found]


def next_address(
    pages: Pages, address: str, response: HttpResponse, answer: Json, found: Sequence[Json], asked: int
) -> str | None:
    """The address of the page behind this one, None after the last. Raises NodeError."""
    if pages.way == "number":
        return _with_parameter(address, pages.name, str(pages.first + asked)) if found else None
    if pages.way == "link":
        said = _next_link(response.headers.get("link", ""))
    else:
        value = part_of(answer, pages.next_part)
        said = "" if value is None or value is False else to_text(value).strip()
    if not said:
        return None
    if pages.way == "cursor":
        return _with_parameter(address, pages.name, said)
    try:
        place = urljoin(address, said)
        here, there = _place(address), _place(place)
        is_same = there in (here, ("https", here[1], 443)) if here[2] == 80 else there == here
    except ValueError:
        place, is_same = said, False
    if not is_same:
        raise NodeError(
            "address_refused",
            "The next page lies at another host than the first, so it was not asked for.",
            "If you trust that host, call it in a step of its own.",
        )
    return place.partition("#")[0]


def paging_problems(config: Mapping[str, Json]) -> list[Problem]:
    """What is missing to find further pages."""
    way, problems = config.get("pages"), list[Problem]()
    if way in ("next", "cursor") and not to_text(config.get("next_part")).strip():
        message = "Where the next page is named in the answer is missing."
        problems.append(Problem("no_next_part", message, "Fill it in, such as meta.next.", field="next_part"))
    if way in ("cursor", "number") and not to_text(config.get("page_name", "page")).strip():
        message = "The name of the parameter for the page is missing."
        problems.append(Problem("no_page_name", message, "Fill it in, such as page.", field="page_name"))
    if config.get("read") in ("text", "file"):
        message = "Further pages can only be read as data."
        hint = "Read the answer as it comes, or only the first page."
        problems.append(Problem("pages_need_data", message, hint, field="read"))
    return problems


def _next_link(header: str) -> str:
    for target, more in _LINK.findall(header[:20_000]):
        rel = _REL.search(more)
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return target.strip()
    return ""


def _place(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or ""), port


def _with_parameter(address: str, name: str, value: str) -> str:
    """`address` with the parameter set; other parameters stay as they are written."""
    parts = urlsplit(address)
    kept = [
        piece
        for piece in parts.query.split("&")
        if piece and [key for key, _ in parse_qsl(piece, keep_blank_values=True)] != [name]
    ]
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), ""))
    return with_query(bare, [(name, value)])
