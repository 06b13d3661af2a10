"""What *Repeat for each* makes of items that fail, and of what its items give: one fact a test."""

from typing import Any

import pytest

from nodes.sdk import Json, NodeError
from nodes.sdk.graph import Graph, Policy
from workers.engine.testing import build

NO = NodeError("model_auth", "No.")
BUSY = NodeError("model_busy", "Not now.", retry=True)
WORK = build("work", configs={"work_1": {"text": "{{ each_1.item }}"}})
GIVES = "{{ work_1.text }}"


def each(items: Json, body: Graph = WORK, *, policy: Policy | None = None, **config: Any) -> dict[str, Any]:
    """What draws `each_1` around `body`."""
    return {
        "configs": {"each_1": {"items": items, **config}},
        "bodies": {"each_1": body},
        "policies": {"each_1": policy or Policy()},
    }


def gave(i: int, text: str) -> dict[str, str]:
    return {"text": f"each_1[{i}].work_1({text})"}


async def test_stop_ends_the_list_with_the_error_of_the_first_item_that_failed_and_begins_no_other(draw):
    world = draw("each -> pure", **each(["a", "b", "c"], on_error="stop"))
    world.outside.failures["each_1[1].work_1"] = [NO]

    state = await world.finish()

    assert (state.status, state.error["code"]) == ("failed", "model_auth")
    assert world.outside.acts == ["each_1[0].work_1", "each_1[1].work_1"]
    assert "each_1" not in state.results
    assert "pure_1" not in state.attempts


async def test_stop_is_what_happens_when_nothing_is_said(draw):
    world = draw("each", **each(["a", "b"]))
    world.outside.failures["each_1[0].work_1"] = [NO]

    assert (await world.finish()).status == "failed"
    assert world.outside.acts == ["each_1[0].work_1"]


async def test_stop_stops_the_items_at_work_beside_the_one_that_failed(draw):
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}"}})
    world = draw("each", **each([60, 1, 60, 60], body, on_error="stop", at_once=3))
    world.outside.failures["each_1[1].work_1"] = [NO]

    state = await world.finish()

    assert state.error["code"] == "model_auth"
    assert world.clock.monotonic() == 1
    assert world.outside.hits.total() == 3


async def test_keep_a_null_leaves_an_empty_place_where_an_item_failed(draw):
    world = draw("each", **each(["a", "b", "c"], on_error="null"))
    world.outside.failures["each_1[1].work_1"] = [NO]

    state = await world.finish()

    assert state.results["each_1"].output == {
        "items": [gave(0, "a"), None, gave(2, "c")],
        "count": 3,
        "failed": 1,
    }
    assert (state.status, state.handled_errors) == ("succeeded", 1)


async def test_drop_leaves_out_what_failed_and_keeps_the_rest_in_order(draw):
    world = draw("each", **each(["a", "b", "c"], on_error="drop"))
    world.outside.failures["each_1[1].work_1"] = [NO]

    state = await world.finish()

    assert state.results["each_1"].output == {"items": [gave(0, "a"), gave(2, "c")], "count": 3, "failed": 1}
    assert (state.status, state.handled_errors) == ("succeeded", 1)


@pytest.mark.parametrize("on_error", ["null", "drop"])
async def test_when_every_item_fails_the_list_is_empty_places_or_nothing(draw, on_error):
    world = draw("each", **each(["a", "b"], on_error=on_error))
    for i in range(2):
        world.outside.failures[f"each_1[{i}].work_1"] = [NO]

    output = (await world.finish()).results["each_1"].output

    assert output == {"items": [None, None] if on_error == "null" else [], "count": 2, "failed": 2}


@pytest.mark.parametrize("on_error", ["null", "drop"])
async def test_side_by_side_the_order_is_that_of_the_list_also_where_some_fail(draw, on_error):
    body = build("work", configs={"work_1": {"seconds": "{{ each_1.item }}", "text": "{{ each_1.item }}"}})
    world = draw("each", **each([4, 3, 2, 1], body, on_error=on_error, at_once=4))
    world.outside.failures["each_1[2].work_1"] = [NO]

    items = (await world.finish()).results["each_1"].output["items"]

    kept = [gave(0, "4"), gave(1, "3"), None, gave(3, "1")]
    assert items == (kept if on_error == "null" else [one for one in kept if one])
    assert world.clock.monotonic() == 4


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("on_error", ["stop", "null", "drop"])
async def test_an_empty_list_begins_nothing_and_gives_an_empty_list(draw, on_error, flatten):
    world = draw("each -> pure", **each([], on_error=on_error, flatten=flatten, at_once=3))

    state = await world.finish()

    assert state.results["each_1"].output == {"items": [], "count": 0, "failed": 0}
    assert world.outside.acts == []
    assert "pure_1" in state.results


async def test_flattening_takes_one_level_and_leaves_what_is_no_list(draw):
    items: Json = [["a", ["b"]], "c", [], [["d"]], None]
    world = draw("each", **each(items, build("pure"), flatten=True, collect="{{ each_1.item }}"))

    output = (await world.finish()).results["each_1"].output

    assert output == {"items": ["a", ["b"], "c", ["d"], None], "count": 5, "failed": 0}


