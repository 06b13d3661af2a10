"""Brings model files to the server: fetches them, checks them, and says so in their rows.

The rows are the truth, and the work can be taken up by any worker at any moment: what came of a file lies on
the disk, how far it is and its version stand in the row, and a worker that is gone loses its hold in a while.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import redis.asyncio
from django.db.models import Q
from django.utils import timezone

from backend.providers.files import models_folder, part_of, path_of
from backend.providers.local_api import RUNNING_KEY
from backend.providers.models import LocalModel, LocalState
from backend.runs.reads import read
from backend.runs.redis_clients import RedisError
from backend.runs.timings import TIMINGS
from nodes.sdk.errors import NodeError
from workers.models.download import Download, check_hash, read_header
from workers.models.local_hosts import LocalHosts
from workers.outgoing import GuardedHttp

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
_SAY_EVERY_S = 1.0
_TELL_EVERY_S = 5.0
_TIDY_EVERY_S = 60.0
_AT_WORK = (LocalState.DOWNLOADING, LocalState.CHECKING)


class Lost(Exception):
    """The row was paused, removed, or taken by another worker."""


class ModelFiles:
    """One for a worker process. `serve()` turns for ever; each file is a task of its own."""

    def __init__(self, http: GuardedHttp, owner: str) -> None:
        self._http = http
        self._owner = owner
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._tidied_at = 0.0

    async def serve(self) -> None:
        """Looks for files that nobody works on, and begins with them."""
        try:
            while True:
                try:
                    await self._look()
                except Exception as error:
                    log.error("Looking for model files failed; trying again.", exc_info=error)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look(self) -> None:
        for row in await read(_claim, self._owner):
            task = asyncio.create_task(self._bring(row))
            self._tasks[row.pk] = task
            task.add_done_callback(lambda _, pk=row.pk: self._tasks.pop(pk, None))
        if time.monotonic() - self._tidied_at > _TIDY_EVERY_S:
            self._tidied_at = time.monotonic()
            await read(tidy)

    async def _bring(self, row: LocalModel) -> None:
        holding = asyncio.create_task(self._hold(row.pk))
        work = asyncio.create_task(self._work(row))
        try:
            await asyncio.wait({holding, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        except Lost:
            pass
        except NodeError as error:
            said = {"code": error.code, "message": error.message, "hint": error.hint}
            await read(_settle, row.pk, self._owner, state=LocalState.FAILED, error=said)
        except Exception as error:
            log.error("Bringing the model %s failed.", row.slug, exc_info=error)
            said = {"code": "node_crashed", "message": "Something unexpected happened.", "hint": "Try again."}
            await read(_settle, row.pk, self._owner, state=LocalState.FAILED, error=said)
        finally:
            for task in (holding, work):
                task.cancel()
            await asyncio.gather(holding, work, return_exceptions=True)

    async def _hold(self, pk: UUID) -> None:
        """Says that we are at it, and how far. Ends when the row is not ours to work on any more."""
        while await read(_touch, pk, self._owner):  # noqa: ASYNC110 (the database tells nobody)
            await asyncio.sleep(min(TIMINGS.lease_s / 5, 2.0))

    async def _work(self, row: LocalModel) -> None:
        path = path_of(row)
        if row.path:
            if not path.is_file():
                raise NodeError(
                    "file_missing",
                    f"There is no file at {row.path!r} that Treadle may read.",
                    hint="Check the path, and that Treadle may read it.",
                )
        elif not path.exists():
            await self._fetch(row, path)
        header = await read_header(path)
        size = (await asyncio.to_thread(path.stat)).st_size
        done = {"state": LocalState.READY, "header": header, "size_bytes": size, "done_bytes": size}
        await read(_settle, row.pk, self._owner, error=None, **done)
        log.info("The model %s is ready.", row.slug)

    async def _fetch(self, row: LocalModel, path: Path) -> None:
        part = part_of(row.pk)
        part.parent.mkdir(parents=True, exist_ok=True)
        said_at = 0.0

        async def report(done: int, total: int, etag: str) -> None:
            nonlocal said_at
            if time.monotonic() - said_at < _SAY_EVERY_S and done != total:
                return
            said_at = time.monotonic()
            fields = {"done_bytes": done, "etag": etag, "size_bytes": total or row.size_bytes}
            if not await read(_note, row.pk, self._owner, **fields):
                raise Lost

        await Download(row.url, part, size=row.size_bytes, etag=row.etag).run(self._http, report)
        await read(_note, row.pk, self._owner, state=LocalState.CHECKING)
        try:
            await check_hash(part, row.sha256)
            await read_header(part)
        except NodeError:
            part.unlink(missing_ok=True)  # to go on from it would bring the same again
            await read(_note, row.pk, self._owner, done_bytes=0, etag="")
            raise
        await asyncio.to_thread(_put_in_place, part, path)


async def tell_of_hosts(hosts: LocalHosts, redis_client: redis.asyncio.Redis) -> None:
    """Says for the page Models which files' hosts run, and what memory they take."""
    while True:
        for key, memory in (await hosts.running()).items():
            with suppress(*RedisError):
                said = json.dumps({"memory_bytes": memory})
                await redis_client.set(RUNNING_KEY.format(key), said, ex=int(3 * _TELL_EVERY_S))
        await asyncio.sleep(_TELL_EVERY_S)


