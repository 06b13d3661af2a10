"""What a node may ask of the world, and what it may not."""

import asyncio

import pytest

from nodes.sdk import Json, Node, NodeConfig, NodeContext, NodeError, NodeResult
from tests.engine.world import CATALOGUE
from workers.engine.testing import build


@pytest.fixture
def node_type(monkeypatch):
    """Puts a node type with the given `run` into the tests' catalogue."""

    def node_type(name: str, run) -> None:
        members = {"type": name, "title": name.title(), "effects": "read", "run": run, "__doc__": name}
        monkeypatch.setitem(CATALOGUE.types, name, type(name.title(), (Node,), members))

    return node_type


async def test_a_node_learns_where_it_stands(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return NodeResult([ctx.path, ctx.attempt, ctx.idempotency_key, ctx.query, dict(ctx.inputs)])

    node_type("mirror", run)
    world = draw("times", bodies={"times_1": build("mirror")}, inputs={"n": 1})

    state = await world.finish()

    path = "times_1[2].mirror_1"
    assert state.results[path].output == [path, 1, f"run-1:{path}", "hi", {"n": 1}]


async def test_a_step_has_one_result_however_often_it_is_asked(draw, node_type):
    calls: list[int] = []

    async def do() -> Json:
        calls.append(1)
        return len(calls)

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return NodeResult([await ctx.step("count", do), await ctx.step("count", do)])

    node_type("stepper", run)

    state = await draw("stepper").finish()

    assert state.results["stepper_1"].output == [1, 1]


async def test_a_pass_has_one_result_however_often_it_is_asked(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return NodeResult([(await ctx.body("x")).output, (await ctx.body("x")).output])

    node_type("twice", run)
    world = draw("twice", bodies={"twice_1": build("work")})

    state = await world.finish()

    assert world.outside.hits == {"twice_1[x].work_1": 1}
    assert len(state.results["twice_1"].output) == 2


async def test_a_key_that_would_break_a_path_is_refused(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return await ctx.body("x].y[")

    node_type("breaker", run)

    state = await draw("breaker", bodies={"breaker_1": build("work")}).finish()

    assert state.error["code"] == "node_crashed"


async def test_a_body_that_is_not_there_is_a_failure_in_words(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        return await ctx.body(0)

    node_type("hollow", run)

    state = await draw("hollow").finish()

    assert "no steps inside" in state.error["message"]


async def test_a_pass_left_running_stops_with_its_node(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        self.task = asyncio.ensure_future(ctx.body("slow"))
        await asyncio.sleep(0)
        raise NodeError("model_auth", "Gave up.")

    node_type("quitter", run)
    body = build("work", configs={"work_1": {"seconds": 60}})
    world = draw("quitter\nquitter.error -> work_2", bodies={"quitter_1": body})

    state = await world.finish()

    assert state.status == "succeeded"
    assert "quitter_1[slow].work_1" not in state.results
    assert world.clock.monotonic() == 0


async def test_an_attempt_that_is_over_remembers_nothing_more(draw, node_type):
    late: list[asyncio.Task[None]] = []
    may_go_on = asyncio.Event()

    async def do() -> Json:
        return "done"

    async def say_it_later(ctx: NodeContext) -> None:
        await may_go_on.wait()
        await ctx.emit("late")
        await ctx.step("late", do)

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        late.append(asyncio.ensure_future(say_it_later(ctx)))
        return NodeResult(None)

    node_type("lingerer", run)
    world = draw("lingerer -> work", configs={"work_1": {"seconds": 1}})
    world.clock.call_later(0.5, may_go_on.set)

    await world.finish()
    [outcome] = await asyncio.gather(*late, return_exceptions=True)

    assert isinstance(outcome, NodeError)
    assert world.events("step_done") == []
    assert world.live.deltas == []


async def test_half_a_character_never_reaches_a_reader(draw, node_type):
    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        await ctx.emit("a\ud83d")
        await ctx.emit("")
        await ctx.emit("b")
        return NodeResult(None)

    node_type("stutterer", run)
    world = draw("stutterer")

    await world.finish()

    assert world.live.deltas == [("stutterer_1", 1, 0, "a?"), ("stutterer_1", 1, 2, "b")]


async def test_a_thousand_nodes_side_by_side(draw):
    drawing = "\n".join(f"pure_0 -> work_{i} -> pure_9999" for i in range(1, 990))
    world = draw(drawing, policies={})

    state = await world.finish()

    assert state.status == "succeeded"
    assert len(state.results) == 991


async def test_a_cancel_before_the_claim_runs_nothing(draw):
    world = draw("work")
    engine = world.engine()

    engine.cancel()
    state = await world.clock.finish(engine.run())

    assert state.status == "cancelled"
    assert world.outside.acts == []
