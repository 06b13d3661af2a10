"""A workflow run inside a run: a frame of its own, its words shown live, and the same after any crash."""

from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.graph import Graph, Policy
from tests.engine.test_container_crashes import crashes
from tests.engine.test_durability import SlowDisk
from tests.engine.world import World, texts
from workers.engine.frames import MAX_CALL_DEPTH
from workers.engine.journal import MemoryJournal
from workers.engine.testing import Crash, build

KEY = "inner@latest"


def asks(query: str = "{{ start_1.query }}", **more: Any) -> dict[str, Any]:
    return {"workflow": "inner", "query": query, **more}


def outer(**more: Any) -> Graph:
    return build(
        "start -> sub_workflow -> answer",
        configs={
            "sub_workflow_1": asks(**more),
            "answer_1": {"text": "It says: {{ sub_workflow_1.answer }}!"},
        },
    )


def inner() -> Graph:
    """It has ids that the outer one has too."""
    return build(
        "start -> say -> answer",
        configs={
            "say_1": {"user": "{{ start_1.query }} {{ start_1.city }}"},
            "answer_1": {"text": "{{ say_1.text }}."},
        }
        | {"start_1": {"inputs": [{"name": "city"}]}},
    )


async def test_an_app_asks_another_and_answers_with_what_it_says(draw):
    world = draw(outer(inputs={"city": "Rome"}), query="Weather in", workflows={KEY: inner()})

    state = await world.finish()

    assert state.answer == "It says: Weather in Rome.!"
    assert texts(state)["sub_workflow_1"][0] == {
        "answer": "Weather in Rome.",
        "result": {"text": "Weather in Rome."},
    }
    assert texts(state)["sub_workflow_1[0].say_1"][0] == {"text": "Weather in Rome"}
    assert state.usage.completion_tokens == 3


async def test_what_was_found_for_each_app_is_recorded_when_the_run_starts(draw):
    world = draw(outer(), workflows={KEY: inner()})
    await world.finish()
    without = draw("start -> answer")
    await without.finish()

    assert world.events("run_started")[0].data["workflows"] == {KEY: f"version of {KEY}"}
    assert "workflows" not in without.events("run_started")[0].data


async def test_the_words_of_the_inner_app_are_live_text_of_the_step_that_asks(draw):
    world = draw(outer(inputs={"city": "Rome"}), query="Weather in", workflows={KEY: inner()})
    await world.finish()

    told = [(offset, text) for path, _, offset, text in world.live.deltas if path == "sub_workflow_1"]
    assert told == [(0, "Weather"), (7, " in"), (10, " Rome"), (15, ".")]


async def test_it_sees_its_own_variables_and_nothing_of_the_app_that_asks(draw):
    sets: Any = {"name": "seen", "operator": "append", "value": "{{ pure_1.text }}"}
    frame = build(
        "start -> set_variable -> answer",
        configs={
            "set_variable_1": sets | {"value": "inner {{ pure_1.text }}"},
            "answer_1": {"text": "{{ vars.seen }}"},
        },
    )
    graph = build(
        "start -> pure -> set_variable -> sub_workflow -> answer",
        configs={
            "pure_1": {"text": "outer"},
            "set_variable_1": sets,
            "sub_workflow_1": asks(),
            "answer_1": {"text": "{{ vars.seen | join }} / {{ sub_workflow_1.answer }}"},
        },
    )
    world = draw(graph, workflows={KEY: frame})

    state = await world.finish()

    assert state.variables == {"seen": ["outer"]}
    assert state.frame_variables == {"sub_workflow_1[0].": {"seen": ["inner "]}}


async def test_a_pin_of_the_outer_app_does_not_reach_a_step_of_the_same_id_inside(draw):
    graph = build("start -> pure -> sub_workflow", configs={"sub_workflow_1": asks()})
    frame = build(
        "start -> pure -> answer",
        configs={"pure_1": {"text": "own"}, "answer_1": {"text": "{{ pure_1.text }}"}},
    )
    world = draw(graph, workflows={KEY: frame}, pins={"pure_1": {"text": "pinned"}})

    state = await world.finish()

    assert texts(state)["pure_1"][0] == {"text": "pinned"}
    assert texts(state)["sub_workflow_1"][0]["answer"] == "own"


