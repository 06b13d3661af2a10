"""The files of a run: read whole, or as text by the confined reader of documents; and those that it makes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

from backend.accounts.errors import ApiError
from backend.files.models import UploadedFile
from backend.files.services import Sender, keep_made, value_of
from backend.knowledge.storage import open_file
from backend.runs.held_files import file_of_run
from backend.runs.models import Run, RunFile
from backend.runs.reads import read
from nodes.sdk.errors import NodeError
from nodes.sdk.uploads import FileText, file_missing
from nodes.sdk.values import Json
from workers.knowledge.reader import Reading, Refusal, read_page, read_text

LONGEST_S = 60.0
AT_ONCE = 2
"""Children that read for steps, in one process: each may take a core and much memory."""


@dataclass(frozen=True)
class RunFiles:
    """What a run may read: the files that it, or an earlier one of its conversation, was given or made."""

    workspace_id: UUID
    run_id: UUID

    async def read(self, value: Json) -> bytes:
        """All of it."""
        row = await self._row(value)
        return await asyncio.to_thread(_bytes_of, row, value)

    async def read_text(self, value: Json, *, most: int) -> FileText:
        """Its text, read by a process that can open nothing else."""
        row = await self._row(value)
        with ExitStack() as stack:
            file = stack.enter_context(await asyncio.to_thread(_open, row, value))
            return await _text(partial(read_text, file, row.name, longest_s=LONGEST_S), row.name, most)

    async def read_page(self, content: bytes, *, ending: str, charset: str, most: int) -> FileText:
        """The text of a page that a step fetched, read by the same process."""
        with ExitStack() as stack:
            file = stack.enter_context(await asyncio.to_thread(_holding, content))
            reads = partial(read_page, file, f"page.{ending}", charset=charset, longest_s=LONGEST_S)
            return await _text(reads, "The page", most)

    async def write(self, name: str, content: bytes) -> dict[str, Json]:
        """Keeps a file that a step made: this run's, and so of those who may read what it was sent."""
        try:
            return value_of(await read(_keep, self.workspace_id, self.run_id, name, content))
        except ApiError as error:
            raise NodeError("storage_full", error.message, error.hint) from None

    async def _row(self, value: Json) -> UploadedFile:
        try:
            file_id = UUID(str(value["file_id"])) if isinstance(value, dict) else None
        except (KeyError, ValueError):
            file_id = None
        row = None if file_id is None else await read(file_of_run, self.workspace_id, self.run_id, file_id)
        if row is None:
            raise file_missing(value)
        return row


async def _text(reads: Callable[[], Awaitable[Reading]], name: str, most: int) -> FileText:
    """What was read in its turn. Raises NodeError."""
    async with _turns():
        try:
            reading = await reads()
        except Refusal as why:
            message = f"{name} could not be read. {why.message}"
            raise NodeError(why.code, message, why.hint) from None
        except OSError:
            raise NodeError("reader_busy", f"{name} could not be read just now.", retry=True) from None
    text = "".join(part.text for part in reading.parts)
    notices = [notice.message for notice in reading.notices]
    return FileText(text[:most], reading.kind, reading.pages, len(text) > most, notices, reading.title)


def _holding(content: bytes) -> BinaryIO:
    file = TemporaryFile()  # noqa: SIM115
    file.write(content)
    file.seek(0)
    return cast("BinaryIO", file)


def _keep(workspace_id: UUID, run_id: UUID, name: str, content: bytes) -> UploadedFile:
    run = Run.objects.for_workspace(workspace_id).get(pk=run_id)
    sender = Sender(run.workspace_id, run.workflow_id, run.audience, run.audience_ref)
    return keep_made(sender, name, content, lambda row: RunFile.objects.create(run=run, file=row))


def _open(row: UploadedFile, value: Json) -> BinaryIO:
    try:
        return open_file(row.workspace_id, row.file)
    except FileNotFoundError:
        raise file_missing(value) from None


def _bytes_of(row: UploadedFile, value: Json) -> bytes:
    with _open(row, value) as file:
        return file.read()


_semaphores: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _turns() -> asyncio.Semaphore:
    """The turns of the running loop; a process has one loop for its whole life."""
    loop = asyncio.get_running_loop()
    if loop not in _semaphores:
        _semaphores.clear()
        _semaphores[loop] = asyncio.Semaphore(AT_ONCE)
    return _semaphores[loop]
