"""What the engine hands to a running node: the SDK's NodeContext, with the run behind it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from nodes.sdk.code import NO_CODE, Code
from nodes.sdk.databases import NO_DATABASES, Databases
from nodes.sdk.errors import NodeError
from nodes.sdk.http import Http
from nodes.sdk.keyed_http import STEP, KeyedHttp
from nodes.sdk.knowledge import Knowledge
from nodes.sdk.mail import AnswerLink, Mail, NoMail
from nodes.sdk.memory import Memory, NoMemory
from nodes.sdk.models import ChatMessage, InLine, Models, Usage
from nodes.sdk.node import END, ENDS_PASS, Called, Left, NodeResult, Turn
from nodes.sdk.resolve import resolve
from nodes.sdk.tool_sources import NO_TOOL_SOURCES, ToolSources
from nodes.sdk.tools import OfferedTool
from nodes.sdk.uploads import NO_FILES, Files
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, Operator, kept_name
from workers.engine.agents import ask, side_by_side, think, use
from workers.engine.changing import change_variable
from workers.engine.frames import MAX_CALL_DEPTH, Frame, frame_of, too_deep
from workers.engine.held import hold
from workers.engine.ledger import Entry
from workers.engine.metered import MeteredModels
from workers.engine.plain import NotPlain, check_plain, clean_text
from workers.engine.plan import InsideField, PlanNode
from workers.engine.results import outcome
from workers.engine.side_by_side import run_bodies
from workers.engine.stopping import failure_of, with_message
from workers.engine.tools import Think
from workers.engine.usage import usage_to_json
from workers.engine.waits import Suspended, has_run_out, over

if TYPE_CHECKING:
    from workers.engine.engine import Engine

T = TypeVar("T")

_BODY_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def no_knowledge(models: Models) -> Knowledge:
    """Documents where there are none."""
    raise NodeError("knowledge_missing", "There are no documents here.", "Run the app on the server.")


def no_memory(models: Models) -> Memory:
    """Memories where nobody is remembered."""
    return NoMemory()


def no_callbacks(run_id: str, path: str, name: str) -> str:
    """Addresses where nothing can be called."""
    raise NodeError("bad_config", "Nothing can be called back here.", "Run the app on the server.")


async def no_answer_links(run_id: str, path: str, expires_at: datetime) -> AnswerLink:
    """Links where nobody can open one."""
    raise NodeError("bad_config", "Nothing can be answered by a link here.", "Run the app on the server.")


@dataclass(frozen=True)
class Services:
    """What a node reaches outside the engine.

    `knowledge` gives the documents, searched with the models it is handed, so that the run's meter counts.
    """

    models: Models
    http: Http
    knowledge: Callable[[Models], Knowledge] = no_knowledge
    files: Files = NO_FILES
    memory: Callable[[Models], Memory] = no_memory
    databases: Databases = NO_DATABASES
    mail: Mail = field(default_factory=NoMail)
    code: Code = NO_CODE
    tool_sources: ToolSources = NO_TOOL_SOURCES
    callback_url: Callable[[str, str, str], str] = no_callbacks
    """The address for a run's note: by the run's id, the path and the note's name."""
    answer_link: Callable[[str, str, datetime], Awaitable[AnswerLink]] = no_answer_links
    """The link that answers a question: by the run's id, the path, and when it stops to be good."""


