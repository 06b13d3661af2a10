"""Node types for tests, and the shortest way from a drawing to what a run has come to."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult, Port
from nodes.sdk.catalogue import Catalogue, load_catalogue
from nodes.sdk.graph import Graph
from nodes.sdk.models import InLine
from nodes.sdk.node import STOP, Effects
from nodes.sdk.resolve import Scope
from workers.engine.called import compile_with
from workers.engine.clock import sleep
from workers.engine.engine import Engine
from workers.engine.forking import Fork as ForkOf
from workers.engine.given import pins_of
from workers.engine.journal import Journal, MemoryJournal, MemoryRun, Opening
from workers.engine.limits import Limits
from workers.engine.plan import compile_plan
from workers.engine.state import RunState
from workers.engine.testing import Crash, EchoModels, FakeClock, services


class Outside:
    """The world that test nodes act on: what was done to it, and who is at work."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.acts: list[str] = []
        self.hits: Counter[str] = Counter()
        self.keys: list[str] = []
        """What steps of the types work and write would send along, each time they act."""
        self.wrote: dict[str, str] = {}
        """By that: what they give if nothing goes wrong."""
        self.bell = asyncio.Event()
        """What nodes wait for that are told to."""
        self.failures: dict[str, list[NodeError]] = {}
        """By path: the errors of its first attempts."""
        self.cuts: Mapping[str, str] = {}
        """By path: steps of the type write that are cut off in their first attempt, for `kill` is called."""
        self.kill: Callable[[], None] = lambda: None

    def act(self, path: str) -> None:
        self.acts.append(path)
        self.hits[path] += 1


outside = Outside()
"""Node types are made without arguments, so what they share is here; the fixture `world` renews it."""


class Text(NodeOutput):
    text: str = Field("", title="Text")


class Pure(Node):
    """Joins texts."""

    type, title, effects = "pure", "Pure", "none"

    class Config(NodeConfig):
        text: str = Field("", title="Text")

    Output = Text

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        return Text(text=config.text or ctx.path)


class Fork(Node):
    """Leaves by the port it is told."""

    type, title, effects = "fork", "Fork", "none"

    class Config(NodeConfig):
        port: str = Field("yes", title="Port")

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> list[Port]:
        return [Port("yes"), Port("no"), Port("stop")]

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        return NodeResult({"port": config.port}, config.port)


class Work(Node):
    """Acts outside, takes its time, and fails as often as it is told."""

    type, title, effects = "work", "Work", "read"
    is_tool, tool_fields = True, ("text",)

    class Config(NodeConfig):
        text: str = Field("", title="Text")
        seconds: float = Field(0, title="Seconds")
        waits: bool = Field(False, title="Waits for the bell")

    Output = Text

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        outside.act(ctx.path)
        outside.keys.append(ctx.idempotency_key)
        outside.wrote[ctx.idempotency_key] = f"{ctx.path}({config.text})"
        if config.waits:
            await outside.bell.wait()
        if config.seconds:
            await sleep(outside.clock, config.seconds)
        errors = outside.failures.get(ctx.path, [])
        if ctx.attempt <= len(errors):
            raise errors[ctx.attempt - 1]
        return Text(text=f"{ctx.path}({config.text})")


class Write(Work):
    """The same, but it cannot be repeated."""

    type, title, effects = "write", "Write", "write"

    async def run(self, config: Work.Config, ctx: NodeContext) -> Text:
        if outside.cuts and ctx.attempt == 1 and outside.cuts.get(ctx.path):
            outside.kill()
            raise Crash
        return await super().run(config, ctx)


class Halt(Work):
    """Takes its time, then ends the loop around it."""

    type, title, ends_loop = "halt", "Halt", True

    async def run(self, config: Work.Config, ctx: NodeContext) -> Any:
        await super().run(config, ctx)
        return NodeResult({}, STOP)


class LateHalt(Halt):
    """The same, behind all others in the order of the drawing."""

    type, title = "zhalt", "Late halt"


