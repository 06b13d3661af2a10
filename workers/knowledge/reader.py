"""Has a document read by a child process with limits, and believes nothing of what that says unseen."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field

log = logging.getLogger(__name__)

LONGEST_S = 300.0
MOST_OUTPUT = 256 * 1024 * 1024
LONGEST_LINE = 4 * 1024 * 1024
_CHILD = Path(__file__).with_name("reading") / "child.py"


class Notice(BaseModel):
    """A remark on a document."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: Annotated[str, Field(max_length=60)]
    message: Annotated[str, Field(max_length=500)]
    hint: Annotated[str, Field(max_length=500)] = ""


class Piece(BaseModel):
    """A piece of a document, with the words to find it by."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(min_length=1, max_length=50_000)]
    heading: Annotated[str, Field(max_length=600)]
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None
    start: Annotated[int, Field(ge=0, le=1_000_000_000)]
    end: Annotated[int, Field(ge=0, le=1_000_000_000)]
    words: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=50_000)]


class Reading(BaseModel):
    """A document that was read."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Annotated[str, Field(pattern=r"^(txt|md|html|pdf|docx)$")]
    pages: Annotated[int, Field(ge=1, le=1_000_000)] | None
    characters: Annotated[int, Field(ge=0, le=1_000_000_000)]
    notices: Annotated[list[Notice], Field(max_length=20)]
    pieces: list[Piece]
    parts: list[Part] = []
    title: Annotated[str, Field(max_length=400)] = ""


class Part(BaseModel):
    """Some of a document's text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(min_length=1, max_length=200_000)]


class Refusal(Exception):
    """Why a document cannot be read, for a person."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


async def read_document(file: BinaryIO, title: str, *, longest_s: float = LONGEST_S) -> Reading:
    """What is in the file. Raises Refusal, or OSError when no process can be started (try again later)."""
    return await _read(file, title, [], longest_s)


async def read_text(file: BinaryIO, title: str, *, longest_s: float = LONGEST_S) -> Reading:
    """The same, but its text in `parts` that follow one another, and no pieces."""
    return await _read(file, title, ["text"], longest_s)


async def read_page(
    file: BinaryIO, title: str, *, charset: str = "", longest_s: float = LONGEST_S
) -> Reading:
    """The same of what an address answered: of a web page its title, and what it is about as Markdown."""
    return await _read(file, title, ["page", charset[:40]], longest_s)


async def _read(file: BinaryIO, title: str, options: list[str], longest_s: float) -> Reading:
    ending = title.rpartition(".")[2][:10] if "." in title else ""
    # -I: no environment, no user's site, and the folder we happen to be in is not looked into.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
        ending,
        *options,
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    try:
        async with asyncio.timeout(longest_s):
            # Side by side: a child that complains at length must not wait for us to listen.
            reading, complaint = await asyncio.gather(
                _believe(child.stdout, as_text=bool(options)), _tail(child.stderr)
            )
            status = await child.wait()
    except (TimeoutError, _TooMuch):
        raise _too_complex() from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if status != 0:
        log.warning("A document's reader ended with %s: %s", status, complaint.decode(errors="replace"))
        raise _too_complex() if status < 0 else _damaged()
    if isinstance(reading, Refusal):
        raise reading
    return reading


class _TooMuch(Exception):
    """The child says more than any document holds."""


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    assert stream is not None
    last = b""
    while piece := await stream.read(1 << 16):
        last = (last + piece)[-2000:]
    return last


async def _believe(stream: asyncio.StreamReader | None, *, as_text: bool = False) -> Reading | Refusal:
    """What the child says, read line by line: a large document must not keep the loop from turning.

    What no reader says counts as a damaged document; the rest is then passed over, to the end.
    """
    assert stream is not None
    said: Reading | Refusal | None = None
    size = 0
    while line := await _line(stream):
        size += len(line)
        if size > MOST_OUTPUT:
            raise _TooMuch
        try:
            if said is None:
                said = _beginning(json.loads(line))
            elif isinstance(said, Reading) and as_text:
                said.parts.append(Part.model_validate(json.loads(line)))
            elif isinstance(said, Reading):
                said.pieces.append(Piece.model_validate(json.loads(line)))
        except (ValueError, RecursionError) as error:
            log.warning("A document's reader said what no reader says: %s", error)
            said = _damaged()
    return said if said is not None else _damaged()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than LONGEST_LINE
        raise _TooMuch from None


def _beginning(head: Any) -> Reading | Refusal:
    if isinstance(head, dict) and "error" in head:
        refusal = Notice.model_validate(head["error"])
        return Refusal(refusal.code, refusal.message, refusal.hint)
    return Reading.model_validate({**head, "pieces": [], "parts": []} if isinstance(head, dict) else head)


def _too_complex() -> Refusal:
    return Refusal(
        "document_too_complex",
        "Reading it took more time or memory than a document may use.",
        "Save it in a simpler form, for example as plain text.",
    )


def _damaged() -> Refusal:
    hint = "Open it in its own program, save it anew, and add it again."
    return Refusal("document_broken", "It is damaged and cannot be read.", hint)