async def test_a_failure_inside_is_the_step_s_own_and_says_where_it_was(draw):
    world = draw(outer(), workflows={KEY: build("start -> work -> answer")})
    world.outside.failures["sub_workflow_1[0].work_1"] = [NodeError("model_auth", "No key.", "Give one.")] * 9

    state = await world.finish()

    assert state.status == "failed"
    assert state.error == {
        "code": "model_auth",
        "message": "No key.",
        "hint": "It went wrong in the step 'Work' of that app. Give one.",
    }


async def test_the_step_s_retry_begins_what_failed_inside_anew_and_keeps_what_was_done(draw):
    frame = build(
        "start -> work_1 -> work_2 -> answer",
        configs={"answer_1": {"text": "{{ work_2.text }}"}},
        policies={"work_2": Policy(max_attempts=1)},
    )
    graph = build(
        "start -> sub_workflow",
        configs={"sub_workflow_1": asks()},
        policies={"sub_workflow_1": Policy(max_attempts=2, backoff_s=1)},
    )
    world = draw(graph, workflows={KEY: frame})
    world.outside.failures["sub_workflow_1[0].work_2"] = [NodeError("model_busy", "Busy.")]

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"sub_workflow_1[0].work_1": 1, "sub_workflow_1[0].work_2": 2}


async def test_a_failure_inside_leaves_by_the_step_s_error_port(draw):
    graph = build(
        "start -> sub_workflow\nsub_workflow.error -> answer",
        configs={"sub_workflow_1": asks(), "answer_1": {"text": "Sorry: {{ sub_workflow_1.code }}"}},
    )
    world = draw(graph, workflows={KEY: build("start -> work -> answer")})
    world.outside.failures["sub_workflow_1[0].work_1"] = [NodeError("model_auth", "No key.")] * 9

    assert (await world.finish()).answer == "Sorry: model_auth"


async def test_steps_inside_count_for_the_limit_of_the_run(draw):
    from workers.engine.limits import Limits

    world = draw(outer(), workflows={KEY: inner()}, limits=Limits(steps=4))

    state = await world.finish()

    assert state.error is not None
    assert state.error["code"] == "step_limit"


async def test_an_app_that_is_not_there_fails_the_step(draw):
    world = draw(outer())

    state = await world.finish()

    assert state.error is not None
    assert state.error["code"] == "workflow_missing"


async def test_a_circle_of_apps_fails_where_it_closes(draw):
    second = build("start -> sub_workflow -> answer", configs={"sub_workflow_1": {"workflow": "outer"}})
    world = draw(outer(), workflows={KEY: second, "outer@latest": outer()})

    state = await world.finish()

    assert state.error is not None
    assert state.error["code"] == "workflow_cycle"


@pytest.mark.parametrize("depth", [MAX_CALL_DEPTH, MAX_CALL_DEPTH + 1])
async def test_apps_use_one_another_eight_levels_deep_and_no_deeper(draw, depth):
    def level(i: int) -> Graph:
        said = {"answer_1": {"text": "{{ sub_workflow_1.answer }}."}}
        return build(
            "start -> sub_workflow -> answer", configs={"sub_workflow_1": {"workflow": f"w{i + 1}"}, **said}
        )

    bottom = build("start -> answer", configs={"answer_1": {"text": "{{ start_1.query }}"}})
    workflows = {f"w{i}@latest": level(i) for i in range(1, depth)} | {f"w{depth}@latest": bottom}
    world = draw(level(0), workflows=workflows)

    state = await world.finish()

    if depth <= MAX_CALL_DEPTH:
        assert state.answer == "hi" + "." * depth
    else:
        assert state.error is not None
        assert state.error["code"] == "too_deep"


