"""What every reader gives: blocks of text in reading order, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

MOST_CHARACTERS = 10_000_000
MOST_BLOCKS = 500_000

BlockKind = Literal["heading", "text", "item", "table", "code"]


@dataclass(frozen=True)
class Block:
    """A heading (`level` from 1), a paragraph, a list item, a table (a row a line), or code."""

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True)
class Remark:
    """Something a person should know about a document, in a stable code and in words."""

    code: str
    message: str
    hint: str = ""


@dataclass
class Reading:
    """What a reader found."""

    kind: str
    blocks: list[Block]
    pages: int | None = None
    notices: list[Remark] = field(default_factory=list)
    title: str = ""


class CannotRead(Exception):
    """The document cannot be read; says why, and what a person can do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.remark = Remark(code, message, hint)


def within_limits(blocks: Iterable[Block]) -> list[Block]:
    """The blocks as a list. Raises CannotRead as soon as there is more than anybody would search."""
    found: list[Block] = []
    size = 0
    for block in blocks:
        size += len(block.text)
        if size > MOST_CHARACTERS or len(found) >= MOST_BLOCKS:
            raise too_large(f"There are more than {MOST_CHARACTERS // 1_000_000} million characters in it.")
        found.append(block)
    return found


def too_large(why: str) -> CannotRead:
    """More than is read."""
    return CannotRead("document_too_large", why, "Split it into several files.")


def broken(why: str) -> CannotRead:
    """Not what it says it is, all the way through."""
    hint = "Open it in its own program, save it anew, and add it again."
    return CannotRead("document_broken", why, hint)


def unsafe(why: str) -> CannotRead:
    """Built as no honest program builds it."""
    hint = "Save it anew from its own program, and add it again."
    return CannotRead("document_unsafe", why, hint)


def locked() -> CannotRead:
    """Protected by a password."""
    return CannotRead(
        "document_locked", "It is protected by a password.", "Save it without a password, and add it again."
    )
