"""Twenty web requests of 200 ms side by side, in a published app, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.installation import Installation, installation, publish
from bench.load import run_of, runs
from bench.results import Result, percentile, result

WIDTH = 20
ROUNDS = 5
SLOW = {"model": "fake-t200-n1", "messages": [{"role": "user", "content": "Hello"}]}


def over_http() -> Iterator[Result]:
    """http.branches.20 (ms): from the question to the reply, when all have answered."""
    with installation() as here:
        ask = run_of(here.address, publish(here.workspace_id, "branches", _graph(here)))
        rounds = [runs(ask, clients=1, seconds=2, pids=[]) for _ in range(ROUNDS)]
        yield result("http.branches.20", "ms", [percentile(load.ms, 50) for load in rounds])


def _graph(here: Installation) -> Any:
    from nodes.sdk.graph import Edge, Graph, GraphNode

    call = {
        "method": "POST",
        "address": f"http://127.0.0.1:{here.model_port}/v1/chat/completions",
        "body": "json",
        "json_body": SLOW,
    }
    names = [f"tool_{i}" for i in range(WIDTH)]
    nodes = {"start_1": GraphNode("start_1", "start")}
    nodes |= {name: GraphNode(name, "tool", config=call) for name in names}
    nodes["answer_1"] = GraphNode("answer_1", "answer", config={"text": "Hello!"})
    edges = [Edge("start_1", "out", name) for name in names] + [
        Edge(name, "out", "answer_1") for name in names
    ]
    return Graph(nodes, tuple(edges))
