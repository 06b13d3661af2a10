"""What a run keeps that goes on from a step of another, one case at a time; test_forking.py draws many."""

from dataclasses import replace
from typing import Any

import pytest

from nodes.sdk import NodeError
from nodes.sdk.declared import Variable
from nodes.sdk.graph import Graph, Policy
from tests.engine.test_crash import crash_in_the_work
from tests.engine.world import Send, World
from workers.engine.events import Event
from workers.engine.forking import Fork, cut
from workers.engine.journal import Signal
from workers.engine.state import fold
from workers.engine.testing import build


def going_on(world: World, path: str, edits: dict[str, Any] | None = None, **more: Any) -> World:
    fork = Fork("run-1", path, list(world.run.events), edits or {}, **more)
    world.outside.hits.clear()
    return replace(world, fork=fork, conversation=None)


def kept(world: World) -> list[str]:
    """The paths whose result was reused."""
    ends = ("node_succeeded", "node_failed")
    return [e.path for e in world.run.events if e.type in ends and e.data.get("reused")]


ASK = {"say_1": {"user": "{{ start_1.query }}"}, "answer_1": {"text": "{{ say_1.text }}!"}}


async def test_the_answer_begins_with_what_was_kept_and_its_live_words_are_not_said_again(draw):
    world = draw(
        "start -> say_1 -> answer_1 -> say_2 -> answer_2",
        configs={
            **ASK,
            "say_2": {"user": "more"},
            "answer_2": {"text": "{{ say_2.text }}?"},
        },
    )
    before = await world.finish()
    world.live.deltas.clear()
    again = going_on(world, "say_2")
    state = await again.finish()

    assert state.answer == before.answer == "hi!\n\nmore?"
    assert {path for path, *_ in again.live.deltas} == {"say_2"}
    assert (state.usage.completion_tokens, before.usage.completion_tokens) == (1, 2)


async def test_items_side_by_side_that_were_done_are_kept(draw):
    world = draw(
        "each_1",
        configs={"each_1": {"items": ["a", "b", "c"], "at_once": 3}},
        bodies={"each_1": build("work_1 -> work_2")},
    )
    await world.finish()
    again = going_on(world, "each_1[1].work_2")
    state = await again.finish()

    assert state.status == "succeeded"
    assert again.outside.hits == {"each_1[1].work_2": 1}


async def test_rounds_before_the_named_one_are_kept_and_later_ones_run_again(draw):
    world = draw("loop_1", configs={"loop_1": {"count": 3}}, bodies={"loop_1": build("work_1 -> work_2")})
    await world.finish()
    again = going_on(world, "loop_1[1].work_2")
    await again.finish()

    assert again.outside.hits == dict.fromkeys(
        ["loop_1[1].work_2", "loop_1[2].work_1", "loop_1[2].work_2"], 1
    )
    assert [e.data["attempt"] for e in again.events("node_started") if e.path == "loop_1"] == [1, 1]


async def test_what_an_app_inside_said_is_part_of_the_answer_though_it_was_said_in_another_run(draw):
    inner = build(
        "start -> answer_1 -> work_1 -> answer_2",
        configs={"answer_1": {"text": "One."}, "answer_2": {"text": "Two."}},
    )
    world = draw(
        "sub_workflow_1 -> answer_1",
        configs={
            "sub_workflow_1": {"workflow": "inner"},
            "answer_1": {"text": "{{ sub_workflow_1.answer }}"},
        },
        workflows={"inner@latest": inner},
    )
    before = await world.finish()
    again = going_on(world, "sub_workflow_1[0].work_1")
    state = await again.finish()

    assert state.answer == before.answer == "One.\n\nTwo."
    assert kept(again) == ["sub_workflow_1[0].start_1", "sub_workflow_1[0].answer_1"]


async def test_what_failed_runs_again_and_what_worked_beside_it_does_not(draw):
    world = draw("pure -> work_1\npure -> work_2 -> work_3", policies={"work_1": Policy(max_attempts=1)})
    world.outside.failures["work_1"] = [NodeError("model_auth", "No.")]
    failed = await world.finish()
    world.outside.failures.clear()
    again = going_on(world, "work_1")
    state = await again.finish()

    assert (failed.status, state.status) == ("failed", "succeeded")
    assert "work_1" in again.outside.hits
    assert set(kept(again)) == failed.results.keys()