class Send(Work):
    """Reads or writes, as its config says, and fills its text in its own way."""

    type, title, effects = "send", "Send", "write"

    class Config(Work.Config):
        method: str = Field("POST", title="Method")

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        return "read" if config.get("method") == "GET" else "write"

    @classmethod
    def own_refs(cls, config: Mapping[str, Json]) -> Mapping[str, dict[str, Any]]:
        return {"own": {"type": "object", "properties": {"mark": {"type": "string"}}}}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        return super().fill(config, {**scope, "own": {"mark": "!"}})


class Say(Node):
    """Asks the model and shows its words; fails behind them as often as it is told."""

    type, title, effects, streams = "say", "Say", "read", "text"

    class Config(NodeConfig):
        user: str = Field("", title="Message")

    Output = Text

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        from nodes.sdk import ChatMessage, ChatRequest

        words: list[str] = []
        async for chunk in ctx.models.chat(ChatRequest("", (ChatMessage("user", config.user),))):
            if chunk.text:
                words.append(chunk.text)
                await ctx.emit(chunk.text)
        errors = outside.failures.get(ctx.path, [])
        if ctx.attempt <= len(errors):
            raise errors[ctx.attempt - 1]
        return Text(text="".join(words))


class Interview(Node):
    """Asks the model in two remembered steps, and once between them; waits there if it is told."""

    type, title, effects = "interview", "Interview", "read"

    class Config(NodeConfig):
        waits: bool = Field(False, title="Waits in between")

    Output = Text

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        first = await ctx.step("first", lambda: self._ask(ctx, "first"))
        between = await self._ask(ctx, "between")
        if config.waits:
            await ctx.wait_for("go on")
        second = await ctx.step("second", lambda: self._ask(ctx, "second"))
        return Text(text=f"{first} {between} {second}")

    async def _ask(self, ctx: NodeContext, question: str) -> str:
        from nodes.sdk import ChatMessage, ChatRequest

        request = ChatRequest("", (ChatMessage("user", question),))
        return "".join([chunk.text async for chunk in ctx.models.chat(request)])


class Times(Node):
    """Runs its body several times, one after the other."""

    type, title, effects = "times", "Times", "write"

    class Config(NodeConfig):
        times: int = Field(3, title="Times")

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        items: list[Json] = []
        for i in range(config.times):
            turn = await ctx.body(i, index=i, last=items[-1] if items else None)
            items.append(turn.output)
            if turn.port == "stop":
                break
        return NodeResult({"items": items})


class AtOnce(Node):
    """Runs its body for several items at the same time."""

    type, title, effects = "at_once", "At once", "write"

    class Config(NodeConfig):
        items: list[Json] = Field([], title="Items")

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        turns = await asyncio.gather(*(ctx.body(i, item=item) for i, item in enumerate(config.items)))
        return NodeResult({"items": [turn.output for turn in turns]})


class Steps(Node):
    """Acts outside in two remembered steps; looks at the clock and the dice."""

    type, title, effects = "steps", "Steps", "write"

    class Config(NodeConfig):
        tells_what_it_saw: bool = Field(True, title="Tells what it saw")

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        seen: list[Json] = [ctx.now().isoformat(), ctx.random()]
        first = await ctx.step("first", lambda: self._act(ctx, "first"))
        second = await ctx.step("second", lambda: self._act(ctx, "second"))
        seen.append(ctx.now().isoformat())
        return NodeResult({"steps": [first, second], "seen": seen if config.tells_what_it_saw else []})

    async def _act(self, ctx: NodeContext, name: str) -> Json:
        outside.act(f"{ctx.path}/{name}")
        await asyncio.sleep(0)
        return name


class Stubborn(Node):
    """Goes on waiting when it is stopped, the first time."""

    type, title, effects = "stubborn", "Stubborn", "read"

    async def run(self, config: NodeConfig, ctx: NodeContext) -> Text:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            outside.act("asked to stop")
        await asyncio.Event().wait()
        return Text()


class Await(Node):
    """Asks the model, then waits for a note, then acts with what it says."""

    type, title, effects = "await", "Await", "read"

    class Config(NodeConfig):
        seconds: float = Field(0, title="Waits at most")
        works: float = Field(0, title="Works afterwards")

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        await ctx.step("before", lambda: self._act(ctx.path))
        until = ctx.now() + timedelta(seconds=config.seconds) if config.seconds else None
        said = await ctx.wait_for("answer", until=until)
        if config.works:
            await sleep(outside.clock, config.works)
        outside.act(f"{ctx.path}/after")
        return NodeResult({"said": said})

    async def _act(self, path: str) -> Json:
        outside.act(path)
        return None


