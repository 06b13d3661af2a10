"""What happens when a node fails is said in its policy: again, by another path, or with something else."""

import pytest

from nodes.sdk import Json, NodeError
from nodes.sdk.graph import Policy
from workers.engine.events import Event
from workers.engine.state import fold
from workers.engine.testing import Crash, build, crash_at

BUSY = NodeError("model_busy", "The model is busy.")
BROKEN = NodeError("model_auth", "The key is wrong.")


async def test_only_the_errors_that_were_chosen_are_tried_again(draw):
    world = draw("work", policies={"work_1": Policy(max_attempts=3, retry_codes=("model_auth",))})
    world.outside.failures["work_1"] = [BROKEN, BROKEN]

    assert (await world.finish()).status == "succeeded"
    assert world.outside.hits["work_1"] == 3


async def test_an_error_that_may_pass_is_final_where_others_were_chosen(draw):
    world = draw("work", policies={"work_1": Policy(max_attempts=3, retry_codes=("model_auth",))})
    world.outside.failures["work_1"] = [BUSY]

    assert (await world.finish()).error["code"] == "model_busy"
    assert world.outside.hits["work_1"] == 1


async def test_a_node_with_a_default_goes_on_by_its_usual_port_with_it(draw):
    world = draw(
        "work -> pure_1\nwork.error -> pure_2",
        configs={"pure_1": {"text": "{{ work_1.text }}!"}},
        policies={"work_1": Policy(on_error="default", default={"text": "nobody"})},
    )
    world.outside.failures["work_1"] = [BROKEN]

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["pure_1"].output == {"text": "nobody!"}
    assert "pure_2" not in state.results
    failed = world.events("node_failed")[0].data
    assert (failed["port"], failed["default"], failed["output"]) == ("out", True, {"text": "nobody"})
    assert failed["error"]["code"] == "model_auth"


async def test_a_default_comes_after_the_last_attempt_and_not_before(draw):
    world = draw("work", policies={"work_1": Policy(on_error="default", default={"text": "x"})})
    world.outside.failures["work_1"] = [BUSY] * 3

    state = await world.finish()

    assert world.outside.hits["work_1"] == 3
    assert state.results["work_1"].output == {"text": "x"}
    assert state.handled_errors == 1


async def test_a_default_leaves_a_node_with_several_ways_out_by_the_one_that_goes_with_it(draw):
    case: dict[str, Json] = {
        "name": "vip",
        "title": "VIP",
        "conditions": [{"left": "{{ vars.gone }}", "operator": "gte", "right": 1}],
    }
    default: dict[str, Json] = {"case": "vip", "title": "VIP"}
    world = draw(
        "branch.else -> pure_1\nbranch.vip -> pure_2",
        configs={"branch_1": {"cases": [case]}},
        policies={"branch_1": Policy(on_error="default", default=default)},
        pins={"branch_1": {"__error__": "broken"}},
    )

    state = await world.finish()

    assert (state.results["branch_1"].port, state.results["branch_1"].output) == ("vip", default)
    assert "pure_2" in state.results
    assert "pure_1" not in state.results


async def test_a_node_set_to_fail_ends_the_run_although_a_connection_leaves_it_for_errors(draw):
    world = draw("work -> pure_1\nwork.error -> pure_2", policies={"work_1": Policy(on_error="fail")})
    world.outside.failures["work_1"] = [BROKEN]

    assert (await world.finish()).error["code"] == "model_auth"


async def test_another_path_without_a_connection_lets_the_rest_of_the_run_go_on(draw):
    world = draw("work -> pure_1\npure_2", policies={"work_1": Policy(on_error="port")})
    world.outside.failures["work_1"] = [BROKEN]

    state = await world.finish()

    assert (state.status, state.handled_errors) == ("succeeded", 1)
    assert "pure_1" not in state.results
    assert "pure_2" in state.results


async def test_a_node_out_of_time_goes_on_with_its_default(draw):
    policy = Policy(max_attempts=1, timeout_s=1, on_error="default", default={"text": "late"})
    world = draw("work", configs={"work_1": {"seconds": 5}}, policies={"work_1": policy})

    state = await world.finish()

    assert world.events("node_failed")[0].data["error"]["code"] == "node_timeout"
    assert state.results["work_1"].output == {"text": "late"}
    assert world.clock.monotonic() == 1


async def test_a_container_may_have_a_default(draw):
    output: dict[str, Json] = {"items": [], "count": 0, "failed": 0}
    world = draw(
        "each -> pure",
        configs={"each_1": {"items": [1, 2]}, "pure_1": {"text": "{{ each_1.count }}"}},
        policies={"each_1": Policy(on_error="default", default=output)},
        bodies={"each_1": build("work")},
    )
    world.outside.failures["each_1[1].work_1"] = [BROKEN]

    state = await world.finish()

    assert (state.status, state.handled_errors) == ("succeeded", 1)
    assert state.results["pure_1"].output == {"text": "0"}


@pytest.mark.parametrize(
    ("on_error", "items"),
    [("null", [None, {"text": "each_1[1].work_1()"}, None]), ("drop", [{"text": "each_1[1].work_1()"}])],
)
async def test_each_item_that_failed_and_was_set_aside_counts_as_a_handled_error(draw, on_error, items):
    world = draw(
        "each",
        configs={"each_1": {"items": [1, 2, 3], "on_error": on_error}},
        bodies={"each_1": build("work")},
    )
    world.outside.failures |= {"each_1[0].work_1": [BROKEN], "each_1[2].work_1": [BROKEN]}

    state = await world.finish()

    assert state.results["each_1"].output == {"items": items, "count": 3, "failed": 2}
    assert state.handled_errors == 2
    assert world.run.events[-1].data["handled_errors"] == 2


