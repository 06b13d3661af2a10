"""*Stop repeating* and *Next round* leave the nearest repeat, from any depth; and what conditions end."""

from typing import Any

import pytest

from nodes.sdk.graph import Graph
from tests.engine.test_next_round import when
from workers.engine.testing import build

LEAVERS = ("stop_loop", "next_round")


def repeat(body: Graph, id: str = "loop_1", **config: Any) -> dict[str, Any]:
    return {"configs": {id: {"count": 3, **config}}, "bodies": {id: body}}


def for_each(body: Graph, id: str = "each_1", items: Any = ("a", "b"), **config: Any) -> dict[str, Any]:
    return {"configs": {id: {"items": list(items), **config}}, "bodies": {id: body}}


def rounds(state: Any, path: str = "loop_1") -> tuple[int, str]:
    output = state.results[path].output
    return output["count"], output["ended_by"]


def left(leaver: str) -> tuple[int, str]:
    """How a repeat of three rounds ends when its second is left so."""
    return (2, "stop") if leaver == "stop_loop" else (3, "count")


@pytest.mark.parametrize("leaver", LEAVERS)
async def test_out_of_a_branch_inside(draw, leaver):
    body = build(
        f"branch.yes -> {leaver}\nbranch.else -> work", configs={"branch_1": when("{{ loop_1.index }}", 1)}
    )
    world = draw("loop -> pure", **repeat(body))

    state = await world.finish()

    assert rounds(state) == left(leaver)
    assert "loop_1[1].work_1" not in state.attempts
    assert ("loop_1[2].work_1" in state.results) == (leaver == "next_round")
    assert "pure_1" in state.results


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("leaver", LEAVERS)
async def test_out_of_a_list_inside_whose_other_items_begin_no_more(draw, leaver, at_once):
    inside = build(
        f"branch.yes -> {leaver}\nbranch.else -> work",
        configs={"branch_1": when("{{ each_1.item }}-{{ loop_1.index }}", "a-1")},
    )
    body = build("each -> work_9", **for_each(inside, items="abcd", at_once=at_once))
    world = draw("loop", **repeat(body))

    state = await world.finish()

    assert rounds(state) == left(leaver)
    assert state.results["loop_1[1].each_1"].port == {"stop_loop": "#stop", "next_round": "#next"}[leaver]
    assert "loop_1[1].work_9" not in state.attempts
    assert not any(path.startswith(f"loop_1[1].each_1[{i}].work") for path in state.results for i in (2, 3))


@pytest.mark.parametrize("leaver", LEAVERS)
async def test_out_of_a_repeat_inside_a_repeat_only_the_inner_one_is_left(draw, leaver):
    inside = build(f"branch.yes -> {leaver}", configs={"branch_1": when("{{ loop_2.index }}", 1)})
    body = build("loop_2 -> work", **repeat(inside, "loop_2"))

    state = await draw("loop", **repeat(body)).finish()

    assert rounds(state) == (3, "count")
    assert [rounds(state, f"loop_1[{i}].loop_2") for i in range(3)] == [left(leaver)] * 3
    assert all(f"loop_1[{i}].work_1" in state.results for i in range(3))


@pytest.mark.parametrize("leaver", LEAVERS)
async def test_out_of_a_repeat_inside_a_branch_inside_a_repeat_only_the_inner_one_is_left(draw, leaver):
    inside = build(f"branch.yes -> {leaver}", configs={"branch_1": when("{{ loop_2.index }}", 1)})
    drawn = repeat(inside, "loop_2")
    drawn["configs"]["branch_1"] = when("{{ loop_1.index }}", 1)
    body = build("branch.yes -> loop_2 -> work\nbranch.else -> pure", **drawn)

    state = await draw("loop", **repeat(body)).finish()

    assert rounds(state) == (3, "count")
    assert rounds(state, "loop_1[1].loop_2") == left(leaver)
    assert "loop_1[1].work_1" in state.results
    assert [f"loop_1[{i}].loop_2" in state.attempts for i in range(3)] == [False, True, False]


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("leaver", LEAVERS)
async def test_out_of_lists_inside_lists_the_repeat_around_them_is_left(draw, leaver, at_once):
    inmost = build(
        f"branch.yes -> {leaver}\nbranch.else -> work",
        configs={"branch_1": when("{{ loop_1.index }}{{ each_1.item }}{{ each_2.item }}", "1ab")},
    )
    body = build(
        "each_1 -> work_9",
        **for_each(build("each_2", **for_each(inmost, "each_2", at_once=at_once)), at_once=at_once),
    )

    state = await draw("loop", **repeat(body)).finish()

    assert rounds(state) == left(leaver)
    assert "loop_1[1].work_9" not in state.attempts
    assert "loop_1[0].work_9" in state.results


