"""Every step type deserves the effects it declares: what it says of itself decides what a crash may repeat.

A new type joins by itself, with the first example of its for each of its effects.
"""

import asyncio
import itertools
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from nodes.sdk import Json, NodeConfig, NodeContext, NodeOutput, NodeResult
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.examples import Example, examples_of
from nodes.sdk.files import graph_from_blocks
from nodes.sdk.graph import Edge, Graph, GraphNode
from nodes.sdk.models import InLine
from nodes.sdk.node import Effects, Node
from tests.nodes.outside import MAY_BESIDE, Outside, services_for, watched
from workers.engine.called import compile_with
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Signal
from workers.engine.state import RunState
from workers.engine.testing import Crash, FakeClock, build

CATALOGUE = load_catalogue()
ROUNDS = 6
"""So often a run is taken up again that waits."""


def recipe(kind: type[Node], effects: Effects) -> Example | None:
    """The first example that works and shows these effects; one without models where that can be."""
    found = [
        one for one in examples_of(kind) if "output" in one and kind.effects_of(one["config"]) == effects
    ]
    plain = [one for one in found if "replies" not in one and "variables" not in one]
    return next(iter(plain or found), None)


SHOWN: list[tuple[str, Effects, Example]] = [
    (name, effects, example)
    for name, kind in sorted(CATALOGUE.types.items())
    for effects in ("none", "read", "write")
    if (example := recipe(kind, effects)) is not None
]
REPEATED = [(name, effects, example) for name, effects, example in SHOWN if effects != "write"]
WRITTEN = [(name, example) for name, effects, example in SHOWN if effects == "write"]


class Live:
    def delta(self, path: str, attempt: int, offset: int, text: str) -> None: ...

    def progress(self, path: str, done: int, total: int | None) -> None: ...

    def place(self, path: str, place: InLine) -> None: ...


class DyingJournal(MemoryJournal):
    """Its worker dies just before it would write that the step at `path` has given something."""

    def __init__(self, run: MemoryRun, clock: FakeClock, path: str) -> None:
        super().__init__(run, clock)
        self._path = path

    async def append(self, event: Any, *, durable: bool) -> None:
        if (event.type, event.path) == ("node_succeeded", self._path):
            self.crash()
            raise Crash
        await super().append(event, durable=durable)


