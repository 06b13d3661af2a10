"""One worker process: its loop, its writer, its leases, and what turns on the loop for ever."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as WaitTimeoutError
from contextlib import suppress
from functools import cache
from typing import Any, Final
from uuid import UUID

from backend.runs import reads
from backend.runs.redis_clients import client
from backend.runs.timings import TIMINGS
from backend.runs.writer import Writer
from nodes.sdk.catalogue import Catalogue, installed_catalogue
from workers.clearing import clear_up
from workers.heartbeat import heartbeat
from workers.knowledge.ingest import Ingestor
from workers.leases import Leases
from workers.loop import Loop
from workers.model_files import ModelFiles, tell_of_hosts
from workers.publisher import Publisher
from workers.runner import Runner
from workers.services import Outside
from workers.sweep import hear_cancels, sweep
from workers.tool_checks import ToolChecks
from workers.tools.looking import ToolLooks
from workers.tools.renewing import finish_renewals
from workers.tools.sign_ins import SignIns

log = logging.getLogger(__name__)

_RENEWALS_S: Final = 5.0
"""How long a worker that is told to stop waits for what a server is about to give."""


class Process:
    """Starts when the worker is ready, ends when it shuts down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner: Runner | None = None
        self._ingestor: Ingestor | None = None
        self._loop: Loop | None = None
        self._forever: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Starts everything, once."""
        with self._lock:
            if self._loop is not None:
                return
            catalogue = installed_catalogue()
            for name, reason in catalogue.broken.items():
                log.warning("The node type %s cannot be used: %s", name, reason)
            self._loop = Loop()
            self._loop.submit(self._open(catalogue)).result()

    def ring(self, run_ids: Sequence[UUID]) -> None:
        """Begins with these runs; called from Celery's threads."""
        self.start()
        assert self._loop is not None
        assert self._runner is not None
        self._loop.loop.call_soon_threadsafe(self._runner.start, run_ids)

    def ring_for_documents(self) -> None:
        """Says that documents wait to be read; called from Celery's threads."""
        self.start()
        assert self._loop is not None
        assert self._ingestor is not None
        self._loop.loop.call_soon_threadsafe(self._ingestor.ring)

    def stop_taking(self) -> None:
        """Opens no more runs: other workers will."""
        if self._runner is not None:
            self._runner.is_stopping = True

    def stop(self) -> None:
        """Lets running steps end if they are quick, and leaves the rest to other workers."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        with suppress(WaitTimeoutError):
            loop.submit(self._close()).result(TIMINGS.grace_s + 10)
        loop.stop()
        reads.close()

    async def _open(self, catalogue: Catalogue) -> None:
        assert self._loop is not None
        loop = self._loop
        self._redis = client()
        self._writer = Writer()
        self._leases = Leases(lambda: loop.ticked_at, loop.held_up_by)
        self._publisher = Publisher(self._redis)
        self._outside = Outside()
        self._runner = Runner(catalogue, self._outside.services, self._writer, self._leases, self._publisher)
        self._ingestor = Ingestor(
            self._writer, self._outside.models, self._outside.usual_embedding_model, self._leases.owner
        )
        self._leases.start()
        for work in (
            self._publisher.serve(),
            sweep(self._runner),
            self._ingestor.serve(),
            ModelFiles(self._outside.http, self._leases.owner).serve(),
            ToolLooks(self._outside.web, self._leases.owner).serve(),
            SignIns(self._outside.web, self._leases.owner).serve(),
            ToolChecks(self._outside.models, self._leases.owner).serve(),
            tell_of_hosts(self._outside.hosts, self._redis),
            hear_cancels(self._runner),
            heartbeat(self._leases.owner, self._redis),
            clear_up(self._leases.owner),
        ):
            self._keep(work)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_complain)
        self._forever.append(task)

    async def _close(self) -> None:
        assert self._runner is not None
        assert self._ingestor is not None
        await self._ingestor.stop()
        await self._runner.stop(TIMINGS.grace_s)
        await self._publisher.close()
        for task in self._forever:
            task.cancel()
        await asyncio.gather(*self._forever, return_exceptions=True)
        await finish_renewals(_RENEWALS_S)
        await self._outside.close()
        self._leases.stop()
        await asyncio.to_thread(self._writer.close)


def _complain(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("A part of the worker ended; restart it.", exc_info=task.exception())


@cache
def process() -> Process:
    """The one process object of this process."""
    return Process()
