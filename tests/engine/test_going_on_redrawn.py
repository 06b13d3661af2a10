"""What a run keeps that goes on from a step of another, where the workflow is drawn otherwise by now."""

from dataclasses import replace
from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.redrawn import redrawn
from tests.engine.test_going_on import going_on
from workers.engine.testing import build


async def test_steps_that_are_drawn_otherwise_now_run_again(draw):
    world = draw("work_1 -> work_2 -> work_3\nwork_8")
    await world.finish()
    again = going_on(world, "work_3", changed=("work_2",))
    await again.finish()

    assert again.outside.hits == {"work_2": 1, "work_3": 1}


async def test_a_step_that_failed_runs_again_where_nothing_takes_over_from_it_any_more(draw):
    world = draw("work_1.error -> work_2\nwork_8 -> work_9")
    world.outside.failures = {"work_1": [NodeError("model_failed", "No.")] * 3}
    await world.finish()
    now = build("work_1 -> work_2\nwork_8 -> work_9")
    again = replace(going_on(world, "work_9", changed=tuple(redrawn(world.graph, now))), graph=now)
    again.outside.failures = {}
    await again.finish()

    assert again.outside.hits == {"work_1": 1, "work_2": 1, "work_9": 1}


async def test_what_stands_behind_a_step_that_is_not_reached_any_more_runs_again(draw):
    configs = {"fork_1": {"port": "yes"}, "work_2": {"text": "{{ work_1.text }}"}}
    joined = "work_1 -> work_2\nwork_3 -> work_2\nwork_8 -> work_9"
    world = draw(f"fork_1.yes -> work_1\n{joined}", configs=configs)
    await world.finish()
    now = build(f"fork_1.no -> work_1\n{joined}", configs=configs)
    again = replace(going_on(world, "work_9", changed=tuple(redrawn(world.graph, now))), graph=now)
    state = await again.finish()

    assert again.outside.hits == {"work_2": 1, "work_9": 1}
    assert state.results["work_2"].output == {"text": "work_2()"}


SIDE: tuple[str, dict[str, Any]] = "each_1", {"items": ["a", "b", "c"], "at_once": 3}
TURNS: tuple[str, dict[str, Any]] = "loop_1", {"count": 3}


@pytest.mark.parametrize(
    ("around", "again"),
    [
        (SIDE, ["[0].work_2", "[1].work_2", "[2].work_2"]),
        (TURNS, ["[0].work_2", *(f"[{i}].work_{n}" for i in (1, 2) for n in (1, 2))]),
    ],
    ids=["side by side", "in turn"],
)
async def test_of_steps_inside_another_only_what_was_changed_runs_again_and_what_follows(draw, around, again):
    id, config = around
    world = draw(f"{id} -> work_9", configs={id: config}, bodies={id: build("work_1 -> work_2")})
    await world.finish()
    forked = going_on(world, "work_9", changed=(f"{id}[*].work_2",))
    state = await forked.finish()

    assert state.status == "succeeded"
    assert forked.outside.hits == dict.fromkeys([*(f"{id}{path}" for path in again), "work_9"], 1)


async def test_rounds_that_never_came_to_a_changed_step_are_kept(draw):
    body = build(
        "branch_1.late -> work_2\nwork_1 -> branch_1",
        configs={
            "branch_1": {
                "cases": [
                    {
                        "name": "late",
                        "conditions": [{"left": "{{ loop_1.index }}", "operator": "gte", "right": 2}],
                    }
                ]
            }
        },
    )
    world = draw("loop_1 -> work_9", configs={"loop_1": {"count": 4}}, bodies={"loop_1": body})
    await world.finish()
    later = going_on(world, "work_9", changed=("loop_1[*].work_2",))
    await later.finish()

    assert later.outside.hits == dict.fromkeys(
        ["loop_1[2].work_2", "loop_1[3].work_1", "loop_1[3].work_2", "work_9"], 1
    )


async def test_a_step_that_repeats_and_never_came_to_the_changed_one_is_kept_whole(draw):
    body = build("fork_1.no -> work_2\nwork_1 -> fork_1")
    world = draw("loop_1 -> work_8 -> work_9", configs={"loop_1": {"count": 2}}, bodies={"loop_1": body})
    await world.finish()
    again = going_on(world, "work_9", changed=("loop_1[*].work_2",))
    await again.finish()

    assert again.outside.hits == {"work_9": 1}


async def test_an_item_whose_step_failed_is_worked_on_again_where_something_takes_over_from_it_now(draw):
    config = {"items": ["a", "b"], "at_once": 2, "on_error": "null"}
    world = draw("each_1 -> work_9", configs={"each_1": config}, bodies={"each_1": build("work_1 -> work_2")})
    world.outside.failures = {"each_1[0].work_1": [NodeError("model_failed", "No.")] * 3}
    await world.finish()
    now = build(
        "each_1 -> work_9",
        configs={"each_1": config},
        bodies={"each_1": build("work_1 -> work_2\nwork_1.error -> work_3")},
    )
    again = replace(going_on(world, "work_9", changed=tuple(redrawn(world.graph, now))), graph=now)
    again.outside.failures = {}
    state = await again.finish()

    assert state.results["each_1"].output["failed"] == 0
    assert again.outside.hits == {"each_1[0].work_1": 1, "each_1[0].work_2": 1, "work_9": 1}