@dataclass
class Trial:
    """A run of the example of one type, with what stands in for the steps that it names."""

    name: str
    example: Example
    outside: Outside = field(default_factory=Outside)
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        kind, config = CATALOGUE.types[self.name], self.example["config"]
        self.path = f"{self.name}_1"
        body = graph_from_blocks(self.example["body"]) if "body" in self.example else None
        node = GraphNode(self.path, self.name, config=config, body=body)
        self.pins = {
            one: {"output": given}
            for one, given in self.example.get("scope", {}).items()
            if one not in ("vars", "conversation", "env")
        }
        stand_ins = {one: GraphNode(one, "template", config={"text": ""}) for one in self.pins}
        edges = tuple(Edge(one, "out", self.path) for one in stand_ins)
        graph = Graph({**stand_ins, self.path: node}, edges)
        if kind.ends_loop:
            loop = GraphNode("loop_1", "loop", config={"count": 2}, body=graph)
            graph, self.path = Graph({"loop_1": loop}), f"loop_1[0].{self.path}"
        calls = kind.calls(config)
        inner = build("start -> answer", configs={"answer_1": {"text": "{{ start_1.query }}"}})
        versions, graphs = ({calls: "inner"}, {"inner": inner}) if calls else ({}, {})
        self.plan = compile_with(graph, CATALOGUE, versions, graphs, "outer")
        opening = Opening(self.example.get("query", ""), self.example.get("inputs", {}), run="run-1")
        self.run = MemoryRun(opening, conversation={})
        self.services = services_for(self.name, self.example, self.outside)

    def engine(self, journal: MemoryJournal) -> Engine:
        return Engine(
            self.plan,
            CATALOGUE,
            journal,
            Live(),
            self.services,
            self.clock,
            pins=self.pins,
            env=self.example.get("scope", {}).get("env", {}),
            chance=Random(1),
        )

    async def carry_on(self) -> RunState:
        """Carries the run to its end, with the notes of the example; what waits for nothing is left."""
        for _ in range(ROUNDS):
            state = await self.clock.finish(self.engine(MemoryJournal(self.run, self.clock)).run())
            if state.status != "waiting" or not self._hear(state):
                break
        return state

    async def die_before_the_result(self) -> None:
        """Runs it until its step has come to something that nobody will hear of."""
        for _ in range(ROUNDS):
            journal = DyingJournal(self.run, self.clock, self.path)
            try:
                state = await self.clock.finish(self.engine(journal).run())
            except Crash:
                self.run.expire()
                return
            assert state.status == "waiting", f"{self.name}: the run ended before its step did: {self.facts}"
            assert self._hear(state), f"{self.name}: waits for what its example does not give (`notes`)."
        raise AssertionError(f"{self.name}: does not come to an end.")

    async def die_while_writing(self) -> None:
        """Runs it until something was written of which its worker never hears."""
        for _ in range(ROUNDS):
            journal = MemoryJournal(self.run, self.clock)
            self.outside.kill = journal.crash
            task = asyncio.ensure_future(self.clock.finish(self.engine(journal).run()))
            try:
                state = await task
            except Crash:
                self.run.expire()
                return
            if state.status != "waiting" or not self._hear(state):
                return

    def _hear(self, state: RunState) -> bool:
        """Gives the steps that wait what the example says, or lets time pass; False if neither helps."""
        notes, heard = self.example.get("notes", {}), False
        for path, waits in state.waiting.items():
            for name in waits:
                if name in notes:
                    self.run.send(Signal(path, name, notes[name]))
                    heard = True
        if not heard and self.run.wake_at is not None:
            self.clock.advance((self.run.wake_at - self.clock.now()).total_seconds() + 1)
            return True
        return heard

    @property
    def facts(self) -> list[tuple[str, str, Any]]:
        return [(event.type, event.path, event.data) for event in self.run.events]

    def result(self) -> Any:
        """What its step came to, as the journal has it."""
        ends = [e for e in self.run.events if e.path == self.path and e.type == "node_succeeded"]
        assert len(ends) == 1, f"{self.name} came to {len(ends)} results"
        return ends[0].data.get("output"), ends[0].data.get("port", "out")


def test_every_type_shows_each_of_its_effects_in_an_example_that_works():
    shown = {(name, effects) for name, effects, _ in SHOWN}
    missing = [name for name, kind in CATALOGUE.types.items() if (name, kind.effects) not in shown]

    assert missing == [], (
        f"{', '.join(missing)}: add an example to its examples.yaml that works (`output`) and whose config "
        "does the most that its `effects` say; it is run here with a crash."
    )


@pytest.mark.parametrize(("name", "effects", "example"), REPEATED, ids=[f"{n}, {e}" for n, e, _ in REPEATED])
async def test_what_only_computes_or_reads_gives_the_same_facts_again_and_writes_nothing(
    name, effects, example
):
    first, second, cut = (Trial(name, example) for _ in range(3))

    with watched() as done:
        await first.carry_on()
        await second.carry_on()
        await cut.die_before_the_result()
        await cut.carry_on()

    assert first.facts == second.facts, f"{name} gives other facts the second time."
    assert cut.result() == first.result() == second.result(), f"{name} gives something else after a crash."
    for trial in (first, second, cut):
        assert trial.outside.wrote == [], (
            f"{name} declares {effects!r} but writes. Declare 'write'; or, if it is a read in all but "
            "its form, say so in READS_BY_POST of tests/nodes/outside.py."
        )
        if effects == "none" and not CATALOGUE.types[name].takes_tools:  # its replies are steps of their own
            assert not trial.outside.asked, f"{name} declares 'none' but asks {list(trial.outside.asked)}."
    may, _ = MAY_BESIDE.get(name, (frozenset(), ""))
    strange = [one for one in done if one.split(":")[0] not in may]
    assert strange == [], (
        f"{name} declares {effects!r} and does this by itself: {strange}. Let it go through ctx, and stand "
        "in for that by RECEIVERS in tests/nodes/outside.py; or say in MAY_BESIDE there why it is no write."
    )


