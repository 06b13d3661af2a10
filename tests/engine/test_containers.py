"""Steps inside steps: loop, each, and what they do together."""

import asyncio

from nodes.sdk import Json, NodeError
from nodes.sdk.graph import Policy
from workers.engine.limits import Limits
from workers.engine.testing import build, settle


def each(items: Json, **config: Json) -> dict[str, dict[str, Json]]:
    return {"each_1": {"items": items, **config}}


async def test_each_keeps_the_order_of_the_list_although_the_last_item_is_the_quickest(draw):
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}", "text": "{{ each_1.item }}"}})
    world = draw(
        "each",
        configs=each([3, 2, 1], at_once=3, collect="{{ work_1.text }} of {{ each_1.count }}"),
        bodies={"each_1": body},
    )

    state = await world.finish()

    assert state.results["each_1"].output == {
        "items": [f"each_1[{i}].work_1({n}) of 3" for i, n in enumerate([3, 2, 1])],
        "count": 3,
        "failed": 0,
    }
    assert world.outside.acts == ["each_1[0].work_1", "each_1[1].work_1", "each_1[2].work_1"]
    assert world.clock.monotonic() == 3


async def test_each_works_on_as_many_at_once_as_it_is_told(draw):
    body = build("work", configs={"work_1": {"seconds": 1}})
    world = draw("each", configs=each([0] * 5, at_once=2), bodies={"each_1": body})

    await world.finish()

    assert world.clock.monotonic() == 3


async def test_a_loop_hands_each_round_what_the_round_before_gave(draw):
    body = build("pure", configs={"pure_1": {"text": "{{ loop_1.last }}{{ loop_1.index }}"}})
    config = {"loop_1": {"count": 3, "result": "{{ pure_1.text }}"}}
    world = draw("loop", configs=config, bodies={"loop_1": body})

    state = await world.finish()

    assert state.results["loop_1"].output == {
        "last": "012",
        "items": ["0", "01", "012"],
        "count": 3,
        "ended_by": "count",
    }


async def test_a_loop_ends_when_its_condition_holds_after_a_round(draw):
    body = build("pure", configs={"pure_1": {"text": "{{ loop_1.number }}"}})
    until = {"conditions": [{"left": "{{ pure_1.text }}", "operator": "gte", "right": 2}]}
    world = draw("loop", configs={"loop_1": {"until": until}}, bodies={"loop_1": body})

    state = await world.finish()

    assert state.results["loop_1"].output["count"] == 2
    assert state.results["loop_1"].output["ended_by"] == "condition"


async def test_a_condition_about_earlier_steps_is_looked_at_before_the_first_round(draw):
    until = {"conditions": [{"left": "{{ pure_1.text }}", "operator": "is", "right": "ready"}]}
    world = draw(
        "pure -> loop",
        configs={"pure_1": {"text": "ready"}, "loop_1": {"until": until}},
        bodies={"loop_1": build("work")},
    )

    state = await world.finish()

    assert state.results["loop_1"].output == {"last": None, "items": [], "count": 0, "ended_by": "condition"}
    assert world.outside.acts == []


async def test_a_loop_that_never_ends_is_stopped_with_a_sentence(draw, monkeypatch):
    monkeypatch.setenv("TREADLE_MAX_ROUNDS", "7")
    until = {"conditions": [{"left": "{{ pure_1.text }}", "operator": "is_empty"}]}
    body = build("pure", configs={"pure_1": {"text": "x"}})

    state = await draw("loop", configs={"loop_1": {"until": until}}, bodies={"loop_1": body}).finish()

    assert state.error["code"] == "round_limit"
    assert "7 times" in state.error["message"]
    assert len([path for path in state.results if path.startswith("loop_1[")]) == 7


async def test_a_list_that_is_too_long_is_refused(draw, monkeypatch):
    monkeypatch.setenv("TREADLE_MAX_ITEMS", "2")

    state = await draw("each", configs=each([1, 2, 3]), bodies={"each_1": build("work")}).finish()

    assert state.error["code"] == "item_limit"


async def test_each_inside_a_loop_refers_to_both_containers(draw):
    text = "{{ loop_1.index }}{{ each_1.item }}{{ pure_2.text }}"
    inner = build("pure_1", configs={"pure_1": {"text": text}})
    body = build("each", configs=each(["a", "b"], collect="{{ pure_1.text }}"), bodies={"each_1": inner})
    world = draw(
        "pure_2 -> loop",
        configs={"pure_2": {"text": "!"}, "loop_1": {"count": 2, "result": "{{ each_1.items }}"}},
        bodies={"loop_1": body},
    )

    state = await world.finish()

    assert state.results["loop_1"].output["items"] == [["0a!", "0b!"], ["1a!", "1b!"]]


