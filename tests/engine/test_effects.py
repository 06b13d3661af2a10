"""A node type whose effects, and whose way of filling its config, depend on its config."""

import pytest

from nodes.sdk.check import check
from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Graph, GraphNode
from tests.engine.world import CATALOGUE


@pytest.mark.parametrize(("method", "hits"), [("GET", 3), ("POST", 1), ("{{ pure_1.text }}", 1)])
async def test_what_only_reads_is_tried_again_and_what_writes_is_not(draw, outside, method, hits):
    world = draw("pure_1 -> send -> pure_2", configs={"send_1": {"method": method}})
    outside.failures["send_1"] = [NodeError("model_busy", "Busy.") for _ in range(3)]

    await world.finish()

    assert outside.hits["send_1"] == hits
    assert world.plan.top.nodes[1].effects == ("read" if method == "GET" else "write")


async def test_a_type_may_offer_information_of_its_own_and_fills_it_in(draw):
    world = draw("pure_1 -> send", configs={"send_1": {"text": "{{ pure_1.text }}{{ own.mark }}"}})

    state = await world.finish()

    assert state.results["send_1"].output == {"text": "send_1(pure_1!)"}
    assert world.events("node_started")[1].data["input"]["text"] == "pure_1!"


@pytest.mark.parametrize(("text", "codes"), [("{{ own.mark }}", []), ("{{ own.more }}", ["unknown_ref"])])
def test_information_of_its_own_is_known_to_the_check_in_that_node_alone(text, codes):
    send = GraphNode("send_1", "send", config={"text": text})
    pure = GraphNode("pure_1", "pure", config={"text": "{{ own.mark }}"})

    def refs(node):
        graph = Graph({node.id: node})
        return [problem.code for problem in check(graph, CATALOGUE) if problem.field]

    assert refs(send) == codes
    assert refs(pure) == ["unknown_ref"]


async def test_a_way_of_filling_that_fails_is_a_failure_of_the_node_alone(draw, monkeypatch):
    from tests.engine.world import Send

    def broken(config, scope):
        raise ValueError("nobody thought of this")

    world = draw("send -> pure", configs={"send_1": {"text": "{{ x_1.y }}"}})
    monkeypatch.setattr(Send, "fill", broken)

    state = await world.finish()

    assert state.status == "failed"
    assert state.error is not None
    assert state.error["code"] == "bad_config"
    assert "nobody thought of this" in state.error["message"]
