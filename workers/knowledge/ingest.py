"""Reads documents in the background: takes them apart, stores their pieces, computes their meaning.

The row is the truth. A bell only makes it fast; a sweep finds what is due, also after a crash, and goes on
behind the last group of vectors that was stored. A few documents at a time, in processes that give way to
others: nobody's chat waits for somebody's upload.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from backend.knowledge.storage import open_file
from backend.runs import blobs
from backend.runs.failpoint import failpoint
from backend.runs.reads import read
from backend.runs.timings import TIMINGS
from backend.runs.writer import Writer
from nodes.sdk.errors import NodeError
from nodes.sdk.models import Models
from workers.knowledge import rows
from workers.knowledge.housekeeping import forget_unused, remove_orphans
from workers.knowledge.reader import Reading, Refusal, read_document
from workers.knowledge.rows import Claimed, Lost
from workers.models.bulk import GROUP

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 2
PIECES_AT_ONCE = 50
"""Pieces stored in one transaction: some 15 ms, for chats want to write too."""
_TRY_AGAIN_S = (5.0, 30.0, 120.0, 600.0)
_HOUSEKEEPING_S = 3600.0

Usual = Callable[[UUID], Awaitable[str]]
"""The embedding model that a workspace uses when nothing else is said."""


class Ingestor:
    """Reads the documents that are due, in one worker process. All methods belong to its loop."""

    def __init__(
        self, writer: Writer, models: Callable[[UUID], Models], usual_model: Usual, owner: str
    ) -> None:
        self._writer = writer
        self._models = models
        self._usual_model = usual_model
        self._owner = owner
        self._bell = asyncio.Event()
        self._open: dict[UUID, asyncio.Task[None]] = {}
        self.is_stopping = False

    def ring(self) -> None:
        """Says that documents may be due."""
        self._bell.set()

    async def serve(self) -> None:
        """Turns for ever: begins with what is due whenever there is room."""
        tidied_at = 0.0
        while True:
            self._bell.clear()
            try:
                await self._begin()
                if time.monotonic() - tidied_at > _HOUSEKEEPING_S or not tidied_at:
                    tidied_at = time.monotonic()
                    await read(forget_unused)
                    await read(blobs.forget_unused)
                    await read(remove_orphans)
            except Exception:
                log.exception("Looking for documents failed; trying again.")
            with suppress(TimeoutError):
                async with asyncio.timeout(TIMINGS.sweep_s):
                    await self._bell.wait()

    async def stop(self) -> None:
        """Leaves what is open to other workers."""
        self.is_stopping = True
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self) -> None:
        room = AT_ONCE - len(self._open)
        if room <= 0 or self.is_stopping:
            return
        for document_id in await read(rows.due, room):
            if document_id not in self._open:
                task = asyncio.create_task(self._ingest(document_id))
                self._open[document_id] = task
                task.add_done_callback(partial(self._close, document_id))

    def _close(self, document_id: UUID, task: asyncio.Task[None]) -> None:
        self._open.pop(document_id, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("Reading a document stopped unexpectedly.", exc_info=task.exception())
        self._bell.set()  # there is room now

    async def _ingest(self, document_id: UUID) -> None:
        claimed = await self._write(rows.claim, document_id, self._owner, TIMINGS.lease_s)
        if claimed is None:
            return
        try:
            await self._while_held(claimed, self._work(claimed))
        except Lost:
            log.info("Document %s was deleted, or taken over by another worker.", document_id)
        except asyncio.CancelledError:
            await self._quietly(rows.put_back, claimed, self._owner, 0.0)
            raise

    async def _work(self, claimed: Claimed) -> None:
        """Everything from the claim to the end, whichever it is. Raises Lost."""
        try:
            if claimed.attempts > rows.MOST_ATTEMPTS:
                raise Refusal(
                    "document_too_complex",
                    f"Reading it was begun {rows.MOST_ATTEMPTS} times and never came to an end.",
                    "Save it in a simpler form, for example as plain text.",
                )
            if claimed.status == "reading":
                await self._read(claimed)
            await self._index(claimed)
            await self._write(rows.finish, claimed, self._owner)
        except Refusal as refusal:
            await self._fail(claimed, refusal.code, str(refusal), refusal.hint)
        except NodeError as error:
            if not error.retry or claimed.attempts >= rows.MOST_ATTEMPTS:
                await self._fail(claimed, error.code, error.message, error.hint)
            else:
                wait_s = error.retry_after_s or _TRY_AGAIN_S[min(claimed.attempts, len(_TRY_AGAIN_S)) - 1]
                await self._write(rows.put_back, claimed, self._owner, wait_s)
        except (Lost, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("Document %s could not be read just now.", claimed.id)
            wait_s = _TRY_AGAIN_S[min(claimed.attempts, len(_TRY_AGAIN_S)) - 1]
            await self._write(rows.put_back, claimed, self._owner, wait_s)

    async def _read(self, claimed: Claimed) -> None:
        """Takes the document apart and stores its pieces, which nobody finds yet."""
        reading = await self._parse(claimed)
        await self._write(rows.begin_pieces, claimed, self._owner, reading)
        total = len(reading.pieces)
        for first in range(0, total, PIECES_AT_ONCE):
            group = reading.pieces[first : first + PIECES_AT_ONCE]
            share = min(1.0, (first + len(group)) / total)
            await self._write(rows.add_pieces, claimed, self._owner, first, group, share)
            failpoint("document_stored")
        await self._write(rows.begin_indexing, claimed, self._owner, total)

    async def _parse(self, claimed: Claimed) -> Reading:
        try:
            file = await asyncio.to_thread(open_file, claimed.workspace_id, claimed.file)
        except FileNotFoundError:
            raise Refusal("document_broken", "Its file is not there any more.", "Add it again.") from None
        with file:
            return await read_document(file, claimed.title)

    async def _index(self, claimed: Claimed) -> None:
        """Computes the meaning of every piece that has none yet, group by group."""
        usual = await self._usual_model(claimed.workspace_id)
        model = await self._write(rows.settle_model, claimed.knowledge_id, usual)
        models = self._models(claimed.workspace_id)
        total = await read(rows.pieces_of, claimed.id)
        after = -1
        while group := await read(rows.without_meaning, claimed, model, after, GROUP):
            texts = {digest: text for _, digest, text in group}
            vectors = await models.embed(list(texts.values()), model=model, kind="passage")
            after = group[-1][0]
            found = dict(zip(texts, vectors, strict=True))
            share = min(1.0, (after + 1) / max(1, total))
            await self._write(rows.add_meanings, claimed, self._owner, model, found, share)
            failpoint("document_indexed")

    async def _fail(self, claimed: Claimed, code: str, message: str, hint: str) -> None:
        await self._write(rows.fail, claimed, self._owner, code, message, hint)

    async def _while_held(self, claimed: Claimed, work: Coroutine[Any, Any, None]) -> None:
        """Does the work while the lease is renewed; stops it when the document is gone or another's."""
        task = asyncio.create_task(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=TIMINGS.renew_s)
                if not task.done():
                    await self._write(rows.renew, claimed.id, self._owner, TIMINGS.lease_s)
            await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _quietly(self, work: Callable[..., Any], *arguments: Any) -> None:
        with suppress(Exception):
            await self._write(work, *arguments)

    async def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        return await self._writer.write(lambda _: work(*arguments))
