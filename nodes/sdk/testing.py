"""Runs one node in memory: scripted models, no network, nothing kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.code import Code
from nodes.sdk.context import NodeContext
from nodes.sdk.databases import NO_DATABASES, Databases
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Graph, GraphNode, order
from nodes.sdk.http import Http, HttpResponse
from nodes.sdk.keyed_http import STEP, KeyedHttp
from nodes.sdk.kinds import begins_with
from nodes.sdk.knowledge import Knowledge, Passage
from nodes.sdk.mail import AnswerLink, Letter, Mail
from nodes.sdk.memory import Memory
from nodes.sdk.models import (
    ChatMessage,
    ChatRequest,
    Models,
)
from nodes.sdk.node import END, ENDS_PASS, GIVEN, Called, Left, Node, NodeResult, Turn, inside_fields
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.scripted import (
    DatabaseInMemory,
    NoHttp,
    Reply,
    ScriptedFiles,
    ScriptedHttp,
    ScriptedKnowledge,
    ScriptedMail,
    ScriptedMemory,
    ScriptedModels,
    ScriptedToolSources,
)
from nodes.sdk.tool_sources import ToolSources
from nodes.sdk.tools import OfferedTool, offered
from nodes.sdk.uploads import Files, NoFiles
from nodes.sdk.values import Json
from nodes.sdk.variables import VARS, Operator, change

T = TypeVar("T")


@dataclass
class TestContext:
    """A NodeContext in memory."""

    __test__ = False

    models: Models = field(default_factory=ScriptedModels)
    knowledge: Knowledge = field(default_factory=ScriptedKnowledge)
    http: Http = field(default_factory=NoHttp)
    files: Files = field(default_factory=NoFiles)
    memory: Memory = field(default_factory=ScriptedMemory)
    databases: Databases = NO_DATABASES
    mail: Mail = field(default_factory=ScriptedMail)
    tool_sources: ToolSources = field(default_factory=ScriptedToolSources)
    code: Code = field(default_factory=lambda: _really_confined())
    path: str = "node_1"
    attempt: int = 1
    query: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict[str, Json])
    history: tuple[ChatMessage, ...] = ()
    emitted: list[str] = field(default_factory=list[str])
    steps: dict[str, Json] = field(default_factory=dict[str, Json])
    variables: dict[str, Json] = field(default_factory=dict[str, Json])
    node: GraphNode | None = None
    catalogue: Catalogue | None = None
    called: Called | None = None
    """What the workflow that the node uses comes to."""
    calls: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    scope: Scope = field(default_factory=dict[str, Json])
    held: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """By id: what the loops around keep from round to round."""
    kept: Json = None
    """What it kept with the conversation."""
    language: str = "en"
    notes: dict[str, Json] = field(default_factory=dict[str, Json])
    """What comes from outside for each wait, by its name."""

    @property
    def idempotency_key(self) -> str:
        return f"test:{self.path}"

    async def emit(self, delta: str) -> None:
        self.emitted.append(delta)

    async def step(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        if name not in self.steps:
            within = STEP.set((self.idempotency_key, name))
            try:
                self.steps[name] = await do()
            finally:
                STEP.reset(within)
        return self.steps[name]

    async def wait_for(
        self,
        name: str,
        *,
        reason: str = "event",
        until: datetime | None = None,
        about: Mapping[str, Json] | None = None,
    ) -> Json:
        if name not in self.notes and until is None:
            raise NodeError("bad_config", f"A node that is tested by itself waits for {name!r} for ever.")
        return self.notes.get(name)

    async def body(self, key: str | int, **inputs: Json) -> Turn:
        if self.node is None or self.node.body is None or self.catalogue is None:
            raise NodeError("bad_config", "A node that is tested by itself has no body.")
        # Refs see the very object that steps inside change.
        seen = self.held.get(self.node.id, {})
        seen.update(inputs)
        scope: dict[str, Json] = {**self.scope, self.node.id: seen}
        result = await self._pass(self.node.body, f"{self.path}[{key}].", scope)
        if result.port == END:
            raise Left(result)
        node_type = self.catalogue.get(self.node.type)
        drawn = {name: self.node.config.get(name, "") for name in inside_fields(node_type.Config)}
        return Turn(result.output, result.port, resolve(drawn, scope))

    async def bodies(
        self, inputs: Sequence[Mapping[str, Json]], *, at_once: int = 1, stops_on_error: bool = False
    ) -> Sequence[Turn | NodeError]:
        outcomes: list[Turn | NodeError] = []
        for i, given in enumerate(inputs):
            try:
                outcome: Turn | NodeError = await self.body(i, **given)
            except NodeError as error:
                outcome = error
            if stops_on_error if isinstance(outcome, NodeError) else outcome.port in ENDS_PASS:
                return [outcome]
            outcomes.append(outcome)
        return outcomes

    async def call(
        self, query: str, inputs: Mapping[str, Json], history: Sequence[ChatMessage] = ()
    ) -> Called:
        if self.called is None:
            raise NodeError(
                "workflow_missing",
                "A node that is tested by itself has no other apps.",
                "Say what the app gives: `called`.",
            )
        self.calls.append({"query": query, "inputs": dict(inputs)})
        if self.called.answer:
            await self.emit(self.called.answer)
        return self.called

    @property
    def tools(self) -> Sequence[OfferedTool]:
        if self.node is None or self.node.body is None or self.catalogue is None:
            return ()
        found: list[OfferedTool] = []
        for node in self.node.body.nodes.values():
            kind = self.catalogue.get(node.type)
            tool = offered(kind, node.config, step=node.id, title=node.title or kind.title, said=node.tool)
            found += [tool] if tool is not None else []
        return found

    async def think(self, number: int, do: Callable[[NodeContext], Awaitable[Json]]) -> Json:
        return await do(replace(self, path=f"{self.path}[{number}].model"))

    async def ask(self, number: int, step: str, do: Callable[[NodeContext], Awaitable[Json]]) -> Json:
        return await do(replace(self, path=f"{self.path}[{number}].ask_{step}"))

    async def use(self, number: int, step: str, arguments: Mapping[str, Json]) -> NodeResult:
        if self.node is None or self.node.body is None or self.catalogue is None:
            raise NodeError("bad_config", "A node that is tested by itself has no tools.")
        node = self.node.body.nodes[step]
        kind = self.catalogue.get(node.type)
        config = kind.tool_config(node.config, arguments)
        scope: dict[str, Json] = {**self.scope, GIVEN: dict(arguments)}
        context = replace(self, path=f"{self.path}[{number}].{step}", node=node, scope=scope)
        context.emitted = []
        try:
            return await _run(kind, config, context)
        except NodeError as error:
            return NodeResult({"code": error.code, "message": error.message}, "error")

    async def side_by_side(self, work: Sequence[Callable[[], Awaitable[T]]]) -> Sequence[T]:
        return [await one() for one in work]

    def say(self, offset: int, text: str) -> None:
        self.emitted[:] = ["".join(self.emitted)[:offset], text]

    async def outset(self) -> Mapping[str, Json]:
        return {}

    async def change_variable(self, name: str, operator: Operator, value: Json = None) -> Mapping[str, Json]:
        loop, _, held = name.partition(".")
        if loop in self.held:
            self.held[loop][held], told = change(self.held[loop][held], operator, value)
            return told
        self.variables[name], told = change(self.variables.get(name), operator, value)
        return told

    async def keep(self, value: Json) -> None:
        self.kept = value

    async def hold(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        if self.node is None or self.catalogue is None:
            raise NodeError("bad_config", "A node that is tested by itself has no body.")
        kinds = self.catalogue.get(self.node.type).loop_variables(self.node.config)
        self.held[self.node.id] = {name: begins_with(values.get(name), kind) for name, kind in kinds.items()}
        return self.held[self.node.id]

    def callback_url(self, name: str) -> str:
        return f"https://treadle.example/hooks/{name}"

    async def answer_link(self, expires_at: datetime) -> AnswerLink:
        return AnswerLink(f"https://treadle.example/a#{self.path}", "The app", self.language)

    def progress(self, done: int, total: int | None = None) -> None:
        pass

    async def _pass(self, graph: Graph, prefix: str, scope: dict[str, Json]) -> NodeResult:
        """One pass over a body, one node after the other."""
        assert self.catalogue is not None
        left: dict[str, str] = {}
        last: dict[str, NodeResult] = {}
        into, out = graph.edges_into(), graph.edges_out()
        for node_id in order(graph):
            if into[node_id] and not any(left.get(edge.source) == edge.port for edge in into[node_id]):
                continue
            node = graph.nodes[node_id]
            context = replace(self, path=prefix + node_id, node=node, scope=scope)
            result = await _run(self.catalogue.get(node.type), node.config, context)
            if result.port in ENDS_PASS:
                return result
            scope[node_id], left[node_id] = result.output, result.port
            if all(edge.port != result.port for edge in out[node_id]):
                last[node_id] = result
        return next(iter(last.values())) if len(last) == 1 else NodeResult({k: last[k].output for k in last})

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def random(self) -> float:
        return 0.5


@dataclass(frozen=True)
class NodeRun:
    """What one node run gave, showed live, asked of models, sent to the web, and left remembered."""

    output: Any
    port: str
    emitted: str
    requests: Sequence[ChatRequest] = ()
    sent: Sequence[Mapping[str, Any]] = ()
    variables: Mapping[str, Json] = field(default_factory=dict[str, Json])
    calls: Sequence[Mapping[str, Json]] = ()
    memories: Mapping[str, str] = field(default_factory=dict[str, str])
    letters: Sequence[Letter] = ()
    used: Sequence[Mapping[str, Json]] = ()


def _really_confined() -> Code:
    """Code of a step that is tested runs as it does on the server."""
    from nodes.confined.code import ConfinedCode

    return ConfinedCode()


async def run_node(
    node_type: type[Node],
    config: Mapping[str, Json],
    *,
    scope: Scope | None = None,
    query: str = "",
    inputs: Mapping[str, Json] | None = None,
    history: Sequence[ChatMessage] = (),
    replies: Sequence[Reply] = (),
    passages: Sequence[Passage] = (),
    documents: Mapping[str, Mapping[str, Json]] | None = None,
    answers: Sequence[HttpResponse] = (),
    variables: Mapping[str, Json] | None = None,
    node_id: str = "node_1",
    body: Graph | None = None,
    catalogue: Catalogue | None = None,
    called: Called | None = None,
    files: Mapping[str, str] | None = None,
    notes: Mapping[str, Json] | None = None,
    memories: Mapping[str, str] | None = None,
    tables: str | None = None,
    tools: Sequence[Mapping[str, Any]] = (),
) -> NodeRun:
    """Fills `config` from `scope` and runs the node once, as the engine does; lets its errors through.

    `called` is what the workflow comes to that the node uses, `files` what is in each file, `notes` what
    comes for each wait, `memories` what is remembered by its name, `tables` the SQL that makes its database,
    `tools` what each call of a tool from elsewhere gives.
    `body` holds the steps inside, whose types come from `catalogue` and which refer to the node by `node_id`.
    """
    models, http = ScriptedModels(replies), ScriptedHttp(answers)
    writes = node_type.effects_of(config) == "write"
    now: dict[str, Json] = dict(variables or {})
    memory = ScriptedMemory(memories)
    mail = ScriptedMail()
    sources = ScriptedToolSources(tools)
    context = TestContext(
        models=models,
        http=KeyedHttp(http, lambda: f"test:{node_id}") if writes else http,
        files=ScriptedFiles(files or {}),
        databases=NO_DATABASES if tables is None else DatabaseInMemory(tables),
        knowledge=ScriptedKnowledge(passages, documents),
        memory=memory,
        mail=mail,
        tool_sources=sources,
        path=node_id,
        query=query,
        inputs=inputs or {},
        history=tuple(history),
        variables=now,
        node=GraphNode(node_id, node_type.type, config=config, body=body),
        catalogue=catalogue,
        called=called,
        notes=dict(notes or {}),
        scope={VARS: now, **(scope or {})},
    )
    result = await _run(node_type, config, context)
    return NodeRun(
        result.output,
        result.port,
        "".join(context.emitted),
        tuple(models.requests),
        tuple(http.sent),
        now,
        tuple(context.calls),
        memory.kept,
        tuple(mail.letters),
        tuple(sources.calls),
    )


async def _run(node_type: type[Node], config: Mapping[str, Json], context: TestContext) -> NodeResult:
    inside = inside_fields(node_type.Config)
    filled = node_type.fill({name: config[name] for name in config.keys() - inside}, context.scope)
    read = node_type.Config.model_validate(
        {**filled, **{name: config[name] for name in inside & config.keys()}}
    )
    try:
        result = await node_type().run(read, context)
    except Left as left:
        result = left.result
    port = result.port if isinstance(result, NodeResult) else "out"
    output: Any = result.output if isinstance(result, NodeResult) else result
    return NodeResult(output.model_dump(mode="json") if isinstance(output, BaseModel) else output, port)