async def test_progress_is_told_and_never_written_down(draw):
    world = draw("each", configs=each([1, 2]), bodies={"each_1": build("pure")})

    await world.finish()

    assert world.live.progressed == [("each_1", 0, 2), ("each_1", 1, 2), ("each_1", 2, 2)]
    assert "progress" not in str(world.types)


async def test_a_cancel_ends_a_loop_of_pure_steps(draw):
    """Nothing in it ever waits; a cancel gets its turn all the same."""
    until = {"conditions": [{"left": "{{ pure_1.text }}", "operator": "is_empty"}]}
    body = build("pure", configs={"pure_1": {"text": "x"}})
    world = draw("loop", configs={"loop_1": {"until": until}}, bodies={"loop_1": body})
    engine = world.engine()
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, engine.cancel)

    state = await world.clock.finish(engine.run())

    assert state.status == "cancelled"
    assert state.error is None
    assert len(state.results) < 999


async def test_nothing_starts_inside_a_parallel_each_once_cancel_was_answered(draw):
    body = build("work_1 -> work_2", configs={"work_1": {"seconds": 1}, "work_2": {"seconds": 1}})
    world = draw("each", configs=each([0] * 6, at_once=3), bodies={"each_1": body})
    engine = world.engine()
    task = asyncio.ensure_future(engine.run())
    await settle()
    world.clock.advance(1)
    await settle()
    acts = list(world.outside.acts)

    engine.cancel()
    state = await world.clock.finish(task)

    assert state.status == "cancelled"
    assert world.outside.acts == acts
    assert len(acts) == 6


async def test_a_step_inside_is_tried_again_by_itself(draw):
    body = build("work", policies={"work_1": Policy(max_attempts=3)})
    world = draw("each", configs=each(["a", "b"]), bodies={"each_1": body})
    world.outside.failures["each_1[1].work_1"] = [NodeError("model_busy", "Busy.")] * 2

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"each_1[0].work_1": 1, "each_1[1].work_1": 3}


async def test_a_container_that_is_tried_again_keeps_what_was_done_inside(draw):
    body = build("work_1 -> work_2", policies={"work_2": Policy(max_attempts=1)})
    world = draw(
        "each", configs=each(["a", "b"]), bodies={"each_1": body}, policies={"each_1": Policy(max_attempts=2)}
    )
    world.outside.failures["each_1[1].work_2"] = [NodeError("model_busy", "Busy.", retry=True)]

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits["each_1[1].work_2"] == 2
    assert all(world.outside.hits[f"each_1[{i}].work_1"] == 1 for i in range(2))


async def test_a_step_inside_has_all_its_attempts_again_when_its_container_is_tried_again(draw):
    body = build("work", policies={"work_1": Policy(max_attempts=2)})
    world = draw(
        "each", configs=each(["a"]), bodies={"each_1": body}, policies={"each_1": Policy(max_attempts=2)}
    )
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_busy", "Busy.", retry=True)] * 3

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.outside.hits == {"each_1[0].work_1": 4}
    assert [event.data["retry_in_s"] is None for event in world.events("node_failed")] == [
        False,  # the step's first attempt
        True,  # and its last
        False,  # the container's first
        False,  # the step's first within the second
    ]


async def test_a_container_is_not_tried_again_after_an_error_that_will_not_pass(draw):
    world = draw(
        "each",
        configs=each(["a"]),
        bodies={"each_1": build("work")},
        policies={"each_1": Policy(max_attempts=3)},
    )
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "No.")]

    assert (await world.finish()).status == "failed"
    assert world.outside.hits["each_1[0].work_1"] == 1


async def test_a_container_that_took_too_long_goes_on_where_it_was(draw):
    body = build("work", configs={"work_1": {"seconds": 4}}, policies={"work_1": Policy(max_attempts=9)})
    world = draw(
        "each",
        configs=each(["a", "b", "c"], collect="{{ each_1.item }}"),
        bodies={"each_1": body},
        policies={"each_1": Policy(max_attempts=3, timeout_s=9, backoff_s=1)},
    )

    state = await world.finish()

    assert state.results["each_1"].output["items"] == ["a", "b", "c"]
    assert world.outside.hits == {"each_1[0].work_1": 1, "each_1[1].work_1": 1, "each_1[2].work_1": 2}


async def test_steps_inside_count_towards_the_limit_of_the_run(draw):
    world = draw(
        "loop", configs={"loop_1": {"count": 50}}, bodies={"loop_1": build("pure")}, limits=Limits(steps=20)
    )

    state = await world.finish()

    assert state.error["code"] == "step_limit"
    assert len(world.events("node_started")) == 20


async def test_a_run_that_takes_too_long_ends_inside_a_loop(draw):
    body = build("work", configs={"work_1": {"seconds": 10}})
    world = draw("loop", configs={"loop_1": {"count": 50}}, bodies={"loop_1": body}, limits=Limits(wall_s=35))

    state = await world.finish()

    assert state.status == "timed_out"
    assert world.outside.hits.total() == 4


