"""Runs runs: claims them, hands them to the engine, and lets them go. One Runner per worker process."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from backend.runs.reads import read
from backend.runs.writer import Writer
from backend.workflows.called import find_called, load_called
from backend.workflows.environment import values_of
from backend.workflows.models import Version
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphError, graph_from_json
from nodes.sdk.models import Models
from nodes.sdk.shapes import calls_of
from workers.engine.called import compile_with
from workers.engine.context import Services
from workers.engine.engine import Engine
from workers.engine.events import Event
from workers.engine.forking import Fork
from workers.engine.journal import Busy, LostLease
from workers.engine.limits import Limits
from workers.engine.plan import Plan, compile_plan
from workers.forks import OriginGone, fork_of, pins_in
from workers.journal import DjangoJournal
from workers.kept_answers import ModelsWithKeptAnswers
from workers.leases import Leases
from workers.memory import RunMemory
from workers.publisher import Publisher, Voice
from workers.rows import Claimed
from workers.run_files import RunFiles

log = logging.getLogger(__name__)

MOST_OPEN = 1000
"""Runs that one process has open at a time. More stay in the database for any worker's sweep."""
PLANS_KEPT = 256


@dataclass(eq=False)
class _OpenRun:
    """A run that this process is at work on."""

    journal: DjangoJournal
    task: asyncio.Task[None] | None = None
    engine: Engine | None = None
    is_wanted_again: bool = False


@dataclass(eq=False)
class Runner:
    """The runs of this process. All methods belong to its loop."""

    catalogue: Catalogue
    services: Callable[[UUID], Services]
    writer: Writer
    leases: Leases
    publisher: Publisher
    most_open: int = MOST_OPEN
    is_stopping: bool = False
    was_full: bool = False
    _open: dict[UUID, _OpenRun] = field(default_factory=dict)
    _plans: OrderedDict[UUID, Plan] = field(default_factory=OrderedDict)
    _callers: dict[UUID, tuple[Graph, UUID]] = field(default_factory=dict)
    _whole_plans: OrderedDict[tuple[UUID, UUID, frozenset[tuple[str, str]]], Plan] = field(
        default_factory=OrderedDict
    )

    @property
    def free(self) -> int:
        """How many more runs may be opened."""
        return 0 if self.is_stopping else self.most_open - len(self._open)

    @property
    def open_ids(self) -> list[UUID]:
        """The runs at work here."""
        return list(self._open)

    def start(self, run_ids: Iterable[UUID]) -> None:
        """Begins with runs that may be due. Those already at work here, or beyond the bound, are left."""
        for run_id in run_ids:
            already = self._open.get(run_id)
            if already is not None:
                already.is_wanted_again = True  # the bell may be for a note that came after our last look
            elif self.free > 0:
                self._begin(run_id)
            else:
                self.was_full = True

    def cancel(self, run_id: UUID) -> None:
        """Stops a run whose row is marked."""
        run = self._open.get(run_id)
        if run is not None:
            run.journal.notice_cancel()
            if run.engine is not None:
                run.engine.cancel()

    def pause(self, run_id: UUID) -> None:
        """Lets a run whose row is marked start no further step."""
        run = self._open.get(run_id)
        if run is not None:
            run.journal.notice_pause()
            if run.engine is not None:
                run.engine.pause()

    async def stop(self, grace_s: float) -> None:
        """Gives running steps a moment to end, then leaves what is left to other workers."""
        self.is_stopping = True
        if tasks := [run.task for run in self._open.values() if run.task is not None]:
            await asyncio.wait(tasks, timeout=grace_s)
        left = list(self._open.values())
        for run in left:
            if run.task is not None:
                run.task.cancel()
        await asyncio.gather(*(run.task for run in left if run.task is not None), return_exceptions=True)

    def _begin(self, run_id: UUID) -> None:
        voice = Voice(str(run_id), self.publisher)
        journal = DjangoJournal(run_id, writer=self.writer, leases=self.leases, voice=voice)
        voice.on_refused = journal.doubt
        run = _OpenRun(journal)
        self._open[run_id] = run
        run.task = asyncio.create_task(self._execute(run_id, run, voice))
        run.task.add_done_callback(lambda _: self._close(run_id, run))

    def _close(self, run_id: UUID, run: _OpenRun) -> None:
        if self._open.get(run_id) is run:
            del self._open[run_id]
        if self.is_stopping:
            return
        if run.journal.next_run is not None:
            self.start([run.journal.next_run])
        if run.journal.has_mail or run.is_wanted_again:
            self.start([run_id])

    async def _execute(self, run_id: UUID, run: _OpenRun, voice: Voice) -> None:
        """One segment: from the claim until the run has ended, waits, or is no longer ours."""
        journal = run.journal
        try:
            claimed = await journal.open(if_due=True)
        except Busy:
            run.is_wanted_again = False
            return
        except Exception:
            log.exception("Run %s could not be claimed; a sweep will try again.", run_id)
            return
        run.is_wanted_again = False
        try:
            await self._work(run, claimed, voice)
        except LostLease:
            log.warning("Run %s was taken over by another worker.", run_id)
            journal.lose()
        except asyncio.CancelledError:
            with suppress(Exception):
                await journal.abandon()
            raise
        except Exception:
            log.exception("Run %s stopped unexpectedly; it will be tried again.", run_id)
            with suppress(Exception):
                await journal.abandon(has_crashed=True)
        finally:
            self.leases.drop(run_id)

    async def _work(self, run: _OpenRun, claimed: Claimed, voice: Voice) -> None:
        try:
            fork = await fork_of(claimed)
            plan = await self._whole_plan(claimed, fork)
        except (GraphError, Version.DoesNotExist, OriginGone) as error:
            await _fail(run.journal, claimed, error)
            return
        env: Mapping[str, Any] = {}
        if plan.env and _start_of(claimed) is None:
            env = await read(values_of, claimed.workspace_id, plan.env)
        files = RunFiles(claimed.workspace_id, run.journal.run_id)
        memory = partial(RunMemory, claimed.workspace_id, run.journal.run_id, self.leases.owner, self.writer)
        services = self.services(claimed.workspace_id)
        models: Models = ModelsWithKeptAnswers(
            services.models, claimed.workspace_id, run.journal.run_id, self.writer
        )
        run.engine = Engine(
            plan,
            self.catalogue,
            run.journal,
            voice,
            replace(services, models=models, files=files, memory=memory),
            limits=_limits(claimed.limits),
            worker=self.leases.owner,
            pins=pins_in(claimed),
            env=env,
            fork=fork,
        )
        if claimed.is_cancelled:
            run.engine.cancel()
        if claimed.is_paused:
            run.engine.pause()
        try:
            await run.engine.run()
        finally:
            services.tool_sources.close()

    async def _whole_plan(self, claimed: Claimed, fork: Fork | None) -> Plan:
        """The compiled graph of a run, with the apps that it uses as they were found when it began."""
        plan = await self._plan(claimed.version_id)
        caller = self._callers.get(claimed.version_id)
        if caller is None:
            return plan
        graph, workflow_id = caller
        versions = _found_before(claimed)
        graphs: Mapping[str, Graph] | None = None
        if versions is None:
            found = await read(find_called, claimed.workspace_id, graph, self.catalogue)
            versions, graphs = found.versions, found.graphs
            if fork is not None and fork.workflows:
                versions, graphs = {**versions, **fork.workflows}, None
        key = (claimed.workspace_id, claimed.version_id, frozenset(versions.items()))
        whole = self._whole_plans.get(key)
        if whole is None:
            if graphs is None:
                graphs = await read(load_called, claimed.workspace_id, versions.values())
            whole = compile_with(graph, self.catalogue, versions, graphs, str(workflow_id))
            if len(graphs) == len(set(versions.values())):  # what cannot be read now may be there again later
                self._whole_plans[key] = whole
            if len(self._whole_plans) > PLANS_KEPT:
                self._whole_plans.popitem(last=False)
        return whole

    async def _plan(self, version_id: UUID) -> Plan:
        """The compiled graph of a version; versions never change, so it is kept."""
        plan = self._plans.get(version_id)
        if plan is None:
            stored, workflow_id = await read(_graph_of, version_id)
            graph = graph_from_json(stored)
            plan = compile_plan(graph, self.catalogue)
            self._plans[version_id] = plan
            if calls_of(graph, self.catalogue):
                self._callers[version_id] = (graph, workflow_id)
            if len(self._plans) > PLANS_KEPT:
                self._callers.pop(self._plans.popitem(last=False)[0], None)
        else:
            self._plans.move_to_end(version_id)
        return plan