class RunContext:
    """The NodeContext of one attempt. It is closed when the attempt ends; then it can do nothing more."""

    # Attempts are made by the thousand and most never need these: they are made when they are needed.
    is_closed = False
    has_timed_out = False
    _offset = 0
    _http: Http | None = None
    _meter: MeteredModels | None = None
    _observations = 0
    _writing: asyncio.Lock | None = None

    def __init__(
        self,
        engine: Engine,
        node: PlanNode,
        path: str,
        attempt: int,
        scope: Mapping[str, Json],
        task: asyncio.Task[Any],
    ) -> None:
        self._engine = engine
        self.task = task
        self.node = node
        self.path = path
        self.attempt = attempt
        self.scope = scope
        self.passes: set[asyncio.Task[Any]] = set()
        """Tasks at work on passes over the body. A node that ends early may leave some behind."""

    @cached_property
    def _unwritten(self) -> list[tuple[str, Json]]:
        return []

    @cached_property
    def _open_steps(self) -> set[str]:
        return set()

    @cached_property
    def _bodies(self) -> dict[str, Turn | None]:
        return {}

    @cached_property
    def _changed(self) -> set[str]:
        return set()

    @property
    def idempotency_key(self) -> str:
        return f"{self._engine.run_id}:{self.path}"

    @property
    def query(self) -> str:
        frame = frame_of(self.scope)
        return self._engine.state.query if frame is None else frame.query

    @property
    def inputs(self) -> Mapping[str, Json]:
        frame = frame_of(self.scope)
        return self._engine.state.inputs if frame is None else frame.inputs

    @property
    def history(self) -> tuple[ChatMessage, ...]:
        frame = frame_of(self.scope)
        return self._engine.history if frame is None else frame.history

    @property
    def models(self) -> Models:
        if self._meter is None:
            self._meter = MeteredModels(
                self._engine.services.models, self._engine.budget, on_place=self._tell_place
            )
            self._engine.ledger.open(self._meter)
        return self._meter

    @property
    def knowledge(self) -> Knowledge:
        return self._engine.services.knowledge(self.models)

    @property
    def memory(self) -> Memory:
        return self._engine.services.memory(self.models)

    @property
    def mail(self) -> Mail:
        return self._engine.services.mail

    @property
    def http(self) -> Http:
        if self._http is None:
            outside = self._engine.services.http
            writes = self.node.effects == "write"
            self._http = KeyedHttp(outside, lambda: self.idempotency_key) if writes else outside
        return self._http

    @property
    def files(self) -> Files:
        return self._engine.services.files

    @property
    def databases(self) -> Databases:
        return self._engine.services.databases

    @property
    def code(self) -> Code:
        return self._engine.services.code

    @property
    def tool_sources(self) -> ToolSources:
        return self._engine.services.tool_sources

    def take_usage(self, *, is_over: bool = True) -> Entry | None:
        """What this attempt's model calls have used since a fact last told; None when it made none."""
        if self._meter is None:
            return None
        return self._engine.ledger.take(self._meter, is_over=is_over)

    @property
    def taken_again(self) -> dict[str, Json] | None:
        """Which of its model calls were answered by kept answers, as `MeteredModels` says it."""
        return None if self._meter is None else self._meter.taken_again

    async def emit(self, delta: str) -> None:
        if delta and not self.is_closed:
            self.say(self._offset, delta)
            self._offset += len(delta)

    async def step(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        if not name or name.startswith("#"):
            raise NodeError("node_crashed", f"A remembered step cannot have the name {name!r}.")
        self._require_open()
        known = self._engine.state.steps.get(self.path)
        if known is not None and name in known:
            return known[name]
        if name in self._open_steps:
            raise NodeError("node_crashed", f"Two steps have the name {name!r} at the same time.")
        self._open_steps.add(name)
        try:
            return await self._do_step(name, do)
        finally:
            self._open_steps.discard(name)

    async def body(self, key: str | int, **inputs: Json) -> Turn:
        name = str(key)
        if not (name.isdecimal() and name.isascii() and len(name) < 20) and not _BODY_KEY.match(name):
            raise NodeError(
                "node_crashed", f"A pass over a body cannot have the key {clean_text(name, 80)!r}."
            )
        self._require_open()
        if name in self._bodies:
            result = self._bodies[name]
            if result is None:
                raise NodeError(
                    "node_crashed", f"Two passes over a body have the key {name!r} at the same time."
                )
            return result
        node = self.node
        if (body := node.body) is None:
            raise NodeError("node_crashed", f"{node.title!r} has no steps inside.")
        try:
            check_plain(inputs)
        except NotPlain as why:
            raise NodeError("node_crashed", f"What goes into a pass cannot be kept: {why}.") from None
        task = asyncio.current_task()
        assert task is not None
        self._bodies[name] = None
        self.passes.add(task)
        try:
            if self._observations:
                await self._write_observations()
            if node.variables:
                inputs = self._engine.loops[self.path].shown_with(inputs)
            scope: dict[str, Json] = {**self.scope, node.id: inputs}
            result = outcome(await self._engine.run_body(body, f"{self.path}[{name}].", scope, task))
            if result.port == END:
                raise Left(result)
            fields = await self._fill_inside(f"#[{name}]", node.inside, scope) if node.inside else None
            turn = Turn(result.output, result.port, fields)
        except BaseException:
            del self._bodies[name]
            raise
        finally:
            self.passes.discard(task)
        self._bodies[name] = turn
        return turn

    async def call(
        self, query: str, inputs: Mapping[str, Json], history: Sequence[ChatMessage] = ()
    ) -> Called:
        outer = frame_of(self.scope)
        depth = 1 if outer is None else outer.depth + 1
        plan = self.node.calls
        if depth > MAX_CALL_DEPTH:
            raise too_deep()
        if plan is None or isinstance(plan, NodeError):
            raise plan or NodeError("workflow_missing", f"{self.node.title!r} names no app to use.")
        self._require_open()
        engine, prefix = self._engine, f"{self.path}[0]."
        variables = dict(engine.state.frame_variables.get(prefix, {}))
        env = engine.state.env
        frame = Frame(prefix, plan, query, dict(inputs), tuple(history), variables, depth, env)
        call = engine.call_at(frame)
        task = asyncio.current_task()
        assert task is not None
        self.passes.add(task)
        try:
            await self._write_observations()
            call.begin(self)
            result = outcome(await engine.run_body(plan.top, prefix, frame.scope, task))
            await engine.catch_up()  # its answer is told by facts that may wait for another branch's
        except NodeError as error:
            raise self._inner_failure(error, prefix) from None
        finally:
            self.passes.discard(task)
        if result.port == END:
            if (failure := failure_of(result.output)) is not None:
                raise self._inner_failure(failure, prefix)
            return Called(with_message(call.answer, result.output), result.output)
        if result.port in ENDS_PASS:
            raise NodeError("bad_config", "That app leaves a round, but nothing is repeated in it.")
        return Called(call.answer, result.output)

    def _inner_failure(self, error: NodeError, prefix: str) -> NodeError:
        """The failure of a step inside as this node's own, which says where it was."""
        path = self._engine.state.ends.get(self.path, {}).get(prefix)
        if path is None:
            return error
        where = f"It went wrong in the step {self._engine.title_of(path)!r} of that app."
        # As `error` is final there, whether to try all of it again hangs on the code alone.
        return NodeError(error.code, error.message, f"{where} {error.hint or ''}".strip())

    def say(self, offset: int, text: str) -> None:
        if not text.isascii():
            # Half a character must not reach a socket; replacing it keeps the offsets.
            text = text.encode("utf-8", "replace").decode()
        if not self.is_closed:
            self._engine.say(self.path, self.attempt, offset, text)

    async def bodies(
        self, inputs: Sequence[Mapping[str, Json]], *, at_once: int = 1, stops_on_error: bool = False
    ) -> Sequence[Turn | NodeError]:
        return await run_bodies(self._engine, self, inputs, at_once, stops_on_error)

    @property
    def tools(self) -> Sequence[OfferedTool]:
        nodes = self.node.body.nodes if self.node.body is not None else ()
        return [node.offer for node in nodes if node.offer is not None]

    async def think(self, number: int, do: Think) -> Json:
        self._require_open()
        await self._write_observations()
        return await think(self._engine, self, number, do)

    async def ask(self, number: int, step: str, do: Think) -> Json:
        self._require_open()
        return await ask(self._engine, self, number, step, do)

    async def use(self, number: int, step: str, arguments: Mapping[str, Json]) -> NodeResult:
        self._require_open()
        return await use(self._engine, self, number, step, arguments)

    async def side_by_side(self, work: Sequence[Callable[[], Awaitable[T]]]) -> Sequence[T]:
        self._require_open()
        await self._write_observations()
        return await side_by_side(self._engine, self, work)

    async def outset(self) -> Mapping[str, Json]:
        fields = {name: field for name, field in self.node.inside.items() if not field.names_inside}
        scope = self.scope
        if self.node.variables:
            scope = {**scope, self.node.id: self._engine.loops[self.path].shown_with({})}
        return await self._fill_inside("#outset", fields, scope)

    @property
    def kept(self) -> Json:
        frame = frame_of(self.scope)
        return (self._engine.conversation if frame is None else frame.conversation).get(
            kept_name(self.node.id)
        )

    async def keep(self, value: Json) -> None:
        await self.change_variable(f"{CONVERSATION}.{kept_name(self.node.id)}", "set", value)

    async def hold(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        self._require_open()
        return await hold(self._engine, self.node, self.path, values)

    async def wait_for(
        self,
        name: str,
        *,
        reason: str = "event",
        until: datetime | None = None,
        about: Mapping[str, Json] | None = None,
    ) -> Json:
        if not name or len(name) > 100 or name.startswith("#"):
            raise NodeError("node_crashed", f"A wait cannot have the name {clean_text(name, 80)!r}.")
        if until is not None and until.tzinfo is None:
            raise NodeError("node_crashed", "The end of a wait needs a time zone.")
        self._require_open()
        state, path = self._engine.state, self.path
        if over(name) in state.steps.get(path, {}):
            return None
        if (path, name) in state.signals:
            return state.signals[path, name]
        await self._write_observations()
        known = state.waiting.get(path, {}).get(name)
        ends_at: Json = until.astimezone(UTC).isoformat() if until is not None else None
        if known is not None:
            ends_at = known.get("until")
        if has_run_out(ends_at, self._engine.clock.now()):
            await self._remember(over(name), None)
            return None
        if known is None:
            told: dict[str, Json] = {"attempt": self.attempt, "name": name, "reason": reason}
            entry = self.take_usage(is_over=False)
            told |= {"until": ends_at, "about": {"title": self.node.title, **(about or {})}}
            told["usage"] = usage_to_json(entry.usage) if entry is not None else None
            await self._engine.record("node_waiting", path, told, durable=True, told=entry)
        raise Suspended

    def callback_url(self, name: str) -> str:
        return self._engine.services.callback_url(self._engine.run_id, self.path, name)

    async def answer_link(self, expires_at: datetime) -> AnswerLink:
        return await self._engine.services.answer_link(self._engine.run_id, self.path, expires_at)

    def progress(self, done: int, total: int | None = None) -> None:
        if not self.is_closed:
            self._engine.live.progress(self.path, done, total)

    def _tell_place(self, place: InLine) -> None:
        if not self.is_closed:
            self._engine.live.place(self.path, place)

    async def change_variable(self, name: str, operator: Operator, value: Json = None) -> Mapping[str, Json]:
        self._require_open()
        known = self._engine.state.changes.get(self.path)
        if known is not None and name in known and name not in self._changed:
            self._changed.add(name)
            return known[name]
        if name in self._changed:
            raise NodeError("node_crashed", f"A step changes the variable {name!r} twice.")
        self._changed.add(name)
        return await change_variable(self._engine, self.path, name, operator, value, frame_of(self.scope))

    def now(self) -> datetime:
        seen = self._observe(lambda: self._engine.clock.now().astimezone(UTC).isoformat())
        assert isinstance(seen, str)
        return datetime.fromisoformat(seen)

    def random(self) -> float:
        seen = self._observe(self._engine.chance.random)
        assert isinstance(seen, float | int)
        return float(seen)

    async def _fill_inside(
        self, name: str, fields: Mapping[str, InsideField], scope: Mapping[str, Json]
    ) -> Mapping[str, Json]:
        """`fields` filled in from `scope`. What hangs on variables is remembered under `name`: they go on.

        It waits in the buffer, for whatever may depend on it comes after it there.
        """
        if not fields:
            return dict[str, Json]()
        known = self._engine.state.steps.get(self.path)
        if known is not None and name in known:
            return cast("dict[str, Json]", known[name])
        filled = resolve({name: field.drawn for name, field in fields.items()}, scope)
        try:
            self._engine.takes_space(check_plain(filled))
        except NotPlain as why:
            raise NodeError(
                "bad_config", f"What a pass gives cannot be kept: {why}.", "Collect less of it."
            ) from None
        if any(field.names_variables for field in fields.values()):
            self._require_open()
            told: dict[str, Json] = {"name": name, "value": filled}
            await self._engine.record("step_done", self.path, told, durable=False)
        return filled

    async def _do_step(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        await self._write_observations()
        if self.node.effects != "none":
            await self._engine.pass_barrier()
        within = STEP.set((self.idempotency_key, name))
        try:
            value = await do()
        finally:
            STEP.reset(within)
        try:
            check_plain(value)
        except NotPlain as why:
            raise NodeError(
                "node_crashed", f"The step {name!r} gave a result that cannot be kept: {why}."
            ) from None
        await self._remember(name, value)
        return value

    def _observe(self, look: Callable[[], Json]) -> Json:
        """What the n-th look at the clock or the dice saw, when this node run is replayed too.

        It is written with the next fact that may depend on it: nothing that is lost was built upon.
        """
        self._observations += 1
        name = f"#{self._observations}"
        known = self._engine.state.steps.get(self.path)
        if known is not None and name in known:
            return known[name]
        seen = look()
        self._unwritten.append((name, seen))
        return seen

    async def _write_observations(self) -> None:
        if not self._observations:
            return
        if self._writing is None:
            self._writing = asyncio.Lock()  # passes that begin side by side wait for one another here
        async with self._writing:
            while self._unwritten:
                await self._remember(*self._unwritten.pop(0))

    async def _remember(self, name: str, value: Json) -> None:
        self._require_open()
        done: dict[str, Json] = {"name": name, "value": value}
        entry = self.take_usage(is_over=False)
        if entry is not None and entry.usage != Usage():
            done["usage"] = usage_to_json(entry.usage)  # a replay makes these calls no more
        await self._engine.record("step_done", self.path, done, durable=True, told=entry)

    def _require_open(self) -> None:
        """A task that a node left running must not write on behalf of an attempt that has ended."""
        if self.is_closed:
            raise NodeError("node_crashed", "This attempt of the step is over.")