async def test_what_an_error_edge_takes_ends_no_pass(draw):
    body = build(
        "work_1 -> pure_1\nwork_1.error -> pure_2", configs={"pure_2": {"text": "{{ work_1.message }}"}}
    )
    world = draw("each", configs=each(["a", "b"]), bodies={"each_1": body})
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "No.")]

    state = await world.finish()

    assert state.results["each_1"].output["items"][0] == {"text": "No."}


async def test_a_stop_outside_of_a_loop_fails_in_words(draw):
    state = await draw("stop_loop -> work").finish()

    assert state.error["code"] == "bad_config"
    assert "does not stand inside" in state.error["message"]


async def test_a_stop_leaves_the_nearest_loop_only(draw):
    inner = build(
        "loop_2", configs={"loop_2": {"count": 5}}, bodies={"loop_2": build("pure_1 -> stop_loop_1")}
    )
    world = draw("loop_1", configs={"loop_1": {"count": 3}}, bodies={"loop_1": inner})

    state = await world.finish()

    assert state.results["loop_1"].output["ended_by"] == "count"
    assert [o["count"] for o in state.results["loop_1"].output["items"]] == [1, 1, 1]


async def test_a_stop_stops_what_is_at_work_beside_it(draw):
    body = build("work_1\nwork_2 -> stop_loop", configs={"work_1": {"seconds": 60}, "work_2": {"seconds": 1}})
    world = draw("loop -> pure", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.clock.monotonic() == 1
    assert "loop_1[0].work_1" not in state.results


async def test_a_pin_of_a_step_inside_is_used_in_every_pass(draw):
    world = draw(
        "each",
        configs=each(["a", "b"]),
        bodies={"each_1": build("work")},
        pins={"work_1": {"text": "pinned"}},
    )

    state = await world.finish()

    assert state.results["each_1"].output["items"] == [{"text": "pinned"}] * 2
    assert world.outside.acts == []


async def test_side_by_side_items_add_to_a_list_and_to_a_number_without_losing_any(draw):
    body = build(
        "work_1 -> set_variable_1 -> set_variable_2",
        configs={
            "work_1": {"seconds": "{{ each_1.item }}"},
            "set_variable_1": {"name": "seen", "operator": "append", "value": "{{ each_1.item }}"},
            "set_variable_2": {"name": "sum", "operator": "add", "value": "{{ each_1.item }}"},
        },
    )
    world = draw(
        "each -> pure",
        configs={**each([3, 1, 2, 1], at_once=4), "pure_1": {"text": "{{ vars.seen }} {{ vars.sum }}"}},
        bodies={"each_1": body},
    )

    state = await world.finish()

    assert state.variables == {"seen": [1, 1, 2, 3], "sum": 7}
    assert state.results["pure_1"].output["text"] == "1, 1, 2, 3 7"


async def test_a_change_that_does_not_fit_fails_the_step_in_words(draw):
    world = draw("set_variable", configs={"set_variable_1": {"name": "n", "operator": "add", "value": [1]}})

    state = await world.finish()

    assert state.error["code"] == "bad_variable"
    assert state.variables == {}


async def test_a_loop_of_a_thousand_rounds_writes_as_many_facts_as_rounds(draw):
    """A list that grows is not written down whole in every round, and no fact grows with the rounds."""
    body = build(
        "set_variable",
        configs={"set_variable_1": {"name": "seen", "operator": "append", "value": "{{ loop_1.index }}"}},
    )
    world = draw("loop", configs={"loop_1": {"count": 1000}}, bodies={"loop_1": body})

    state = await world.finish()

    assert state.variables["seen"] == list(range(1000))
    assert len(world.run.events) == 3 * 1000 + 5
    largest = max(len(str(e.data)) for e in world.run.events if e.path.startswith("loop_1["))
    assert largest < 200


async def test_a_loop_that_gathers_too_much_text_ends_before_it_fills_the_memory(draw):
    long = "x" * 1_000
    world = draw(
        "each",
        configs=each(list(range(50)), collect=f"{{{{ each_1.item }}}}{long}"),
        bodies={"each_1": build("pure")},
        limits=Limits(characters=20_000),
    )

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["code"] == "size_limit"
    assert 10 < len([path for path in state.results if path.startswith("each_1[")]) < 20


async def test_large_texts_that_go_into_steps_count_too(draw):
    body = build("set_variable", configs={"set_variable_1": {"name": "n", "value": "{{ pure_2.text }}!"}})
    world = draw(
        "pure_2 -> loop",
        configs={"pure_2": {"text": "y" * 1_000}, "loop_1": {"count": 50}},
        bodies={"loop_1": body},
        limits=Limits(characters=20_000),
    )

    state = await world.finish()

    assert state.error["code"] == "size_limit"