@pytest.mark.parametrize("leaver", LEAVERS)
async def test_a_repeat_inside_a_list_inside_a_repeat_is_what_is_left(draw, leaver):
    inmost = build(f"branch.yes -> {leaver}", configs={"branch_1": when("{{ loop_2.index }}", 1)})
    body = build("each -> work_9", **for_each(build("loop_2", **repeat(inmost, "loop_2")), at_once=2))

    state = await draw("loop", **repeat(body, count=2)).finish()

    assert rounds(state) == (2, "count")
    inner = [f"loop_1[{i}].each_1[{k}].loop_2" for i in range(2) for k in range(2)]
    assert [rounds(state, path) for path in inner] == [left(leaver)] * 4


@pytest.mark.parametrize("leaver", LEAVERS)
async def test_what_is_at_work_at_any_depth_beside_it_is_stopped(draw, leaver):
    slow = build("work", configs={"work_1": {"seconds": 60}})
    body = build(f"each_1\nwork_2 -> {leaver}", **for_each(slow, at_once=2), policies={})
    world = draw("loop", **repeat(body, count=2))

    state = await world.finish()

    assert world.clock.monotonic() < 1
    assert rounds(state) == ((1, "stop") if leaver == "stop_loop" else (2, "count"))
    assert not any(".each_1" in path for path in state.results)


# When a condition ends it


def until(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"conditions": [{"left": left, "operator": operator, "right": right}]}


async def test_a_condition_that_holds_before_the_first_round_lets_none_begin(draw):
    world = draw(
        "pure -> loop",
        configs={
            "pure_1": {"text": "done"},
            "loop_1": {"count": 3, "until": until("{{ pure_1.text }}", "is", "done")},
        },
        bodies={"loop_1": build("work")},
    )

    state = await world.finish()

    assert state.results["loop_1"].output == {"last": None, "items": [], "count": 0, "ended_by": "condition"}
    assert world.outside.acts == []


async def test_a_condition_about_a_step_inside_is_not_looked_at_before_the_first_round(draw):
    body = build("pure", configs={"pure_1": {"text": "done"}})

    state = await draw("loop", **repeat(body, until=until("{{ pure_1.text }}", "is", "done"))).finish()

    assert rounds(state) == (1, "condition")


async def test_a_condition_is_looked_at_after_each_round_and_ends_it_in_that_one(draw):
    body = build("work")

    state = await draw("loop", **repeat(body, count=9, until=until("{{ loop_1.number }}", "gte", 4))).finish()

    assert rounds(state) == (4, "condition")


async def test_the_last_round_is_ended_by_the_condition_if_it_holds_then(draw):
    state = await draw("loop", **repeat(build("pure"), until=until("{{ loop_1.number }}", "is", 3))).finish()

    assert rounds(state) == (3, "condition")


async def test_a_repeat_of_no_rounds_gives_nothing(draw):
    world = draw("loop -> pure", **repeat(build("work"), count=0))

    state = await world.finish()

    assert rounds(state) == (0, "count")
    assert world.outside.acts == []
    assert "pure_1" in state.results


async def test_without_a_count_the_condition_alone_decides(draw):
    body = build("pure")

    state = await draw(
        "loop", **repeat(body, count=None, until=until("{{ loop_1.number }}", "is", 7))
    ).finish()

    assert rounds(state) == (7, "condition")


async def test_a_condition_about_what_a_repeat_keeps_is_looked_at_before_the_first_round_too(draw):
    keeps = [{"name": "n", "type": "number", "value": 5}]
    world = draw("loop", **repeat(build("work"), variables=keeps, until=until("{{ loop_1.n }}", "gte", 5)))

    state = await world.finish()

    assert rounds(state) == (0, "condition")
    assert world.outside.acts == []
