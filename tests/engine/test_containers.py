"""Steps inside steps: loop, each, and what they do together."""

from nodes.sdk import Json
from workers.engine.testing import build


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
