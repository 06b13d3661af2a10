"""Carries a run from its claim to its end: everything outside the nodes themselves."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NoReturn, cast

from nodes.sdk.answers import AnswerFold
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.errors import NodeError
from nodes.sdk.knowledge import as_sources
from nodes.sdk.models import ChatMessage, Role, Usage
from nodes.sdk.node import NodeResult
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, ENV, VARS
from workers.engine.budget import Budget, LimitCode
from workers.engine.clock import Clock, SystemClock
from workers.engine.context import Services
from workers.engine.events import Event, EventType
from workers.engine.faults import (
    cost_used_up,
    crash_loop,
    error_to_json,
    not_reached,
    run_out_of_time,
    tokens_used_up,
    too_large,
    too_many_steps,
)
from workers.engine.files_along import files_along
from workers.engine.forking import Fork
from workers.engine.frames import Call, Calls, Frame, locate
from workers.engine.held import Held
from workers.engine.journal import Claim, Journal, Live, RunCancelled
from workers.engine.ledger import Entry, Ledger
from workers.engine.limits import Limits
from workers.engine.node_run import run_node
from workers.engine.passes import run_pass
from workers.engine.plan import GraphPlan, Plan, PlanNode
from workers.engine.recorder import Recorder
from workers.engine.rest import wake_all
from workers.engine.results import Results
from workers.engine.state import RunState, container_of, fold, prefix_of
from workers.engine.stopping import ended_by, failure_of, with_message
from workers.engine.tasks import look_at_error, stop
from workers.engine.usage import usage_to_json, used_beyond
from workers.engine.waits import Suspended, waiting_json, wake_time

MAX_IDLE_CLAIMS: Final = 3
"""Claims without a new fact after which a run is given up."""

_ATTEMPT_ENDS: Final = frozenset({"node_succeeded", "node_failed"})
_TURN: Final = 64  # pure nodes after which the loop's other work gets its turn
_TURN_CHARACTERS: Final = 1_000_000  # and what they may be given and give until then


@dataclass(frozen=True)
class _Ending:
    """How the run ends. The answer and the usage are added when it is written."""

    kind: EventType
    data: Mapping[str, Json]


class Engine:
    """One worker's work on one run, from claim to release. Made for each claim anew.

    `env` are the environment variables that are there now: a run that has started keeps those it began with.
    `catalogue` is what `plan` was compiled with. `pins` stand in for nodes, by id, as `given.py` has them;
    `fork` says what the run goes on from: both count when it begins, and its journal holds them from then on.
    `chance` spreads retries and answers ctx.random().
    """

    def __init__(
        self,
        plan: Plan,
        catalogue: Catalogue,
        journal: Journal,
        live: Live,
        services: Services,
        clock: Clock | None = None,
        limits: Limits | None = None,
        *,
        worker: str = "worker",
        pins: Mapping[str, Json] | None = None,
        env: Mapping[str, Json] | None = None,
        fork: Fork | None = None,
        chance: Random | None = None,
    ) -> None:
        self.plan = plan
        self.catalogue = catalogue
        self.live = live
        self.services = services
        self.clock = clock or SystemClock()
        self.limits = (limits or Limits()).within(plan.limits)
        self.budget: Budget | None = None
        """What is left for AI models; None where nothing limits them."""
        self.worker = worker
        self.pins: Mapping[str, Json] = pins or {}
        self.edits: Mapping[str, Json] = {}
        """By path: what stands in for a step, or some of its settings, in this run."""
        self.has_given = False
        """Whether there are pins or edits."""
        self.only = ""
        """The path of the one step that is to run; "" for all."""
        self._fork = fork
        self._env: Mapping[str, Json] = env or {}
        self.chance = chance or Random()  # noqa: S311 (nothing secret hangs on it)
        self.run_id = ""
        self.history: tuple[ChatMessage, ...] = ()
        self.flushes_starts = False
        """Whether even a pure node's start is durable before it runs: a worker died over this run."""
        self.is_over = False
        """Whether the run is ending or lost: from then on no node starts and no fact of one is taken."""
        self.is_pausing = False
        """Whether no node starts any more until a person lets the run go on."""
        self.resting: set[asyncio.Future[None]] = set()
        """Nodes between two attempts."""
        self.parked: set[str] = set()
        """Node runs that wait, or stopped before they began: they go on later with the same attempt."""
        self.variables: dict[str, Json] = {}
        """Run variables, with changes that are still on their way to the disk. Refs see this very object."""
        self.conversation: dict[str, Json] = {}
        """The same for what the conversation remembers."""
        self.loops: dict[str, Held] = {}
        """By path: what loops under way keep from round to round."""
        self._journal = journal
        self._recorder = Recorder(journal, self.clock, AnswerFold(plan.answers))
        self.ledger = Ledger()
        """What model calls have used that is not believed yet."""
        self.state: RunState = self._recorder.state
        if plan.calls:
            self._recorder.calls = Calls()
        self._ending: _Ending | None = None
        self._fatal: BaseException | None = None
        self._woken = asyncio.Event()
        self._starts = 0
        self._characters = 0
        self._turn_at = _TURN_CHARACTERS

    async def run(self) -> RunState:
        """Claims the run, carries it to its end, releases it, and returns what it has come to.

        Raises Busy, LostLease, or whatever else the journal raised: then nothing more was written. When
        this task is cancelled, the nodes stop, nothing is written, and the run is left to the next claim.
        """
        claim = await self._journal.claim(self.worker)
        self._recorder.take_in(claim)
        self.run_id = claim.opening.run
        if not self.state.has_ended:
            await self._begin(claim)
            await self._run_until_decided()
            await self._write_ending()
        is_waiting = self.state.status == "waiting" and not self.is_pausing
        await self._journal.release(self.state.status, wake_time(self.state) if is_waiting else None)
        return self.state

    def pause(self) -> None:
        """Lets no node start any more. Those at work end, then the run waits for a person."""
        self.is_pausing = True
        wake_all(self)

    def cancel(self) -> None:
        """Stops the run: no node starts any more, those at work are stopped, run_cancelled is written."""
        self._end("run_cancelled", {})

    async def _begin(self, claim: Claim) -> None:
        """Writes what comes before the first node, and looks whether there is to be one."""
        state, opening = self.state, claim.opening
        self._starts = state.node_starts
        self.flushes_starts = state.idle_claims > 1
        if not state.has_started:
            started: dict[str, Json] = {
                "query": opening.query,
                "inputs": dict(opening.inputs),
                "history": [{"role": m.role, "content": m.content} for m in opening.history],
                "limits": self.limits.to_json(),
            }
            if self.plan.workflows:
                started["workflows"] = dict(self.plan.workflows)
            if self.plan.variables:
                started["variables"] = list(self.plan.variables)
            if self.plan.env:
                started["env"] = {name: self._env[name] for name in sorted(self.plan.env & self._env.keys())}
            if self.pins:
                started["pins"] = dict(self.pins)
            reused = self._fork.begin(self.plan, started) if self._fork is not None else []
            await self._recorder.append("run_started", "", started, durable=False)
            await self._reuse(reused)
        self.pins, self.edits, self.only = state.pins, state.edits, state.only
        self.has_given = bool(self.pins or self.edits)
        self.variables.update(state.variables)
        self.conversation.update(state.conversation)
        self.limits = self.limits.as_recorded(state.limits)
        if self.limits.tokens is not None or self.limits.cost is not None:
            self.budget = Budget(self.limits.tokens, self.limits.cost, self._spent, self._end_spending)
        self.history = tuple(_message(entry) for entry in state.history)
        for signal in claim.signals:
            if (signal.path, signal.name) not in state.signals:
                note: dict[str, Json] = {"name": signal.name, "payload": signal.payload}
                await self._recorder.append("signal_received", signal.path, note, durable=False)
        if state.idle_claims > MAX_IDLE_CLAIMS:
            titles = sorted({self.title_of(path) for path in state.open if not _is_over(path, state)})
            self._end("run_failed", {"error": crash_loop(MAX_IDLE_CLAIMS, titles)})

    async def _reuse(self, facts: Sequence[Event]) -> None:
        try:
            await self._recorder.reuse(facts)
        except RunCancelled:
            self._end("run_cancelled", {})

    async def _run_until_decided(self) -> None:
        """Runs the workflow until it is decided or something else ends the run; then no node is at work."""
        if self.is_over:
            return
        alarm = self.clock.call_later(self.limits.wall_s - self.state.worked_s, self._end_time)
        scope: dict[str, Json] = {
            VARS: self.variables,
            CONVERSATION: self.conversation,
            ENV: self.state.env,
        }
        work = asyncio.create_task(run_pass(self, self.plan.top, "", scope, None))
        work.add_done_callback(look_at_error)
        work.add_done_callback(lambda _: self._woken.set())
        try:
            await self._woken.wait()
        finally:
            self.is_over = True
            alarm.cancel()
            await stop(self, [work])
        if self._fatal is not None:
            raise self._fatal
        try:
            await self._recorder.catch_up()  # a step that was stopped may have left a fact on its way
        except RunCancelled:
            self._ending = _Ending("run_cancelled", {})
        if self._ending is None:
            self._ending = self._ending_of(work)

    def _ending_of(self, work: asyncio.Task[dict[str, NodeResult]]) -> _Ending:
        error = work.exception()
        if self.only and (error is None or isinstance(error, Suspended)):
            if (failure := self.state.failures.get(self.only)) is not None:
                return _Ending("run_failed", {"error": failure})
            if self.only in self.state.results:
                error = None  # all that was wanted is done
            elif self.only not in self.state.attempts and not self.is_pausing:
                fault = not_reached(self.title_of(self.only))
                return _Ending("run_failed", {"error": fault})
        if isinstance(error, Suspended):
            return _Ending("run_waiting", {})
        # A run of one step alone is done though the work around it was suspended, which gives no results.
        given = work.result() if work.exception() is None else {}
        if error is None and (end := ended_by(given.values())) is not None:
            answer = with_message(self._recorder.answer, end.output)
            if (failure := failure_of(end.output)) is not None:
                return _Ending("run_failed", {"answer": answer, "error": error_to_json(failure)})
            told: dict[str, Json] = {
                "outputs": self._outputs(answer),
                "handled_errors": self.state.handled_errors,
            }
            return _Ending("run_succeeded", {"answer": answer, **told})
        if error is None:
            outputs = self._outputs(self._recorder.answer)
            return _Ending("run_succeeded", {"outputs": outputs, "handled_errors": self.state.handled_errors})
        if isinstance(error, NodeError):
            return _Ending("run_failed", {"error": error_to_json(error)})
        raise error

    async def _write_ending(self) -> None:
        assert self._ending is not None
        self.ledger.close()
        if self._ending.kind == "run_waiting":
            told = waiting_json(self.state, self.parked, is_paused=self.is_pausing)
            left = self.ledger.tell(told, self._recorder.next_seq, self.state.seq, None)
            try:
                await self._recorder.append("run_waiting", "", told, durable=True)
                return
            except RunCancelled:
                self.ledger.take_back(left)
                self._ending = _Ending("run_cancelled", {})
        usage = self._spent()
        # Whoever watched has seen this much; the run's answer is never something else.
        bill = usage_to_json(usage)
        if any(node_id in plan.asks for plan, node_id in (locate(self.plan, p) for p in self.state.cut_off)):
            bill["at_least"] = True
        said: dict[str, Json] = {"answer": self._recorder.answer, "usage": bill}
        self.ledger.tell(said, self._recorder.next_seq, self.state.seq, None)
        if sources := self._sources():
            said["sources"] = sources
        if self._ending.kind != "run_cancelled":
            try:
                await self._recorder.append(
                    self._ending.kind, "", {**said, **self._ending.data}, durable=True
                )
                return
            except RunCancelled:
                pass
        said["answer"] = await self._recorder.written_answer()
        if (facts := await self._journal.recount()) is not None:
            # Facts that told what was used may have been left out; this one tells it then.
            said["left"] = usage_to_json(used_beyond(usage, fold(facts).usage))
        await self._recorder.append("run_cancelled", "", said, durable=True)

    def _spent(self) -> Usage:
        """What model calls have used up: as written down, and of attempts under way as far as it is known."""
        return self.state.usage + self.ledger.untold(self.state.seq)

    def _outputs(self, answer: str) -> dict[str, Json]:
        """What the run gives: its answer, and the files that replies gave along, each once."""
        if not self.plan.files:
            return {"answer": answer}
        return {"answer": answer, **files_along(self.plan, self.state)}

    def _sources(self) -> list[Json]:
        """The passages that nodes found, in the order they found them."""
        found: list[Json] = []
        for path, result in self.state.results.items() if self.plan.sources or self.plan.calls else ():
            plan, node_id = locate(self.plan, path)
            field = plan.sources.get(node_id)
            passages = result.output.get(field) if field and isinstance(result.output, dict) else None
            found += passages if isinstance(passages, list) else []
        return cast("list[Json]", as_sources(found))

    # What a pass, a node run and its context ask for

    async def record(
        self,
        kind: EventType,
        path: str,
        data: dict[str, Json],
        *,
        durable: bool,
        told: Entry | None = None,
        task: asyncio.Task[Any] | None = None,
    ) -> None:
        """Writes a fact about a node down and then believes it; stops the task that asks when it may not.

        `told` is what its `usage` tells; `task` is the one that asks, if the caller knows it.
        """
        if task is None or self.is_over or task.cancelling():
            self.stop_if_over(task)
        recorder, ledger = self._recorder, self.ledger
        tells = ledger.tell(data, recorder.next_seq, self.state.seq, told) if ledger.entries else []
        event = recorder.take(kind, path, data, durable=durable)
        try:
            await self._journal.append(event, durable=durable)
        except asyncio.CancelledError:
            raise  # the journal has the fact and keeps it; it is believed with the next one
        except RunCancelled:
            recorder.take_back(event)
            self.ledger.take_back(tells)
            self._halt("run_cancelled", {})
        except BaseException as error:
            self._fail(error)
            raise
        recorder.believe_taken(event, durable=durable)
        if (self.loops or recorder.calls is not None) and kind in _ATTEMPT_ENDS:
            if path in self.state.retry_at:
                return
            self.loops.pop(path, None)
            if recorder.calls is not None:
                recorder.calls.forget(path)

    def say(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Passes live text on."""
        self._recorder.hear(path, attempt, offset, text)
        self.live.delta(path, attempt, offset, text)

    async def pass_barrier(self, *, starts: bool = False) -> None:
        """Returns when a node may act on the world; stops the task that asks when it may not.

        One that `starts` raises Suspended when the run is paused by then.
        """
        try:
            await self._journal.barrier()
        except asyncio.CancelledError:
            raise
        except RunCancelled:
            self._halt("run_cancelled", {})
        except BaseException as error:
            self._fail(error)
            raise
        self.stop_if_over()
        if starts:
            self.suspend_if_paused()

    async def catch_up(self) -> None:
        """Returns when all facts so far are believed. Stops the task that asks when the run is over."""
        if seq := self._recorder.behind:
            await self.pass_barrier()
            self._recorder.believe(seq)

    def suspend_if_paused(self) -> None:
        """Raises Suspended when nothing is to start."""
        if self.is_pausing or self._journal.is_paused:
            if not self.is_pausing:
                self.pause()
            raise Suspended

    def run_body(
        self, body: GraphPlan, prefix: str, scope: dict[str, Json], task: asyncio.Task[Any]
    ) -> Coroutine[Any, Any, Results]:
        """One pass over a body."""
        return run_pass(self, body, prefix, scope, task)

    def run_inner(
        self, node: PlanNode, path: str, scope: Mapping[str, Json]
    ) -> Coroutine[Any, Any, NodeResult]:
        """One step inside an agent."""
        return run_node(self, node, path, scope)

    def call_at(self, frame: Frame) -> Call:
        """Where the answer of the workflow in `frame` is folded."""
        assert self._recorder.calls is not None
        return self._recorder.calls.get(frame.prefix, frame.plan, frame.env)

    def takes_step(self) -> bool:
        """Counts a node start, or ends the run at its limit. True when it is the other tasks' turn."""
        if self._starts >= self.limits.steps:
            self._halt("run_failed", {"error": too_many_steps(self.limits.steps)})
        self._starts += 1
        if self._starts % _TURN == 0 or self._characters >= self._turn_at:
            self._turn_at = self._characters + _TURN_CHARACTERS
            return True
        return False

    def takes_space(self, characters: int) -> None:
        """Counts what a node is given or gives, or ends the run at its limit."""
        self._characters += characters
        if self._characters > self.limits.characters:
            self._halt("run_failed", {"error": too_large(self.limits.characters)})

    def stop_if_over(self, task: asyncio.Task[Any] | None = None) -> None:
        """Stops the task that asks when the run is over, or when the task was stopped and did not heed it."""
        task = task or asyncio.current_task()
        if self.is_over or (task is not None and task.cancelling()):
            raise asyncio.CancelledError

    # Endings

    def _end(self, kind: EventType, data: Mapping[str, Json]) -> None:
        """Decides how the run ends, unless that is decided already."""
        if not self.is_over:
            self._ending = _Ending(kind, data)
            self.is_over = True
            self._woken.set()

    def _halt(self, kind: EventType, data: Mapping[str, Json]) -> NoReturn:
        """Ends the run from within a node's task, and stops that task."""
        self._end(kind, data)
        raise asyncio.CancelledError

    def _fail(self, error: BaseException) -> None:
        """The journal is gone. Nothing more can be written, so everything stops."""
        if self._fatal is None:
            self._fatal = error
        self.is_over = True
        self._woken.set()

    def _end_spending(self, limit: LimitCode) -> NoReturn:
        if limit == "token_limit":
            self._halt("run_failed", {"error": tokens_used_up(self.limits.tokens or 0)})
        self._halt("run_failed", {"error": cost_used_up(self.limits.cost or 0.0)})

    def _end_time(self) -> None:
        self._end("run_timed_out", {"error": run_out_of_time(self.limits.wall_s)})

    def title_of(self, path: str) -> str:
        """What a person calls the node at `path`."""
        plan, node_id = locate(self.plan, path)
        return plan.titles.get(node_id, node_id)


def _is_over(path: str, state: RunState) -> bool:
    """Whether a container around the node at `path` has ended: then nothing goes on inside it."""
    while (path := container_of(prefix_of(path))) != "":
        if path in state.results or path in state.failures:
            return True
    return False


def _message(entry: Json) -> ChatMessage:
    assert isinstance(entry, dict)
    return ChatMessage(cast(Role, entry["role"]), str(entry["content"]))