@pytest.mark.parametrize("on_error", ["null", "drop"])
async def test_flattening_keeps_the_empty_place_of_an_item_that_failed(draw, on_error):
    config: dict[str, Any] = {"flatten": True, "collect": "{{ each_1.item }}", "on_error": on_error}
    world = draw("each", **each([["a", "b"], ["c"], ["d"]], **config))
    world.outside.failures["each_1[1].work_1"] = [NO]

    output = (await world.finish()).results["each_1"].output

    assert output["items"] == (["a", "b", None, "d"] if on_error == "null" else ["a", "b", "d"])


def nested(inner: str, outer: str, at_once: int = 1) -> dict[str, Any]:
    """A list of lists, each worked through; in the first one of two items fails."""
    work = build("work", configs={"work_1": {"text": "{{ each_2.item }}"}})
    config: dict[str, Any] = {"items": "{{ each_1.item }}", "on_error": inner, "collect": "{{ each_2.item }}"}
    body = build("each_2", configs={"each_2": config}, bodies={"each_2": work})
    outside: dict[str, Any] = {"on_error": outer, "collect": "{{ each_2.items }}", "at_once": at_once}
    return each([["a", "b"], ["c"]], body, **outside)


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize(
    ("inner", "outer", "items"),
    [
        ("null", "stop", [["a", None], ["c"]]),
        ("drop", "stop", [["a"], ["c"]]),
        ("stop", "null", [None, ["c"]]),
        ("stop", "drop", [["c"]]),
        ("stop", "stop", None),
    ],
)
async def test_a_list_inside_a_list_sets_its_failures_aside_or_is_itself_what_failed(
    draw, inner, outer, items, at_once
):
    world = draw("each", **nested(inner, outer, at_once))
    world.outside.failures["each_1[0].each_2[1].work_1"] = [NO]

    state = await world.finish()

    if items is None:
        assert state.error["code"] == "model_auth"
    else:
        assert state.results["each_1"].output["items"] == items
        assert state.handled_errors == 1


@pytest.mark.parametrize("on_error", ["stop", "null", "drop"])
async def test_an_item_that_comes_right_when_it_is_tried_again_has_not_failed(draw, on_error):
    body = build("work", configs={"work_1": {"text": "{{ each_1.item }}"}}, policies={"work_1": Policy(3)})
    world = draw("each", **each(["a", "b"], body, on_error=on_error))
    world.outside.failures["each_1[0].work_1"] = [BUSY, BUSY]

    state = await world.finish()

    assert state.results["each_1"].output == {"items": [gave(0, "a"), gave(1, "b")], "count": 2, "failed": 0}
    assert (state.attempts["each_1[0].work_1"], state.handled_errors) == (3, 0)


@pytest.mark.parametrize(("on_error", "items"), [("null", [None, gave(1, "b")]), ("drop", [gave(1, "b")])])
async def test_an_item_has_failed_when_its_attempts_are_used_up(draw, on_error, items):
    body = build("work", configs={"work_1": {"text": "{{ each_1.item }}"}}, policies={"work_1": Policy(3)})
    world = draw("each", **each(["a", "b"], body, on_error=on_error))
    world.outside.failures["each_1[0].work_1"] = [BUSY] * 3

    state = await world.finish()

    assert state.results["each_1"].output == {"items": items, "count": 2, "failed": 1}
    assert state.attempts["each_1[0].work_1"] == 3


@pytest.mark.parametrize("on_error", ["stop", "null", "drop"])
async def test_an_item_whose_step_goes_on_with_a_default_has_not_failed(draw, on_error):
    default = Policy(on_error="default", default={"text": "instead"})
    body = build("work", configs={"work_1": {"text": "{{ each_1.item }}"}}, policies={"work_1": default})
    world = draw("each", **each(["a", "b"], body, on_error=on_error, collect=GIVES))
    world.outside.failures["each_1[0].work_1"] = [NO]

    state = await world.finish()

    assert state.results["each_1"].output == {
        "items": ["instead", gave(1, "b")["text"]],
        "count": 2,
        "failed": 0,
    }
    assert (state.status, state.handled_errors) == ("succeeded", 1)


async def test_a_list_that_stopped_may_have_a_default_itself(draw):
    instead: Json = {"items": ["none"], "count": 0, "failed": 0}
    world = draw("each -> pure", **each(["a"], policy=Policy(on_error="default", default=instead)))
    world.outside.failures["each_1[0].work_1"] = [NO]

    state = await world.finish()

    assert state.results["each_1"].output == instead
    assert (state.status, state.handled_errors, "pure_1" in state.results) == ("succeeded", 1, True)


async def test_an_item_whose_error_takes_another_path_has_not_failed(draw):
    body = build("work.error -> pure", configs={"pure_1": {"text": "{{ work_1.message }}"}})
    world = draw("each", **each(["a", "b"], body, on_error="stop"))
    world.outside.failures["each_1[0].work_1"] = [NO]

    output = (await world.finish()).results["each_1"].output

    assert output["items"][0] == {"text": "No."}
    assert output["failed"] == 0
