"""The files of a run: read whole, or as text by the confined reader of documents."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from django.db.models import Q

from backend.files.models import UploadedFile
from backend.knowledge.storage import open_file
from backend.runs.models import Run
from backend.runs.reads import read
from nodes.sdk.errors import NodeError
from nodes.sdk.uploads import FileText, file_missing
from nodes.sdk.values import Json
from workers.knowledge.reader import Refusal, read_text

LONGEST_S = 60.0
AT_ONCE = 2
"""Children that read for steps, in one process: each may take a core and much memory."""


@dataclass(frozen=True)
class RunFiles:
    """What a run may read: the files that it, or an earlier run of its conversation, was accepted with."""

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
            async with _turns():
                try:
                    reading = await read_text(file, row.name, longest_s=LONGEST_S)
                except Refusal as why:
                    message = f"{row.name} could not be read. {why.message}"
                    raise NodeError(why.code, message, why.hint) from None
                except OSError:
                    raise NodeError(
                        "reader_busy", f"{row.name} could not be read just now.", retry=True
                    ) from None
        text = "".join(part.text for part in reading.parts)
        notices = [notice.message for notice in reading.notices]
        return FileText(text[:most], reading.kind, reading.pages, len(text) > most, notices)

    async def _row(self, value: Json) -> UploadedFile:
        try:
            file_id = UUID(str(value["file_id"])) if isinstance(value, dict) else None
        except (KeyError, ValueError):
            file_id = None
        row = None if file_id is None else await read(_find, self.workspace_id, self.run_id, file_id)
        if row is None:
            raise file_missing(value)
        return row


def _find(workspace_id: UUID, run_id: UUID, file_id: UUID) -> UploadedFile | None:
    files = UploadedFile.objects.for_workspace(workspace_id)
    run = Run.objects.for_workspace(workspace_id).only("conversation_id").filter(pk=run_id).first()
    if run is None:
        return None
    mine = Q(run_uses__run_id=run_id)
    if run.conversation_id is not None:
        mine |= Q(run_uses__run__conversation_id=run.conversation_id)
    return files.filter(mine, pk=file_id).first()


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