class Faulty(Node):
    """Does what no node may do."""

    type, title, effects = "faulty", "Faulty", "none"

    class Config(NodeConfig):
        way: str = Field("", title="Way")

    async def run(self, config: Config, ctx: NodeContext) -> Any:
        if config.way == "raise":
            raise RuntimeError("a secret\0 place \ud800")
        if config.way == "recurse":
            return await self.run(config, ctx)
        if config.way == "cancel":
            raise asyncio.CancelledError
        return NodeResult(FAULTS[config.way], "nowhere" if config.way == "port" else "out")


FAULTS: dict[str, Any] = {
    "nan": {"n": float("nan")},
    "nul": {"text": "a\0b"},
    "half": {"text": "\ud83d"},
    "set": {"items": {1, 2}},
    "key": {1: "one"},
    "huge": 10**400,
    "port": {},
}

CATALOGUE = Catalogue(
    {
        **load_catalogue().types,
        **{
            t.type: t
            for t in (
                Pure,
                Fork,
                Work,
                Write,
                Halt,
                LateHalt,
                Send,
                Say,
                Interview,
                Times,
                AtOnce,
                Steps,
                Stubborn,
                Await,
                Faulty,
            )
        },
    },
    {},
)


@dataclass
class Heard:
    """A Live that writes down what it hears."""

    deltas: list[tuple[str, int, int, str]] = field(default_factory=list)
    progressed: list[tuple[str, int, int | None]] = field(default_factory=list)

    places: list[tuple[str, InLine]] = field(default_factory=list)

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        self.deltas.append((path, attempt, offset, text))

    def progress(self, path: str, done: int, total: int | None) -> None:
        self.progressed.append((path, done, total))

    def place(self, path: str, place: InLine) -> None:
        self.places.append((path, place))


@dataclass
class World:
    """One run of one graph, and whatever works on it."""

    graph: Graph
    outside: Outside
    query: str = "hi"
    inputs: Mapping[str, Json] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    models: Any = field(default_factory=EchoModels)
    http: Any = None
    pins: Mapping[str, Json] | None = None
    fork: ForkOf | None = None
    live: Heard = field(default_factory=Heard)
    workflows: Mapping[str, Graph] = field(default_factory=dict)
    """What the graph runs inside, by `<id>@latest`."""
    conversation: dict[str, Json] | None = None
    env: Mapping[str, Json] = field(default_factory=dict)
    """The environment variables of its workspace, as they are now."""

    def __post_init__(self) -> None:
        self.plan = compile_plan(self.graph, CATALOGUE)
        if self.workflows:
            versions = {key: f"version of {key}" for key in self.workflows}
            graphs = {versions[key]: graph for key, graph in self.workflows.items()}
            self.plan = compile_with(self.graph, CATALOGUE, versions, graphs, "outer")
        self.run = MemoryRun(Opening(self.query, self.inputs, run="run-1"), conversation=self.conversation)

    @property
    def clock(self) -> FakeClock:
        return self.outside.clock

    def engine(self, journal: Journal | None = None, *, worker: str = "w1") -> Engine:
        return Engine(
            self.plan,
            CATALOGUE,
            journal or MemoryJournal(self.run, self.clock),
            self.live,
            services(self.models, self.http),
            self.clock,
            self.limits,
            worker=worker,
            pins=pins_of(self.pins or {}),
            fork=self.fork,
            env=self.env,
            chance=Random(1),
        )

    async def finish(self, journal: Journal | None = None) -> RunState:
        """Claims the run and carries it to its end."""
        return await self.clock.finish(self.engine(journal).run())

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.run.events]

    def events(self, kind: str) -> list[Any]:
        return [event for event in self.run.events if event.type == kind]


def texts(state: RunState) -> dict[str, Any]:
    """What each node gave, without its wrapping."""
    return {path: (result.output, result.port) for path, result in state.results.items()}
