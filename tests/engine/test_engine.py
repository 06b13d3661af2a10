"""What a run comes to when nothing goes wrong outside."""

from nodes.sdk.models import ChatMessage
from nodes.sdk.scripted import ScriptedModels
from workers.engine.journal import MemoryRun, Opening
from workers.engine.testing import build

ASK = {
    "prompt_1": {"user": "{{ start_1.query }}"},
    "answer_1": {"text": "It says: {{ prompt_1.text }}"},
}


async def test_a_question_goes_through_a_model_to_the_answer(draw):
    world = draw("start -> prompt -> answer", configs=ASK, query="how are you")

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.answer == "It says: how are you"
    assert state.outputs == {"answer": "It says: how are you"}
    assert world.types == [
        "run_claimed",
        "run_started",
        "node_started",
        "node_succeeded",
        "node_started",
        "node_succeeded",
        "node_started",
        "node_succeeded",
        "run_succeeded",
    ]


async def test_events_carry_what_the_console_shows(draw):
    world = draw("start -> prompt -> answer", configs=ASK, query="how are you", inputs={"extra": 1})

    await world.finish()

    started, succeeded = world.events("node_started")[1], world.events("node_succeeded")[1]
    assert world.run.events[1].data["query"] == "how are you"
    assert world.run.events[1].data["inputs"] == {"extra": 1}
    assert started.path == "prompt_1"
    assert started.data == {"attempt": 1, "type": "prompt", "input": {"user": "how are you"}}
    assert succeeded.data["output"]["text"] == "how are you"
    assert succeeded.data["port"] == "out"
    assert succeeded.data["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 3,
        "total_tokens": 6,
        "cost": None,
    }
    assert world.events("run_succeeded")[0].data["usage"]["total_tokens"] == 6


async def test_vectors_count_like_words(draw):
    groups = [{"name": "a", "title": "Apples"}, {"name": "b", "title": "Bread"}]
    config = {"text": "{{ start_1.query }}", "groups": groups, "method": "similarity"}
    world = draw("start -> classify", configs={"classify_1": config}, query="Where are the apples?")

    await world.finish()

    sorted_into = world.events("node_succeeded")[1].data
    assert (sorted_into["port"], sorted_into["output"]["method"]) == ("a", "similarity")
    assert sorted_into["usage"]["prompt_tokens"] > 50
    assert world.events("run_succeeded")[0].data["usage"]["prompt_tokens"] > 50


async def test_live_text_comes_with_offsets_in_characters(draw):
    world = draw("start -> prompt -> answer", configs=ASK, query="𝄞 ä b")

    await world.finish()

    assert world.live.deltas == [
        ("prompt_1", 1, 0, "𝄞"),
        ("prompt_1", 1, 1, " ä"),
        ("prompt_1", 1, 3, " b"),
    ]


async def test_branches_run_side_by_side_and_a_join_waits_for_both(draw):
    world = draw(
        "pure -> work_1 -> pure_9\npure -> work_2 -> pure_9",
        configs={"work_1": {"seconds": 5}, "work_2": {"seconds": 3}},
    )

    state = await world.finish()

    assert state.status == "succeeded"
    assert world.clock.monotonic() == 5
    ends = [event.path for event in world.events("node_succeeded")]
    assert ends == ["pure_1", "work_2", "work_1", "pure_9"]


async def test_only_the_taken_branch_runs(draw):
    world = draw(
        "pure -> fork\nfork.yes -> work_1 -> pure_9\nfork.no -> work_2 -> pure_9",
        configs={"fork_1": {"port": "no"}},
    )

    state = await world.finish()

    assert sorted(state.results) == ["fork_1", "pure_1", "pure_9", "work_2"]


async def test_a_branch_node_decides_by_its_conditions(draw):
    case = {
        "name": "long",
        "conditions": [{"left": "{{ start_1.query }}", "operator": "contains", "right": "h"}],
    }
    world = draw(
        "start -> branch\nbranch.long -> answer_1\nbranch.else -> answer_2",
        configs={"branch_1": {"cases": [case]}, "answer_1": {"text": "long"}, "answer_2": {"text": "short"}},
    )

    state = await world.finish()

    assert state.answer == "long"


async def test_paths_come_together_in_what_the_taken_one_gave(draw):
    texts = {"template_1": {"text": "one"}, "template_2": {"text": "two"}}
    candidates = [{"value": "{{ template_1.text }}"}, {"value": "{{ template_2.text }}"}]
    world = draw(
        "start -> branch\nbranch.long -> template_1 -> merge\nbranch.else -> template_2 -> merge -> answer",
        configs=texts
        | {"branch_1": {"cases": [{"name": "long", "conditions": []}]}}
        | {"merge_1": {"candidates": candidates}, "answer_1": {"text": "{{ merge_1.value }}"}},
    )

    state = await world.finish()

    assert state.answer == "two"