def tidy() -> None:
    """Deletes files that no row names any more, and says of rows whose file has gone that it has."""
    folder = models_folder()
    # Files first: one that comes after this look has a row by then, or is left for the next time.
    files = list(folder.iterdir()) if folder.is_dir() else []
    wanted = {part_of(row.pk).name for row in LocalModel.objects.exclude(state=LocalState.READY)}
    wanted |= {path_of(row).name for row in LocalModel.objects.exclude(url="")}
    for file in files:
        if file.suffix in (".gguf", ".part") and file.name not in wanted:
            file.unlink(missing_ok=True)
    for row in LocalModel.objects.filter(state=LocalState.READY):
        if not path_of(row).is_file():
            said = {
                "code": "file_missing",
                "message": "The model's file is not there any more.",
                "hint": "Download it again.",
            }
            rows = LocalModel.objects.filter(pk=row.pk, state=LocalState.READY)
            rows.update(state=LocalState.FAILED, error=said, done_bytes=0)


def _claim(owner: str) -> list[LocalModel]:
    """Rows to work on that nobody holds, now held by us."""
    now = timezone.now()
    free = Q(held_until=None) | Q(held_until__lt=now)
    found = LocalModel.objects.filter(free, state__in=_AT_WORK)
    until = now + timedelta(seconds=TIMINGS.lease_s)
    return [
        row
        for row in found
        if LocalModel.objects.filter(free, pk=row.pk, state__in=_AT_WORK).update(
            held_by=owner, held_until=until
        )
    ]


def _touch(pk: UUID, owner: str) -> bool:
    until = timezone.now() + timedelta(seconds=TIMINGS.lease_s)
    with suppress(FileNotFoundError):
        size = part_of(pk).stat().st_size
        if _ours(pk, owner).filter(state=LocalState.DOWNLOADING).update(held_until=until, done_bytes=size):
            return True
    return bool(_ours(pk, owner).update(held_until=until))


def _note(pk: UUID, owner: str, **fields: Any) -> bool:
    return bool(_ours(pk, owner).update(**fields))


def _settle(pk: UUID, owner: str, **fields: Any) -> bool:
    return bool(_ours(pk, owner).update(held_by="", held_until=None, **fields))


def _ours(pk: UUID, owner: str) -> Any:
    return LocalModel.objects.filter(pk=pk, held_by=owner, state__in=_AT_WORK)


def _put_in_place(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