def _graph_of(version_id: UUID) -> Any:
    return Version.objects.values_list("graph", "workflow_id").get(pk=version_id)


def _found_before(claimed: Claimed) -> dict[str, str] | None:
    """The versions that were found for other apps when the run began; None for one that begins now."""
    start = _start_of(claimed)
    if start is None:
        return None
    known = start.data.get("workflows")
    return {key: str(version) for key, version in known.items()} if isinstance(known, dict) else {}


def _start_of(claimed: Claimed) -> Event | None:
    """What the run began with; None for one that begins now."""
    return next((event for event in claimed.events if event.type == "run_started"), None)


def _limits(given: dict[str, Any]) -> Limits:
    usual = Limits()
    return replace(
        usual, steps=int(given.get("steps", usual.steps)), wall_s=float(given.get("wall_s", usual.wall_s))
    )


_REPAIR = "Open the app in the editor, repair it, and try again."


async def _fail(journal: DjangoJournal, claimed: Claimed, error: Exception) -> None:
    """Ends a run whose graph cannot be read: that will not get better by itself."""
    message = getattr(error, "message", "") or "The version that this run belongs to cannot be read."
    data: dict[str, Any] = {
        "error": {
            "code": error.code if isinstance(error, OriginGone) else "bad_config",
            "message": message,
            "hint": error.hint if isinstance(error, OriginGone) else _REPAIR,
        },
        "answer": "",
        "usage": None,
    }
    seq = claimed.events[-1].seq + 1
    await journal.append(Event(seq, "run_failed", "", datetime.now(UTC), data), durable=True)
