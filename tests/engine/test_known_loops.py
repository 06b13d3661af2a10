"""What loops of other builders are known to do can be drawn here, with the same results.

The cases are those of the public tests of Dify's engine (graphon), told in our own words.
"""

from typing import Any

import pytest

from nodes.sdk import Json, NodeError
from nodes.sdk.graph import Graph
from workers.engine.testing import build

COUNT_UP = build("set_variable", configs={"set_variable_1": {"name": "n", "operator": "add", "value": 1}})


def a_counter_until(least: int) -> dict[str, Any]:
    """A variable that begins at 0, counted up until it has come to `least`."""
    until: Json = {"conditions": [{"left": "{{ vars.n }}", "operator": "gte", "right": least}]}
    return {
        "configs": {"set_variable_9": {"name": "n", "value": 0}, "loop_1": {"count": 5, "until": until}},
        "bodies": {"loop_1": COUNT_UP},
    }


@pytest.mark.parametrize("least", [0, 2])
async def test_a_condition_is_looked_at_before_the_first_round_and_after_each(draw, least):
    state = await draw("set_variable_9 -> loop_1", **a_counter_until(least)).finish()

    assert state.variables == {"n": least}
    assert state.results["loop_1"].output["count"] == least
    assert state.results["loop_1"].output["ended_by"] == "condition"


def exclaim() -> Graph:
    return build("template", configs={"template_1": {"text": "{{ each_1.item }}!"}})


@pytest.mark.parametrize("at_once", [1, 10])
async def test_items_are_worked_through_in_turn_and_side_by_side_with_the_same_result(draw, at_once):
    config: Json = {"items": ["alpha", "beta"], "collect": "{{ template_1.text }}", "at_once": at_once}

    state = await draw("each", configs={"each_1": config}, bodies={"each_1": exclaim()}).finish()

    assert state.results["each_1"].output["items"] == ["alpha!", "beta!"]


@pytest.mark.parametrize(
    ("items", "flat"), [([], []), ([["a"], ["b", "c"]], ["a", "b", "c"])], ids=["none", "some"]
)
async def test_lists_that_were_collected_can_be_made_one(draw, items, flat):
    configs = {
        "each_1": {"items": items, "collect": "{{ each_1.item }}"},
        "set_variable_1": {"name": "flat", "value": "{{ each_1.items | flatten }}"},
    }

    state = await draw("each -> set_variable", configs=configs, bodies={"each_1": build("pure")}).finish()

    assert state.results["each_1"].output["items"] == items
    assert state.variables == {"flat": flat}


@pytest.mark.parametrize(
    ("on_error", "status", "items", "worked_on"),
    [("stop", "failed", None, 1), ("null", "succeeded", [None, None], 2), ("drop", "succeeded", [], 2)],
)
async def test_an_item_that_fails_stops_all_or_leaves_an_empty_place_or_none(
    draw, on_error, status, items, worked_on
):
    world = draw(
        "each",
        configs={"each_1": {"items": ["a", "b"], "on_error": on_error}},
        bodies={"each_1": build("work")},
    )
    for i in range(2):
        world.outside.failures[f"each_1[{i}].work_1"] = [NodeError("model_auth", "No.")]

    state = await world.finish()

    assert state.status == status
    assert world.outside.hits.total() == worked_on
    if items is not None:
        assert state.results["each_1"].output == {"items": items, "count": 2, "failed": 2}


async def test_a_loop_can_be_left_in_its_first_round(draw):
    body = build("stop_loop")

    state = await draw("loop", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body}).finish()

    assert state.results["loop_1"].output == {"last": None, "items": [], "count": 1, "ended_by": "stop"}


async def test_a_stop_inside_a_list_inside_a_loop_leaves_the_loop(draw):
    body = build("each", configs={"each_1": {"items": ["only"]}}, bodies={"each_1": build("stop_loop")})
    world = draw("loop -> pure", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["loop_1"].output["count"] == 1
    assert "pure_1" in state.results


async def test_a_failure_inside_a_loop_fails_the_loop_and_nothing_of_it_leaks(draw):
    world = draw("loop -> pure", configs={"loop_1": {"count": 3}}, bodies={"loop_1": build("work_1")})
    world.outside.failures["loop_1[1].work_1"] = [NodeError("model_auth", "No.")]

    state = await world.finish()

    assert state.status == "failed"
    assert state.failures["loop_1"]["code"] == "model_auth"
    assert "loop_1" not in state.results
    assert "pure_1" not in state.results
