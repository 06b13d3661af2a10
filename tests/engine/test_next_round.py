"""Leaving a round of a loop and going on with the next, from any depth inside; and how deep that may be."""

from typing import Any

from nodes.sdk.graph import Graph
from tests.engine.test_container_crashes import crashes
from workers.engine.testing import Crash, build, crash_at


def when(left: str, right: Any) -> dict[str, Any]:
    """A decision that leaves by yes where `left` is `right`."""
    rule = {"left": left, "operator": "is", "right": right}
    return {"cases": [{"name": "yes", "conditions": [rule]}]}


def loop(body: Graph, **config: Any) -> dict[str, Any]:
    return {"configs": {"loop_1": {"count": 3, **config}}, "bodies": {"loop_1": body}}


ODD = build(
    "branch.yes -> next_round\nbranch.else -> work",
    configs={"branch_1": when("{{ loop_1.index }}", 1)},
)


async def test_a_round_that_is_left_gives_nothing_and_the_next_one_begins(draw):
    world = draw("loop -> pure", **loop(ODD))

    state = await world.finish()

    output = state.results["loop_1"].output
    assert output["items"] == [{"text": f"loop_1[{i}].work_1()"} for i in (0, 2)]
    assert (output["count"], output["ended_by"]) == (3, "count")
    assert world.outside.acts == ["loop_1[0].work_1", "loop_1[2].work_1"]
    assert state.results["loop_1[1].next_round_1"].port == "#next"
    assert state.status == "succeeded"


async def test_a_round_that_is_left_gives_what_the_loop_says_a_round_gives(draw):
    state = await draw("loop", **loop(ODD, result="{{ loop_1.number }}.")).finish()

    assert state.results["loop_1"].output["items"] == ["1.", "2.", "3."]


async def test_the_condition_is_looked_at_after_a_round_that_was_left_too(draw):
    until = {"conditions": [{"left": "{{ loop_1.index }}", "operator": "gte", "right": 1}]}

    state = await draw("loop", **loop(ODD, until=until)).finish()

    assert state.results["loop_1"].output["count"] == 2
    assert state.results["loop_1"].output["ended_by"] == "condition"


async def test_leaving_a_round_stops_what_is_at_work_beside_it(draw):
    body = build(
        "work_1\nwork_2 -> next_round", configs={"work_1": {"seconds": 60}, "work_2": {"seconds": 1}}
    )
    world = draw("loop -> pure", **loop(body))

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.clock.monotonic() == 3
    assert not any(path.endswith("work_1") for path in state.results)


async def test_a_round_is_left_from_inside_an_each_that_works_side_by_side(draw):
    inside = build(
        "work -> branch\nbranch.yes -> next_round",
        configs={"branch_1": when("{{ each_1.item }}-{{ loop_1.index }}", "b-0")},
    )
    body = build(
        "each -> pure", configs={"each_1": {"items": ["a", "b"], "at_once": 2}}, bodies={"each_1": inside}
    )
    state = await draw("loop", **loop(body, count=2)).finish()

    assert state.results["loop_1[0].each_1"].port == "#next"
    assert "loop_1[0].pure_1" not in state.results
    assert state.results["loop_1[1].pure_1"].output == {"text": "loop_1[1].pure_1"}
    assert state.results["loop_1"].output["count"] == 2


async def test_leaving_a_round_outside_of_a_loop_fails_in_words(draw):
    state = await draw("next_round -> work").finish()

    assert state.error["code"] == "bad_config"
    assert "does not stand inside" in state.error["message"]


async def test_a_crash_at_any_write_leads_to_the_same_rounds(draw):
    calm = draw("loop -> pure", **loop(ODD))
    want = (await calm.finish()).results

    async for at, state in crashes(lambda: draw("loop -> pure", **loop(ODD))):
        assert state.results == want, f"crashed before write {at}"


DEEPEST = 8


async def test_containers_nest_to_depth_eight_and_every_round_is_found_by_its_path(draw):
    bodies: dict[str, Any] = {}
    graph = build("work", configs={"work_1": {"text": "{{ loop_1.index }}{{ each_8.item }}"}})
    for depth in range(DEEPEST, 0, -1):
        kind = "loop" if depth % 2 else "each"
        id = f"{kind}_{depth}"
        config: dict[str, Any] = {"count": 2} if depth % 2 else {"items": ["a", "b"], "at_once": 2}
        bodies = {id: graph}
        graph = build(id, configs={id: config}, bodies=bodies)
    world = draw(graph)

    state = await world.finish()

    assert state.status == "succeeded"
    inner = [path for path in state.results if path.endswith("work_1")]
    assert len(inner) == 2**DEEPEST
    deep = "loop_1[1].each_2[0].loop_3[1].each_4[0].loop_5[1].each_6[0].loop_7[1].each_8[1].work_1"
    assert state.results[deep].output == {"text": f"{deep}(1b)"}
    assert {event.path for event in world.events("node_succeeded")} == set(state.results)


async def test_what_a_round_said_before_it_was_left_stays_said(draw):
    body = build(
        "answer_2 -> branch\nbranch.yes -> next_round\nbranch.else -> answer_3",
        configs={
            "answer_2": {"text": "{{ loop_1.number }}"},
            "branch_1": when("{{ loop_1.index }}", 1),
            "answer_3": {"text": "whole"},
        },
    )
    world = draw(
        "loop -> answer",
        configs={"loop_1": {"count": 3}, "answer_1": {"text": "End."}},
        bodies={"loop_1": body},
    )

    state = await world.finish()

    assert state.answer.split("\n\n") == ["1", "whole", "2", "3", "whole", "End."]


async def test_a_condition_about_a_step_of_a_round_that_was_left_is_the_same_after_a_crash_anywhere(draw):
    body = build("fork.yes -> next_round")
    done = {"conditions": [{"left": "{{ fork_1.port }}", "operator": "is", "right": "yes"}]}
    deaths = 0
    for at in range(1, 40):
        world = draw(
            "loop",
            bodies={"loop_1": body},
            configs={"loop_1": {"count": 3, "until": done, "result": "{{ fork_1.port }}"}},
        )
        try:
            state = await world.finish(crash_at(at, world.run, world.clock, flushes_all=True))
        except Crash:
            deaths += 1
            state = await world.finish()
        want = {"last": "yes", "items": ["yes"], "count": 1, "ended_by": "condition"}
        assert state.results["loop_1"].output == want
    assert deaths > 5
