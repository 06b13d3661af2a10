"""What a run comes to when a node fails."""

import pytest

from nodes.sdk import NodeError
from nodes.sdk.graph import Edge, Graph, GraphNode, Policy
from tests.engine.world import FAULTS
from workers.engine.limits import Limits
from workers.engine.testing import build

BUSY = NodeError("model_busy", "The model is busy.", "Wait a little.")
BROKEN = NodeError("model_auth", "The key is wrong.", "Look at the key.")


async def test_a_final_failure_ends_the_run_with_its_words(draw):
    world = draw("pure -> work -> pure_2")
    world.outside.failures["work_1"] = [BROKEN]

    state = await world.finish()

    assert state.status == "failed"
    assert state.error == {
        "code": "model_auth",
        "message": "The key is wrong.",
        "hint": "Look at the key.",
    }
    assert world.types[-2:] == ["node_failed", "run_failed"]
    assert world.outside.hits["work_1"] == 1


async def test_an_error_that_may_pass_is_tried_again_after_growing_pauses(draw):
    world = draw("work", policies={"work_1": Policy(max_attempts=4, backoff_s=2)})
    world.outside.failures["work_1"] = [BUSY, BUSY, BUSY]

    state = await world.finish()

    pauses = [event.data["retry_in_s"] for event in world.events("node_failed")]
    assert state.status == "succeeded"
    assert [event.data["attempt"] for event in world.events("node_started")] == [1, 2, 3, 4]
    assert all(base <= pause <= base * 1.25 for base, pause in zip([2, 4, 8], pauses, strict=True))
    assert world.clock.monotonic() == pytest.approx(sum(pauses))


async def test_what_reads_is_tried_three_times_and_what_writes_once(draw):
    world = draw("work\nwrite")
    world.outside.failures |= {"work_1": [BUSY] * 5, "write_1": [BUSY] * 5}

    await world.finish()

    assert world.outside.hits["write_1"] == 1
    assert world.outside.hits["work_1"] <= 3

    alone = draw("work")
    alone.outside.failures["work_1"] = [BUSY] * 5
    alone.outside.hits.clear()
    state = await alone.finish()

    assert state.status == "failed"
    assert alone.outside.hits["work_1"] == 3


async def test_the_other_side_may_ask_for_a_longer_pause(draw):
    world = draw("work")
    world.outside.failures["work_1"] = [NodeError("model_rate_limited", "Slow down.", retry_after_s=30)]

    await world.finish()

    assert world.events("node_failed")[0].data["retry_in_s"] == 30


async def test_a_wired_error_port_takes_a_final_failure(draw):
    world = draw(
        "work -> pure_1\nwork.error -> pure_2",
        configs={"pure_2": {"text": "{{ work_1.code }}: {{ work_1.message }}"}},
    )
    world.outside.failures["work_1"] = [BROKEN]

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["work_1"].output == {"code": "model_auth", "message": "The key is wrong."}
    assert state.results["pure_2"].output == {"text": "model_auth: The key is wrong."}
    assert "pure_1" not in state.results
    assert world.events("node_failed")[0].data["port"] == "error"


async def test_retries_come_before_the_error_port(draw):
    world = draw("work -> pure_1\nwork.error -> pure_2")
    world.outside.failures["work_1"] = [BUSY, BUSY]

    state = await world.finish()

    assert "pure_1" in state.results
    assert "pure_2" not in state.results


async def test_a_failure_stops_the_nodes_at_work_beside_it(draw):
    world = draw("pure -> work_1\npure -> work_2", configs={"work_2": {"seconds": 60}})
    world.outside.failures["work_1"] = [BROKEN]

    state = await world.finish()

    assert state.status == "failed"
    assert world.clock.monotonic() < 60
    assert state.open == {"work_2"}


async def test_a_node_that_takes_too_long_is_stopped_and_tried_again(draw):
    world = draw(
        "work",
        configs={"work_1": {"seconds": 60}},
        policies={"work_1": Policy(timeout_s=10, max_attempts=2, backoff_s=0)},
    )

    state = await world.finish()

    assert state.error["code"] == "node_timeout"
    assert [event.data["retry_in_s"] for event in world.events("node_failed")] == [0, None]
    assert world.clock.monotonic() == 20
    assert [event.data["elapsed_ms"] for event in world.events("node_failed")] == [10_000, 10_000]


async def test_a_run_that_takes_too_long_times_out(draw):
    world = draw("work", configs={"work_1": {"seconds": 60}}, limits=Limits(wall_s=30))

    state = await world.finish()

    assert state.status == "timed_out"
    assert state.error["code"] == "run_timed_out"
    assert world.clock.monotonic() == 30


async def test_a_run_stops_at_its_step_limit(draw):
    body = build("pure")
    world = draw(
        "times", configs={"times_1": {"times": 100}}, bodies={"times_1": body}, limits=Limits(steps=10)
    )

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["code"] == "step_limit"
    assert len(world.events("node_started")) == 10


@pytest.mark.parametrize("way", [*FAULTS, "raise", "recurse", "cancel"])
async def test_a_node_that_misbehaves_fails_in_plain_words(draw, way):
    world = draw("faulty", configs={"faulty_1": {"way": way}})

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["code"] == "node_crashed"
    assert "Traceback" not in state.error["message"]
    state.error["message"].encode()
    assert "\0" not in state.error["message"]


async def test_a_misbehaving_node_can_leave_by_its_error_port(draw):
    world = draw("faulty -> pure_1\nfaulty.error -> pure_2", configs={"faulty_1": {"way": "raise"}})

    state = await world.finish()

    assert state.status == "succeeded"
    assert "pure_2" in state.results


async def test_a_type_that_is_not_here_fails_only_when_its_turn_comes(draw):
    nodes = {"work_1": GraphNode("work_1", "work"), "gone_1": GraphNode("gone_1", "gone")}
    world = draw(Graph(nodes, (Edge("work_1", "out", "gone_1"),)))

    state = await world.finish()

    assert state.error["code"] == "unknown_type"
    assert (list(state.results), list(state.failures)) == (["work_1"], ["gone_1"])


async def test_a_setting_that_does_not_fit_is_named(draw):
    world = draw("work", configs={"work_1": {"seconds": "soon"}})

    state = await world.finish()

    assert state.error["code"] == "bad_config"
    assert "seconds" in state.error["message"]
    assert world.outside.acts == []


async def test_a_failure_in_a_body_is_the_failure_of_the_node_around_it(draw):
    world = draw("times -> pure_1\ntimes.error -> pure_2", bodies={"times_1": build("work")})
    world.outside.failures["times_1[1].work_1"] = [BROKEN]

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["times_1"].output["code"] == "model_auth"
    assert "pure_2" in state.results
    assert [e.path for e in world.events("node_failed")] == ["times_1[1].work_1", "times_1"]


async def test_a_node_around_a_body_that_is_tried_again_keeps_what_was_done_inside(draw):
    world = draw(
        "times",
        bodies={"times_1": build("work", configs={"work_1": {"seconds": 4}})},
        policies={"times_1": Policy(max_attempts=3, timeout_s=6, backoff_s=0)},
    )

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {
        "times_1[0].work_1": 1,
        "times_1[1].work_1": 2,
        "times_1[2].work_1": 2,
    }


async def test_tokens_of_failed_attempts_count(draw):
    world = draw(
        "say -> work",
        configs={"say_1": {"user": "one two"}},
    )
    world.outside.failures["work_1"] = [BROKEN]

    await world.finish()

    assert world.events("run_failed")[0].data["usage"]["total_tokens"] == 4
