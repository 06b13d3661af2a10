"""Steps inside steps inside steps: how deep they go, and that each stays in its place there."""

import pytest

from nodes.sdk.graph import Graph, GraphError, graph_from_json, graph_to_json
from workers.engine.testing import build

FIRST_ROUND = {
    "cases": [{"name": "first", "conditions": [{"left": "{{ loop_1.index }}", "operator": "is", "right": 0}]}]
}


def inside_lists(depth: int, innermost: Graph) -> Graph:
    """Lists of two in one another, side by side."""
    graph = innermost
    for level in range(depth, 0, -1):
        id = f"each_{level}"
        graph = build(id, configs={id: {"items": ["a", "b"], "at_once": 2}}, bodies={id: graph})
    return graph


async def test_a_round_is_left_from_three_lists_deep(draw):
    innermost = build(
        "work_1 -> branch\nbranch.first -> next_round\nbranch.else -> work_2",
        configs={"work_1": {"seconds": "{{ each_3.index }}"}, "branch_1": FIRST_ROUND},
    )
    world = draw("loop", configs={"loop_1": {"count": 2}}, bodies={"loop_1": inside_lists(3, innermost)})

    state = await world.finish()

    assert state.status == "succeeded"
    assert state.results["loop_1[0].each_1"].port == "#next"
    assert world.clock.monotonic() == 1, "the first round was left at once, the second took its time"
    behind = [path for path in state.results if path.endswith("work_2")]
    assert len(behind) == 2**3
    assert all(path.startswith("loop_1[1].") for path in behind)


async def test_items_side_by_side_in_rounds_on_a_branch_run_where_the_branch_is_taken_and_nowhere_else(draw):
    def rounds(name: str) -> Graph:
        item = build("work", configs={"work_1": {"text": name, "seconds": "{{ each_1.item }}"}})
        each = {"items": [2, 1, 0], "at_once": 3, "collect": "{{ each_1.item }}"}
        return build("each", configs={"each_1": each}, bodies={"each_1": item})

    loop = {"count": 2, "result": "{{ each_1.items }}"}
    world = draw(
        "fork.yes -> loop_1 -> pure\nfork.no -> loop_2 -> pure",
        configs={
            "fork_1": {"port": "yes"},
            "loop_1": loop,
            "loop_2": loop,
        },
        bodies={"loop_1": rounds("taken"), "loop_2": rounds("not taken")},
    )

    state = await world.finish()

    assert state.results["loop_1"].output["items"] == [[2, 1, 0], [2, 1, 0]]
    assert world.clock.monotonic() == 4, "items side by side, rounds one after the other"
    works = {path for path in state.results if path.endswith("work_1")}
    assert works == {f"loop_1[{r}].each_1[{i}].work_1" for r in range(2) for i in range(3)}
    assert not any(event.path.startswith("loop_2") for event in world.run.events)


def test_nine_levels_are_refused_when_the_graph_is_read():
    eight = inside_lists(8, build("pure"))
    nine = inside_lists(9, build("pure"))

    assert graph_from_json(graph_to_json(eight)) == eight
    with pytest.raises(GraphError) as raised:
        graph_from_json(graph_to_json(nine))
    assert raised.value.code == "too_deep"