@pytest.mark.parametrize(("name", "example"), WRITTEN, ids=[name for name, _ in WRITTEN])
async def test_what_writes_is_not_written_twice_when_its_worker_dies_before_the_result(name, example):
    kind = CATALOGUE.types[name]
    trial = Trial(name, example)

    with watched() as done:
        await trial.die_while_writing()
        assert len(trial.outside.wrote) == 1, (
            f"{name} declares 'write' but wrote {len(trial.outside.wrote)} times in its example. Add a "
            "stand-in for it in RECEIVERS of tests/nodes/outside.py, which calls outside.write(key)."
        )
        state = await trial.carry_on()

    key = trial.outside.wrote[0]
    if kind.may_repeat(example["config"]):
        assert state.status == "succeeded"
        assert trial.outside.wrote == [key] * 2
        assert key, f"{name} may be repeated but sends no key by which the other side knows it again."
    else:
        assert trial.outside.wrote == [key], f"{name} wrote twice, though it may not be repeated."
        assert state.status == "waiting", f"{name}: a person has to say what became of it."
        assert {why["reason"] for why in state.waiting[trial.path].values()} == {"outcome_unknown"}
    may, _ = MAY_BESIDE.get(name, (frozenset(), ""))
    assert [one for one in done if one.split(":")[0] not in may] == [], "Let it go through ctx (RECEIVERS)."


@pytest.mark.parametrize(("name", "example"), WRITTEN, ids=[name for name, _ in WRITTEN])
async def test_what_was_written_and_answered_is_not_written_again_though_its_result_was_lost(name, example):
    trial = Trial(name, example)

    await trial.die_before_the_result()
    await trial.carry_on()

    may_repeat = CATALOGUE.types[name].may_repeat(example["config"])
    assert len(set(trial.outside.wrote)) == 1
    assert len(trial.outside.wrote) in ((1, 2) if may_repeat else (1,))


class Untrue(Node):
    """Does something else than it says."""

    type, title, effects = "untrue", "Untrue", "read"
    way = ""

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeOutput | NodeResult:
        given: Json = {}
        if self.way == "post":
            await ctx.http.request("POST", "https://api.example.com/orders", json={"n": 1})
        elif self.way == "dice":
            given = {"n": next(DICE)}
        elif self.way == "asks":
            await ctx.http.request("GET", "https://api.example.com/orders")
        _act(self.way)
        return NodeResult(given)


def _act(way: str) -> None:
    if way == "file":
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("x")
    elif way == "socket":
        with suppress(OSError), socket.socket() as one:
            one.connect(("127.0.0.1", 1))
    elif way == "program":
        subprocess.run(["true"])


DICE = itertools.count()


@pytest.mark.parametrize(
    ("way", "effects", "said"),
    [
        ("post", "read", "declares 'read' but writes"),
        ("asks", "none", "declares 'none' but asks"),
        ("file", "read", "open for writing"),
        ("socket", "read", "socket.connect"),
        ("program", "none", "subprocess.Popen"),
        ("dice", "read", "gives other facts the second time"),
    ],
)
async def test_a_type_that_says_less_than_it_does_is_found_out(monkeypatch, way, effects, said):
    monkeypatch.setitem(CATALOGUE.types, "untrue", Untrue)
    monkeypatch.setattr(Untrue, "way", way)
    monkeypatch.setattr(Untrue, "effects", effects)
    example: Example = {"name": "x", "config": {}, "output": {}, "answers": [{}]}

    with pytest.raises(AssertionError, match=said):
        await test_what_only_computes_or_reads_gives_the_same_facts_again_and_writes_nothing(
            "untrue", effects, example
        )


async def test_a_type_that_writes_past_its_receiver_is_told_what_to_add(monkeypatch):
    monkeypatch.setitem(CATALOGUE.types, "untrue", Untrue)
    monkeypatch.setattr(Untrue, "effects", "write")

    with pytest.raises(AssertionError, match="Add a stand-in for it in RECEIVERS"):
        await test_what_writes_is_not_written_twice_when_its_worker_dies_before_the_result(
            "untrue", {"name": "x", "config": {}, "output": {}}
        )
