"""A step that ends the workflow with a message: at once, wherever it stands, and the same after any crash."""

import pytest

from nodes.sdk.answers import AnswerFold
from nodes.sdk.graph import Policy
from tests.engine.world import World, texts
from workers.engine.journal import MemoryJournal
from workers.engine.testing import Crash, build, crash_at

BYE = {"message": "Bye."}
NO = {"message": "No.", "status": "failed"}


def inside(stop=BYE, *, at=2, loop="loop_1", field="number"):
    """Steps that end everything in the pass `at`."""
    case = {
        "name": "yes",
        "conditions": [{"left": f"{{{{ {loop}.{field} }}}}", "operator": "gte", "right": at}],
    }
    configs = {"branch_1": {"cases": [case]}, "stop_1": stop, "pure_1": {"text": f"{{{{ {loop}.{field} }}}}"}}
    return build("pure -> branch.yes -> stop", configs=configs)


async def test_it_ends_the_run_at_once_and_stops_what_is_at_work_beside_it(draw):
    drawing = """
    pure_1 -> work_1 -> answer_2
    pure_1 -> answer_1 -> stop_1
    pure_1 -> await_1
    """
    configs = {"work_1": {"waits": True}, "answer_1": {"text": "Hello."}, "answer_2": {"text": "Never."}}
    world = draw(drawing, configs={**configs, "stop_1": BYE})

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.answer == "Hello.\n\nBye."
    assert world.events("run_succeeded")[0].data["outputs"] == {"answer": "Hello.\n\nBye."}
    assert "work_1" not in state.results
    assert "answer_2" not in state.attempts


async def test_the_message_stands_behind_what_was_shown_though_an_answer_before_it_is_open(draw):
    drawing = """
    pure_1 -> work_1 -> answer_1
    pure_1 -> stop_1
    """
    world = draw(drawing, configs={"work_1": {"waits": True}, "answer_1": {"text": "Late."}, "stop_1": BYE})

    assert (await world.finish()).answer == "Bye."


async def test_a_run_that_it_ends_as_failed_keeps_its_answer_and_says_why(draw):
    world = draw("answer_1 -> stop_1", configs={"answer_1": {"text": "Hello."}, "stop_1": NO})

    state = await world.finish()

    assert state.status == "failed"
    assert state.answer == "Hello.\n\nNo."
    assert state.error["code"] == "stopped"
    assert state.error["message"] == "No."


async def test_without_a_message_the_answer_is_what_it_was(draw):
    world = draw("answer_1 -> stop_1", configs={"answer_1": {"text": "Hello."}, "stop_1": {}})

    assert (await world.finish()).answer == "Hello."


@pytest.mark.parametrize(
    ("drawing", "config", "field"),
    [
        ("loop_1", {"count": 5}, "number"),
        ("each_1", {"items": [1, 2, 3]}, "item"),
        ("each_1", {"items": [1, 2, 3], "at_once": 3}, "item"),
        ("each_1", {"items": [1, 2, 3], "on_error": "drop"}, "item"),
        ("times_1", {"times": 3}, "index"),
    ],
)
async def test_it_ends_all_that_repeats_around_it(draw, drawing, config, field):
    body = inside(loop=drawing, field=field, at=2 if drawing != "times_1" else 1)
    world = draw(
        f"{drawing} -> answer_1",
        configs={drawing: config, "answer_1": {"text": "After."}},
        bodies={drawing: body},
    )

    state = await world.finish()

    assert state.status == "succeeded", state.error
    assert state.answer == "Bye."
    assert state.results[drawing].port == "#end"
    assert "answer_1" not in state.attempts


async def test_it_ends_a_repeat_inside_a_repeat(draw):
    inner = build("loop_2", configs={"loop_2": {"count": 3}}, bodies={"loop_2": inside(NO, loop="loop_2")})
    world = draw("each_1", configs={"each_1": {"items": [1, 2]}}, bodies={"each_1": inner})

    state = await world.finish()

    assert state.status == "failed"
    assert state.answer == "No."
    assert not any(path.startswith("each_1[1]") for path in state.attempts)


USED = {"workflow": "inner"}


def using(draw, stop, drawing="sub_workflow_1 -> answer_1", **more) -> World:
    inner = build(
        "answer_1 -> loop_1",
        configs={"answer_1": {"text": "Inner."}, "loop_1": {"count": 3}},
        bodies={"loop_1": inside(stop)},
    )
    configs = {"sub_workflow_1": USED, "answer_1": {"text": "It said: {{ sub_workflow_1.answer }}"}}
    return draw(
        drawing,
        configs={**configs, "answer_2": {"text": "It failed."}},
        workflows={"inner@latest": inner},
        **more,
    )


async def test_in_a_used_app_it_ends_that_app_alone(draw):
    state = await using(draw, BYE).finish()

    assert state.status == "succeeded"
    assert state.answer == "It said: Inner.\n\nBye."


async def test_a_used_app_that_ends_as_failed_fails_its_step(draw):
    state = await using(draw, NO).finish()
    taken = await using(draw, NO, "sub_workflow_1.error -> answer_2").finish()

    assert state.status == "failed"
    assert state.error["code"] == "stopped"
    assert state.error["message"] == "No."
    assert taken.status == "succeeded"
    assert taken.answer == "It failed."


async def test_the_policy_of_a_step_around_it_is_no_matter(draw):
    policies = {"loop_1": Policy(max_attempts=3, on_error="port")}
    world = draw("loop_1", configs={"loop_1": {"count": 5}}, bodies={"loop_1": inside(NO)}, policies=policies)

    assert (await world.finish()).error["code"] == "stopped"
    assert world.events("node_failed") == []


def several(draw) -> list[World]:
    beside = """
    pure_1 -> work_1 -> answer_1
    pure_1 -> say_1 -> stop_1
    pure_1 -> stop_2
    """
    each = {"items": [1, 2, 3], "at_once": 2}
    return [
        draw(beside, configs={"stop_1": BYE, "stop_2": NO, "answer_1": {"text": "x"}}),
        draw(
            "each_1 -> pure_1",
            configs={"each_1": each},
            bodies={"each_1": inside(loop="each_1", field="item")},
        ),
        draw("loop_1 -> pure_1", configs={"loop_1": {"count": 3}}, bodies={"loop_1": inside(NO)}),
        using(draw, BYE),
        using(draw, NO, "sub_workflow_1.error -> answer_2"),
    ]


@pytest.mark.parametrize("which", range(5))
async def test_a_crash_at_any_fact_changes_nothing_of_the_end(draw, which):
    whole = several(draw)[which]
    want = await whole.finish()

    for n in range(1, len(whole.run.events) + 3):
        world = several(draw)[which]
        try:
            await world.finish(crash_at(n, world.run, world.clock))
        except Crash:
            world.run.expire()
            got = await world.finish(MemoryJournal(world.run, world.clock))
            assert (got.status, got.answer) == (want.status, want.answer), f"crashed before write {n}"
            assert sum(event.type in ("run_succeeded", "run_failed") for event in world.run.events) == 1


@pytest.mark.parametrize("which", range(5))
async def test_the_answer_only_grows_up_to_the_last_word(draw, which):
    world = several(draw)[which]
    state = await world.finish()
    fold, shown = AnswerFold(world.plan.answers), ""

    for event in world.run.events:
        fold.event(event.type, event.path, event.data)
        assert fold.text.startswith(shown)
        shown = fold.text
    assert shown == state.answer
    assert texts(state)