async def test_an_unconnected_step_never_runs(draw):
    world = draw("start -> answer\nwork", configs={"answer_1": {"text": "hello"}})

    state = await world.finish()

    assert state.answer == "hello"
    assert world.outside.acts == []


async def test_a_run_of_one_body_pass_after_the_other(draw):
    body = build("work", configs={"work_1": {"text": "{{ times_1.index }}{{ times_1.last.text }}"}})
    world = draw("pure -> times", bodies={"times_1": body})

    state = await world.finish()

    assert [event.path for event in world.events("node_started")] == [
        "pure_1",
        "times_1",
        "times_1[0].work_1",
        "times_1[1].work_1",
        "times_1[2].work_1",
    ]
    assert state.results["times_1[2].work_1"].output == {
        "text": "times_1[2].work_1(2times_1[1].work_1(1times_1[0].work_1(0)))"
    }


async def test_a_body_may_end_its_loop_by_a_port(draw):
    body = build("pure -> fork", configs={"fork_1": {"port": "stop"}})
    world = draw("times", bodies={"times_1": body})

    state = await world.finish()

    assert state.results["times_1"].output == {"items": [{"port": "stop"}]}


async def test_passes_over_a_body_run_at_the_same_time(draw):
    body = build("work", configs={"work_1": {"seconds": "{{ at_once_1.item }}"}})
    world = draw("at_once", bodies={"at_once_1": body}, configs={"at_once_1": {"items": [4, 7, 2]}})

    state = await world.finish()

    assert world.clock.monotonic() == 7
    assert [item["text"] for item in state.results["at_once_1"].output["items"]] == [
        "at_once_1[0].work_1()",
        "at_once_1[1].work_1()",
        "at_once_1[2].work_1()",
    ]


async def test_bodies_may_hold_bodies(draw):
    inner = build("work", configs={"work_1": {"text": "{{ times_1.index }}.{{ times_2.index }}"}})
    outer = build("times_2", configs={"times_2": {"times": 2}}, bodies={"times_2": inner})
    world = draw("times", bodies={"times_1": outer}, configs={"times_1": {"times": 2}})

    state = await world.finish()

    assert state.results["times_1[1].times_2[0].work_1"].output == {
        "text": "times_1[1].times_2[0].work_1(1.0)"
    }


async def test_pins_stand_in_for_nodes(draw):
    world = draw("start -> prompt -> answer", configs=ASK, pins={"prompt_1": {"text": "pinned"}})

    state = await world.finish()

    assert state.answer == "It says: pinned"
    assert world.models.calls == {}


async def test_a_pinned_branch_leaves_by_the_port_its_output_names(draw):
    world = draw(
        "start -> branch\nbranch.sale -> answer_1\nbranch.else -> answer_2",
        configs={
            "branch_1": {"cases": [{"name": "sale", "conditions": []}]},
            "answer_1": {"text": "sale"},
            "answer_2": {"text": "else"},
        },
        pins={"branch_1": {"case": "sale", "title": ""}},
    )

    state = await world.finish()

    assert state.answer == "sale"


async def test_a_pin_can_be_an_error(draw):
    world = draw("start -> prompt -> answer", configs=ASK, pins={"prompt_1": {"__error__": "No luck."}})

    state = await world.finish()

    assert state.status == "failed"
    assert state.error["message"] == "No luck."


async def test_steps_are_written_down_with_what_was_seen_before_them(draw):
    world = draw("steps")

    state = await world.finish()

    assert world.outside.acts == ["steps_1/first", "steps_1/second"]
    assert [e.data["name"] for e in world.events("step_done")] == ["#1", "#2", "first", "second"]
    assert state.results["steps_1"].output["seen"][0] == "2026-01-01T00:00:00+00:00"


async def test_the_history_reaches_the_nodes(draw):
    models = ScriptedModels(["fine"])
    world = draw("start -> prompt -> answer", configs=ASK, models=models)
    history = (ChatMessage("user", "before"), ChatMessage("assistant", "yes"))
    world.run = MemoryRun(Opening("now", history=history, run="run-1"))

    await world.finish()

    assert [message.content for message in models.requests[0].messages] == ["before", "yes", "now"]


async def test_equal_runs_write_equal_journals(draw):
    drawing = "pure -> work_1 -> pure_9\npure -> work_2 -> pure_9\npure -> work_3 -> pure_9"
    first, second = draw(drawing), draw(drawing)

    await first.finish()
    await second.finish()

    assert [(e.type, e.path, e.data) for e in first.run.events] == [
        (e.type, e.path, e.data) for e in second.run.events
    ]