async def test_an_item_that_failed_and_was_set_aside_is_done_as_well(draw):
    world = draw(
        "each_1",
        configs={"each_1": {"items": ["a", "b"], "at_once": 2, "on_error": "null"}},
        bodies={"each_1": build("work_1", policies={"work_1": Policy(max_attempts=1)})},
    )
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "No.")] * 9
    before = await world.finish()
    again = going_on(world, "each_1[1].work_1")
    state = await again.finish()

    assert again.outside.hits == {"each_1[1].work_1": 1}
    assert (state.handled_errors, state.results) == (1, before.results)


def twice(draw: Any, *, fails: int) -> World:
    """A loop that is tried again once: its first step fails at first, its second one as often as told."""
    body = build("work_1 -> work_2", policies={f"work_{n}": Policy(max_attempts=1) for n in (1, 2)})
    world = draw(
        "loop_1",
        configs={"loop_1": {"count": 1}},
        bodies={"loop_1": body},
        policies={"loop_1": Policy(max_attempts=2, retry_codes=("model_auth",))},
    )
    no = NodeError("model_auth", "No.")
    world.outside.failures |= {"loop_1[0].work_1": [no], "loop_1[0].work_2": [no] * fails}
    return world


async def test_what_a_kept_failure_cost_the_container_around_stays_spent(draw):
    world = twice(draw, fails=0)
    await world.finish()
    world.outside.failures["loop_1[0].work_2"] = [NodeError("model_auth", "No.")] * 9
    again = going_on(world, "loop_1[0].work_2")
    state = await again.finish()

    assert (state.status, again.outside.hits) == ("failed", {"loop_1[0].work_2": 1})


async def test_so_it_does_when_the_container_failed_for_good_later(draw):
    world = twice(draw, fails=9)
    assert (await world.finish()).status == "failed"
    del world.outside.failures["loop_1[0].work_2"]
    again = going_on(world, "loop_1[0].work_2")
    state = await again.finish()

    assert (state.status, again.outside.hits) == ("succeeded", {"loop_1[0].work_2": 1})
    assert [e for e in again.events("node_failed") if "reused" not in e.data] == []