def everything() -> Graph:
    """A call inside a parallel each inside a loop; what it is asked differs each time."""
    each = build("sub_workflow", configs={"sub_workflow_1": asks("{{ loop_1.index }} {{ each_1.item }}")})
    loop = build(
        "each",
        configs={
            "each_1": {"items": ["a", "b", "c"], "at_once": 2, "collect": "{{ sub_workflow_1.answer }}"}
        },
        bodies={"each_1": each},
    )
    return build(
        "start -> loop -> answer",
        configs={
            "loop_1": {"count": 2, "result": "{{ each_1.items }}"},
            "answer_1": {"text": "{{ loop_1.items }}"},
        },
        bodies={"loop_1": loop},
    )


async def test_a_crash_before_any_write_of_calls_in_a_parallel_each_in_a_loop_changes_nothing(draw):
    frame = build(
        "start -> set_variable -> work -> say -> answer",
        configs={
            "set_variable_1": {"name": "n", "operator": "add", "value": 1},
            "work_1": {"text": "{{ start_1.query }} {{ vars.n }}"},
            "say_1": {"user": "{{ work_1.text }}"},
            "answer_1": {"text": "<{{ say_1.text }}>"},
        },
        policies={"work_1": Policy(max_attempts=5), "say_1": Policy(max_attempts=5)},
    )

    def make() -> World:
        return draw(everything(), workflows={KEY: frame})

    smooth = await make().finish()
    assert smooth.status == "succeeded"
    assert "<loop_1[1].each_1[2].sub_workflow_1[0].work_1(1 c 1)>" in smooth.answer
    at = 0
    async for at, state in crashes(make):
        assert (state.answer, texts(state)) == (smooth.answer, texts(smooth)), f"crashed before write {at}"
        assert state.frame_variables == smooth.frame_variables
    assert at > 100


async def test_after_a_crash_the_answer_of_a_call_begins_with_what_was_said_before_it(draw):
    frame = build(
        "start -> pure -> answer_1 -> write -> answer_2",
        configs={
            "pure_1": {"text": "before"},
            "answer_1": {"text": "{{ pure_1.text }}"},
            "answer_2": {"text": "after"},
        },
        policies={"write_1": Policy(max_attempts=2)},
    )
    world = draw(outer(), workflows={KEY: frame})
    journal = MemoryJournal(world.run, world.clock)
    world.outside.cuts, world.outside.kill = {"sub_workflow_1[0].write_1": "crash"}, journal.crash
    with pytest.raises(Crash):
        await world.finish(journal)
    assert [e.path for e in world.events("node_succeeded")][-1] == "sub_workflow_1[0].answer_1"

    state = await world.finish()

    assert texts(state)["sub_workflow_1"][0]["answer"] == "before\n\nafter"
    assert state.answer == "It says: before\n\nafter!"


SAYS = build("pure -> answer", configs={"answer_1": {"text": "said {{ pure_1.text }}"}})


async def test_the_answer_of_a_call_is_whole_while_a_fact_of_another_branch_is_on_its_way_to_the_disk(draw):
    world = draw(
        "pure_1 -> work_1\n pure_1 -> work_2 -> sub_workflow",
        configs={"sub_workflow_1": {"workflow": "inner"}, "work_1": {"seconds": 4}},
        workflows={KEY: SAYS},
    )

    state = await world.finish(SlowDisk(world.run, world.clock))

    assert state.results["sub_workflow_1"].output["answer"] == "said sub_workflow_1[0].pure_1"


async def test_the_last_word_is_whole_when_the_step_that_was_stopped_had_a_fact_on_its_way_to_the_disk(draw):
    body = build("work_1\n work_2 -> stop_loop", configs={"work_1": {"seconds": 4}})
    world = draw(
        "loop -> answer",
        bodies={"loop_1": body},
        configs={"loop_1": {"count": 1}, "answer_1": {"text": "done after {{ loop_1.count }}"}},
    )

    state = await world.finish(SlowDisk(world.run, world.clock))

    assert (state.status, state.answer) == ("succeeded", "done after 1")
