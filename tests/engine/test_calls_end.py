"""How a workflow inside a run ends, waits and is told of: as a part of that run, whichever way it goes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from nodes.sdk import Json, Node, NodeContext, NodeError, NodeResult
from nodes.sdk.graph import Graph, Policy
from nodes.sdk.models import ChatMessage
from nodes.sdk.run_limits import RunLimits
from tests.engine.test_calls import KEY, asks, outer
from tests.engine.world import CATALOGUE, World
from workers.engine.journal import MemoryRun, Opening, Signal
from workers.engine.testing import Crash, build, crash_at, settle

INSIDE = "sub_workflow_1[0]."


def speaks(then: str, **configs: Any) -> Graph:
    """It says something, then goes on with `then`."""
    told = {"answer_1": {"text": "Well, {{ start_1.query }}."}}
    return build(f"start -> answer_1 -> {then}", configs=told | configs)


async def test_a_cancel_stops_what_is_at_work_inside_and_keeps_what_was_said(draw):
    slow = speaks("work_1 -> work_2", work_1={"waits": True})
    world = draw(outer(), workflows={KEY: slow})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()

    engine.cancel()
    state = await world.clock.finish(task)

    assert (state.status, state.answer) == ("cancelled", "It says: Well, hi.")
    assert world.outside.hits == {f"{INSIDE}work_1": 1}
    assert world.clock.monotonic() < 1


async def test_the_time_of_the_run_is_up_inside_too(draw):
    graph = replace(outer(), limits=RunLimits(wall_s=30))
    world = draw(graph, workflows={KEY: speaks("work_1 -> work_2", work_1={"seconds": 60})})

    state = await world.finish()

    assert (state.status, state.error["code"]) == ("timed_out", "run_timed_out")
    assert state.answer == "It says: Well, hi."
    assert world.clock.monotonic() == 30
    assert f"{INSIDE}work_2" not in world.outside.hits


async def test_a_limit_of_the_app_inside_is_not_one_of_the_run(draw):
    strict = replace(speaks("work_1 -> work_2"), limits=RunLimits(steps=1))

    state = await draw(outer(), workflows={KEY: strict}).finish()

    assert (state.status, state.answer) == ("succeeded", "It says: Well, hi.!")


async def test_a_step_limit_met_inside_keeps_the_answer_so_far(draw):
    graph = replace(outer(), limits=RunLimits(steps=4))
    state = await draw(graph, workflows={KEY: speaks("pure_1 -> pure_2 -> pure_3")}).finish()

    assert (state.status, state.error["code"]) == ("failed", "step_limit")
    assert state.answer == "It says: Well, hi."


async def test_a_failure_inside_may_be_replaced_by_what_the_step_gives_then(draw):
    graph = build(
        "start -> sub_workflow -> answer",
        configs={"sub_workflow_1": asks(), "answer_1": {"text": "{{ sub_workflow_1.answer }}!"}},
        policies={"sub_workflow_1": Policy(on_error="default", default={"answer": "Later", "result": None})},
    )
    world = draw(graph, workflows={KEY: build("start -> work")})
    world.outside.failures[f"{INSIDE}work_1"] = [NodeError("model_auth", "No key.")] * 9

    state = await world.finish()

    assert (state.status, state.answer) == ("succeeded", "Later!")
    assert world.events("run_succeeded")[0].data["handled_errors"] == 1


async def test_an_error_that_the_app_inside_handled_is_counted_and_the_run_goes_on(draw):
    handles = build("start -> work\nwork.error -> answer", configs={"answer_1": {"text": "sorry"}})
    world = draw(outer(), workflows={KEY: handles})
    world.outside.failures[f"{INSIDE}work_1"] = [NodeError("model_auth", "No key.")] * 9

    state = await world.finish()

    assert (state.status, state.answer) == ("succeeded", "It says: sorry!")
    assert world.events("run_succeeded")[0].data["handled_errors"] == 1


async def test_a_step_inside_whose_outcome_is_unknown_is_asked_about_by_its_path(draw):
    frame = build("start -> write -> answer", configs={"answer_1": {"text": "{{ write_1.text }}"}})
    world = draw(outer(), workflows={KEY: frame})
    await cut_off_while_it_acts(world)
    state = await world.finish()
    assert state.status == "waiting"
    assert {path: set(names) for path, names in state.waiting.items()} == {f"{INSIDE}write_1": {"#settle 1"}}

    done = {"action": "done", "output": {"text": "it was"}}
    world.run.send(Signal(f"{INSIDE}write_1", "#settle 1", done))
    state = await world.finish()

    assert (state.status, state.answer) == ("succeeded", "It says: it was!")
    assert world.outside.hits == {f"{INSIDE}write_1": 1}


async def cut_off_while_it_acts(world: World) -> None:
    """A worker dies before the write that follows the act of the step inside."""
    at = 0
    while not world.outside.acts:
        at += 1
        world.run = MemoryRun(world.run.opening)
        try:
            await world.clock.finish(world.engine(crash_at(at, world.run, world.clock)).run())
        except Crash:
            continue
        pytest.fail("It ended without a crash.")


async def test_a_pause_holds_a_step_inside_and_the_run_goes_on_where_it_was(draw):
    frame = build(
        "start -> work_1 -> work_2 -> answer",
        configs={"work_1": {"seconds": 5}, "answer_1": {"text": "{{ work_2.text }}"}},
    )
    world = draw(outer(), workflows={KEY: frame})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()

    world.run.is_paused = True
    engine.pause()
    state = await world.clock.finish(task)
    assert state.status == "waiting"
    assert f"{INSIDE}work_2" not in world.outside.hits

    world.run.is_paused = False
    state = await world.finish()

    assert (state.status, state.answer) == ("succeeded", f"It says: {INSIDE}work_2()!")
    assert world.outside.hits == {f"{INSIDE}work_1": 1, f"{INSIDE}work_2": 1}


class Tells(Node):
    """Says what it knows of the conversation."""

    type, title, effects = "tells", "Tells", "none"

    async def run(self, config: Any, ctx: NodeContext) -> NodeResult:
        turns: list[Json] = [f"{turn.role}: {turn.content}" for turn in ctx.history]
        return NodeResult({"text": "; ".join(str(turn) for turn in turns) or "nothing"})


class Cites(Node):
    """Finds one passage, named by its path."""

    type, title, effects, sources = "cites", "Cites", "none", "passages"

    async def run(self, config: Any, ctx: NodeContext) -> NodeResult:
        return NodeResult({"passages": [{"document": ctx.path, "text": "words"}]})


@pytest.fixture
def more_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Tells, Cites):
        monkeypatch.setitem(CATALOGUE.types, kind.type, kind)  # pyright: ignore[reportArgumentType]


@pytest.mark.usefixtures("more_types")
@pytest.mark.parametrize(
    ("told", "knows"), [(True, "It says: user: before; assistant: yes!"), (False, "It says: nothing!")]
)
async def test_the_conversation_is_known_inside_only_where_the_step_passes_it_on(draw, told, knows):
    frame = build("start -> tells -> answer", configs={"answer_1": {"text": "{{ tells_1.text }}"}})
    world = draw(outer(history=told), workflows={KEY: frame})
    history = (ChatMessage("user", "before"), ChatMessage("assistant", "yes"))
    world.run = MemoryRun(Opening("now", history=history, run="run-1"))

    assert (await world.finish()).answer == knows


@pytest.mark.usefixtures("more_types")
async def test_sources_found_inside_are_sources_of_the_answer_and_ids_are_those_of_the_frame(draw):
    """`pure_1` finds nothing outside and `cites_1` inside; ids of one frame say nothing of another's."""
    graph = build("start -> cites_1 -> sub_workflow -> pure", configs={"sub_workflow_1": asks()})
    frame = build("start -> pure_1 -> cites_2", configs={"pure_1": {"text": "x"}})
    twin = build("start -> pure_1 -> cites_1")
    world = draw(graph, workflows={KEY: frame})
    other = draw(build("start -> sub_workflow", configs={"sub_workflow_1": asks()}), workflows={KEY: twin})

    await world.finish()
    await other.finish()

    assert documents(world) == ["cites_1", f"{INSIDE}cites_2"]
    assert documents(other) == [f"{INSIDE}cites_1"]


def documents(world: World) -> list[str]:
    return [source["document"] for source in world.run.events[-1].data["sources"]]


async def test_a_failure_inside_an_app_inside_an_app_says_the_code_and_the_step_of_the_innermost(draw):
    second = build("start -> sub_workflow", configs={"sub_workflow_1": {"workflow": "deep"}})
    world = draw(outer(), workflows={KEY: second, "deep@latest": build("start -> work")})
    deep = f"{INSIDE}sub_workflow_1[0].work_1"
    world.outside.failures[deep] = [NodeError("model_auth", "No key.", "Give one.")] * 9

    state = await world.finish()

    assert state.error["code"] == "model_auth"
    assert "'Work'" in state.error["hint"]