async def test_a_step_that_left_the_loop_beside_the_named_one_leaves_it_again(draw):
    each = build("work_1 -> stop_loop_1", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    body = build("each_1", configs={"each_1": {"items": [0, 5], "at_once": 2}}, bodies={"each_1": each})
    world = draw("loop_1", configs={"loop_1": {"count": 3}}, bodies={"loop_1": body})
    before = await world.finish()
    again = going_on(world, "loop_1[0].each_1[1].work_1")
    state = await again.finish()

    assert kept(again) == ["loop_1[0].each_1[0].work_1"]
    assert state.results["loop_1"] == before.results["loop_1"]


async def test_what_a_round_gave_by_way_of_variables_is_looked_at_anew(draw):
    changes = {"name": "total", "operator": "add", "value": 1}
    world = draw(
        "loop_1",
        configs={"loop_1": {"count": 2, "result": "{{ vars.total }}"}},
        bodies={"loop_1": build("set_variable_1", configs={"set_variable_1": changes})},
    )
    await world.finish()
    edits = {"loop_1[0].set_variable_1": {"config": {"value": 10}}}
    state = await going_on(world, "loop_1[0].set_variable_1", edits).finish()

    assert state.results["loop_1"].output["items"] == [10, 11]


async def test_passes_that_a_type_begins_at_once_without_saying_so_are_not_taken_for_done(draw):
    body = build("work_1 -> work_2", policies={"work_2": Policy(max_attempts=1)})
    world = draw("at_once_1", configs={"at_once_1": {"items": [1, 2]}}, bodies={"at_once_1": body})
    world.outside.failures["at_once_1[0].work_2"] = [NodeError("model_auth", "No.")]
    assert (await world.finish()).status == "failed"
    world.outside.failures.clear()

    assert (await going_on(world, "at_once_1[1].work_1").finish()).status == "succeeded"


async def test_what_a_container_remembered_behind_a_dropped_step_is_dropped(draw):
    world = draw("times_1", configs={"times_1": {"times": 1}}, bodies={"times_1": build("work_1")})
    await world.finish()
    facts: list[Event] = []
    for fact in world.run.events:  # as if the container had remembered something before its pass and after
        if fact.path.startswith("times_1[0]") and fact.type == "node_started":
            facts.append(step_of("before", fact))
        if fact.path == "times_1" and fact.type == "node_succeeded":
            facts.append(step_of("after", fact))
        facts.append(fact)
    facts = [fact._replace(seq=seq) for seq, fact in enumerate(facts, 1)]

    kept = cut(world.plan, facts, ["times_1[0].work_1"])

    assert [(f.type, f.data.get("name")) for f in kept] == [("node_started", None), ("step_done", "before")]


def step_of(name: str, fact: Event) -> Event:
    return fact._replace(type="step_done", path="times_1", data={"name": name, "value": None})


async def test_another_message_keeps_nothing(draw):
    world = draw("work_1 -> work_2")
    await world.finish()
    again = replace(going_on(world, "work_2"), query="other")
    await again.finish()

    assert again.outside.hits == {"work_1": 1, "work_2": 1}


async def test_a_person_who_has_answered_is_not_asked_again_unless_that_step_is_named(draw):
    world = draw("await_1 -> work_1")
    await world.finish()
    world.run.send(Signal("await_1", "answer", "yes"))
    await world.finish()
    later = going_on(world, "work_1")
    state = await later.finish()
    asked = going_on(world, "await_1")

    assert state.results["await_1"].output == {"said": "yes"}
    assert "node_waiting" not in later.types
    assert state.status == "succeeded"
    assert (await asked.finish()).status == "waiting"


async def test_steps_that_are_reused_count_for_no_limit(draw):
    world = draw("work_1 -> work_2 -> work_3")
    await world.finish()
    again = replace(going_on(world, "work_3"), limits=replace(world.limits, steps=1))

    assert (await again.finish()).status == "succeeded"


async def test_it_acts_again_under_keys_of_its_own(draw):
    world = draw("write_1 -> write_2")
    await world.finish()
    again = going_on(world, "write_2")
    again.run.opening = replace(again.run.opening, run="run-2")
    await again.finish()

    assert again.outside.keys == ["run-1:write_1", "run-1:write_2", "run-2:write_2"]


async def test_what_the_conversation_held_when_the_first_run_began_is_what_the_second_begins_with(draw):
    drawn = build(
        "set_variable_1 -> work_1 -> set_variable_2",
        configs={
            "set_variable_1": {"name": "conversation.n", "operator": "add", "value": 1},
            "set_variable_2": {"name": "conversation.n", "operator": "add", "value": 10},
        },
    )
    drawn = Graph(drawn.nodes, drawn.edges, (Variable("n", "conversation", "number", 0),))
    world = draw(drawn, conversation={"n": 100})
    await world.finish()
    again = going_on(world, "work_1")
    state = await again.finish()

    assert state.conversation == {"n": 111}
    assert world.run.conversation == {"n": 111}
    assert again.run.conversation is None


async def test_one_step_alone_runs_also_in_a_round_and_nothing_else_does(draw):
    world = draw(
        "loop_1 -> work_9\nwork_8",
        configs={"loop_1": {"count": 3}},
        bodies={"loop_1": build("work_1 -> work_2 -> work_3")},
    )
    await world.finish()
    again = going_on(world, "loop_1[1].work_2", only=True)
    state = await again.finish()

    assert state.status == "succeeded"
    assert again.outside.hits == {"loop_1[1].work_2": 1}


async def test_one_step_alone_that_fails_is_why_the_run_fails(draw):
    world = draw("each_1", configs={"each_1": {"items": ["a", "b"], "on_error": "null"}},
                 bodies={"each_1": build("work_1", policies={"work_1": Policy(max_attempts=1)})})  # fmt: skip
    await world.finish()
    world.outside.failures["each_1[0].work_1"] = [NodeError("model_auth", "No.")]
    state = await going_on(world, "each_1[0].work_1", only=True).finish()

    assert (state.status, (state.error or {})["code"]) == ("failed", "model_auth")


@pytest.mark.parametrize(
    "drawn_now",
    ["fork_1.yes -> work_9 -> work_2", "fork_1.no -> work_2"],
    ids=["something new before it", "another way leads there"],
)
async def test_one_step_alone_that_nothing_leads_to_any_more_is_why_the_run_fails(draw, drawn_now):
    world = draw("fork_1.yes -> work_2")
    await world.finish()
    again = replace(going_on(world, "work_2", only=True), graph=build(drawn_now))
    state = await again.finish()

    assert (state.status, (state.error or {})["code"]) == ("failed", "step_not_reached")
    assert again.outside.hits == {}


async def test_one_step_alone_in_a_run_that_is_paused_before_it_runs_later(draw):
    world = draw("work_1 -> work_2")
    await world.finish()
    again = going_on(world, "work_2", only=True)
    again.run.is_paused = True
    assert (await again.finish()).status == "waiting"
    again.run.is_paused = False

    assert (await again.finish()).status == "succeeded"
    assert again.outside.hits == {"work_2": 1}


async def test_one_step_alone_with_steps_inside_runs_them(draw):
    world = draw("loop_1 -> work_9", configs={"loop_1": {"count": 2}}, bodies={"loop_1": build("work_1")})
    await world.finish()
    again = going_on(world, "loop_1", only=True)

    assert (await again.finish()).status == "succeeded"
    assert again.outside.hits == {"loop_1[0].work_1": 1, "loop_1[1].work_1": 1}


async def test_a_fork_of_a_fork_keeps_what_was_edited_before_it(draw):
    world = draw(
        "work_1 -> work_2 -> pure_1",
        configs={"work_2": {"text": "{{ work_1.text }}"}, "pure_1": {"text": "{{ work_2.text }}"}},
    )
    await world.finish()
    first = going_on(world, "work_2", {"work_1": {"output": {"text": "edited"}}})
    await first.finish()
    second = going_on(first, "pure_1")
    state = await second.finish()

    assert state.results["pure_1"].output == {"text": "work_2(edited)"}
    assert second.outside.hits == {}
    assert "edits" not in second.events("run_started")[0].data


async def test_a_step_of_a_type_that_cannot_fill_in_the_rest_fails_in_words(draw, monkeypatch):
    world = draw("send_1", configs={"send_1": {"method": "GET"}})
    await world.finish()
    monkeypatch.setattr(Send, "fill", classmethod(lambda cls, config, scope: {}["gone"]))
    again = going_on(world, "send_1", {"send_1": {"config": {"text": "edited"}}})
    state = await again.finish()

    assert (state.status, (state.error or {})["code"]) == ("failed", "bad_config")


@pytest.mark.parametrize(("field", "status"), [("text", "succeeded"), ("seconds", "failed")])
async def test_what_all_apps_share_is_asked_for_by_what_is_not_edited(draw, field, status):
    world = draw("work_1", configs={"work_1": {"text": "{{ env.CITY }}", "seconds": 1}})
    await world.finish()
    state = await going_on(world, "work_1", {"work_1": {"config": {field: 2}}}).finish()

    assert state.status == status
    assert state.error is None or state.error["code"] == "environment_missing"


async def test_settings_that_are_edited_are_run_with_though_the_step_is_pinned(draw):
    world = draw("work_1", pins={"work_1": {"text": "pinned"}})
    await world.finish()
    state = await going_on(world, "work_1", {"work_1": {"config": {"text": "edited"}}}).finish()

    assert state.results["work_1"].output == {"text": "work_1(edited)"}


async def test_a_run_that_is_cancelled_before_it_begins_begins_nothing(draw):
    world = draw("work_1 -> work_2")
    await world.finish()
    again = going_on(world, "work_2")
    again.run.cancel()
    state = await again.finish()

    assert state.status == "cancelled"
    assert again.outside.hits == {}


async def test_who_takes_a_run_over_uses_the_pins_it_began_with(draw):
    slow = {"work_1": {"seconds": 9}}
    world = draw("pure_1 -> work_1 -> work_2", configs=slow, pins={"work_2": {"text": "then"}})
    await crash_in_the_work(world)
    world.pins = {"work_2": {"text": "now"}}
    state = await world.finish()

    assert state.results["work_2"].output == {"text": "then"}
    assert world.outside.hits.get("work_2") is None


async def test_nobody_is_asked_about_a_write_that_a_pin_stood_in_for(draw):
    world = draw("write_1", pins={"write_1": {"text": "pinned"}})
    await world.finish()
    start = next(i for i, e in enumerate(world.run.events) if e.type == "node_started")
    del world.run.events[start + 1 :]
    state = await world.finish()

    assert (state.status, state.results["write_1"].output) == ("succeeded", {"text": "pinned"})


async def test_what_is_kept_folds_to_what_it_was(draw):
    world = draw("work_1 -> work_2 -> work_3")
    state = await world.finish()
    facts = cut(world.plan, world.run.events, ["work_3"])
    again = fold(Event(i, f.type, f.path, f.at, f.data) for i, f in enumerate(facts, 1))

    assert again.results == {path: state.results[path] for path in ("work_1", "work_2")}
    assert (again.open, again.node_starts) == (set(), 0)