async def test_a_run_without_an_error_has_handled_none(draw):
    world = draw("pure")
    await world.finish()

    assert world.run.events[-1].data["handled_errors"] == 0


@pytest.mark.parametrize("at", range(2, 12))
async def test_a_default_is_the_same_after_a_crash_at_any_write(draw, at):
    world = draw(
        "work -> pure -> work_2",
        configs={"pure_1": {"text": "{{ work_1.text }}"}},
        policies={"work_1": Policy(max_attempts=1, on_error="default", default={"text": "x"})},
    )
    world.outside.failures["work_1"] = [BROKEN] * 9
    journal = crash_at(at, world.run, world.clock)
    try:
        await world.clock.finish(world.engine(journal).run())
    except Crash:
        await world.finish()

    state = fold(world.run.events)
    assert (state.status, state.handled_errors) == ("succeeded", 1)
    assert state.results["pure_1"].output == {"text": "x"}


def test_a_journal_from_before_there_were_defaults_is_read_as_it_was_meant():
    from datetime import UTC, datetime

    at = datetime(2026, 1, 1, tzinfo=UTC)
    error: Json = {"code": "model_auth", "message": "No.", "hint": ""}
    state = fold(
        [
            Event(1, "run_claimed", "", at, {"worker": "w"}),
            Event(2, "node_started", "work_1", at, {"attempt": 1, "type": "work", "input": {}}),
            Event(
                3,
                "node_failed",
                "work_1",
                at,
                {"attempt": 1, "error": error, "retry_in_s": None, "port": "error"},
            ),
            Event(4, "run_succeeded", "", at, {"answer": "", "outputs": {}, "usage": None}),
        ]
    )

    assert state.results["work_1"].output == {"code": "model_auth", "message": "No."}
    assert state.handled_errors == 1


async def test_a_container_that_is_tried_again_changes_each_variable_once(draw):
    body = build(
        "set_variable -> work",
        configs={"set_variable_1": {"name": "seen", "operator": "append", "value": "{{ loop_1.number }}"}},
        policies={"work_1": Policy(max_attempts=1)},
    )
    world = draw(
        "loop -> pure",
        configs={"loop_1": {"count": 3}, "pure_1": {"text": "{{ vars.seen }}"}},
        bodies={"loop_1": body},
        policies={"loop_1": Policy(max_attempts=3)},
    )
    world.outside.failures["loop_1[1].work_1"] = [BUSY, BUSY]

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.variables["seen"] == [1, 2, 3]
    assert world.outside.hits["loop_1[1].work_1"] == 3
    assert world.outside.hits["loop_1[0].work_1"] == 1


async def test_so_does_one_whose_passes_run_side_by_side_with_a_neighbour_that_changes_it_too(draw):
    def adds(name: str) -> dict[str, Json]:
        return {"name": "total", "operator": "add", "value": 1}

    body = build(
        "set_variable_1 -> work",
        configs={"set_variable_1": adds("")},
        policies={"work_1": Policy(max_attempts=1)},
    )
    other = build("set_variable_2 -> work_2", configs={"set_variable_2": adds(""), "work_2": {"seconds": 1}})
    world = draw(
        "set_variable_3 -> each_1\nset_variable_3 -> each_2",
        configs={
            "set_variable_3": {"name": "total", "operator": "set", "value": 0},
            "each_1": {"items": [1, 2, 3], "at_once": 3},
            "each_2": {"items": [1, 2]},
        },
        bodies={"each_1": body, "each_2": other},
        policies={"each_1": Policy(max_attempts=2)},
    )
    world.outside.failures["each_1[1].work_1"] = [BUSY]

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.variables["total"] == 5


@pytest.mark.parametrize(("stops", "ended_by"), [("halt", "halt_1"), ("zhalt", "work_1")])
async def test_of_a_stop_and_a_failure_at_the_same_moment_the_one_written_first_ends_the_pass(
    draw, stops, ended_by
):
    # One bell wakes both, so the pass hears of both at once; they write in the order of the drawing.
    body = build(f"{stops}\nwork", configs={f"{stops}_1": {"waits": True}, "work_1": {"waits": True}})
    world = draw("loop -> pure", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})
    world.outside.failures["loop_1[0].work_1"] = [BROKEN]

    state = await _ring_and_finish(world)

    written = [event for event in world.run.events if event.path.startswith("loop_1[0].")][2:]
    assert {event.type for event in written} == {"node_succeeded", "node_failed"}, "both came to their end"
    assert written[0].at == written[1].at
    assert written[0].path == f"loop_1[0].{ended_by}"
    assert state.status == ("succeeded" if stops == "halt" else "failed")
    assert fold(world.run.events).ends["loop_1"]["loop_1[0]."] == f"loop_1[0].{ended_by}"


@pytest.mark.parametrize(("stops", "status"), [("halt", "succeeded"), ("zhalt", "failed")])
async def test_and_so_it_does_when_a_crash_comes_between_that_and_the_end_of_the_pass(draw, stops, status):
    body = build(f"{stops}\nwork", configs={f"{stops}_1": {"waits": True}, "work_1": {"waits": True}})
    world = draw("loop -> pure", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})
    world.outside.failures["loop_1[0].work_1"] = [BROKEN]
    await _ring_and_finish(world)
    both = max(e.seq for e in world.run.events if e.path.startswith("loop_1[0]."))
    del world.run.events[both:]

    state = await world.finish()

    assert state.status == status
    assert world.outside.hits["loop_1[0].work_1"] == 1, "neither is run again"


async def _ring_and_finish(world):
    world.clock.call_later(1, world.outside.bell.set)
    return await world.finish()
