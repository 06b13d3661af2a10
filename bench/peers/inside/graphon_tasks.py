"""graphon, the engine of Dify: graphs in its own DSL of its own template nodes.

It stores nothing by itself. A graph belongs to one run there; building it is left out of the time, as
compiling is left out for the others. Settings: one worker thread for chain and loop (more only cost it),
as many as branches for the fan-out (its default is five). Its branches wait inside its template renderer.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Mapping
from typing import Any

import graphon.dsl.node_factory as factory
from graphon.dsl import loads
from graphon.engine_events.graph import GraphRunSucceededEvent
from rounds import ROUNDS, WARM, expect, tell, trying

PEER = PACKAGE = "graphon"
START = {
    "id": "start",
    "data": {
        "type": "start",
        "title": "start",
        "variables": [{"variable": "query", "label": "query", "type": "text-input", "required": True}],
    },
}


def template(name: str, text: str, variables: Mapping[str, list[str]], **more: Any) -> dict[str, Any]:
    """A template node that takes up these variables."""
    chosen = [{"variable": variable, "value_selector": at} for variable, at in variables.items()]
    data = {"type": "template-transform", "title": name, "variables": chosen, "template": text}
    return {"id": name, "data": {**data, **more}}


def end(selector: list[str]) -> dict[str, Any]:
    """The last node, which gives the run's output."""
    return {
        "id": "end",
        "data": {
            "type": "end",
            "title": "end",
            "outputs": [{"variable": "text", "value_selector": selector}],
        },
    }


def document(nodes: list[dict[str, Any]], edges: list[tuple[str, str]]) -> str:
    """The DSL, as JSON (which YAML reads)."""
    drawn = {"nodes": nodes, "edges": [{"source": source, "target": target} for source, target in edges]}
    return json.dumps({"kind": "graph", "dependencies": [], "graph": drawn})


def chain(length: int) -> str:
    """start → templates → end, `length` nodes in all."""
    nodes, edges = [START], []
    before, selector = "start", ["start", "query"]
    for i in range(length - 2):
        nodes.append(template(f"n{i}", "{{ x }}", {"x": selector}))
        edges.append((before, f"n{i}"))
        before, selector = f"n{i}", [f"n{i}", "output"]
    return document([*nodes, end(selector)], [*edges, (before, "end")])


def loop(times: int) -> str:
    """start → a loop of so many rounds with one template inside → end."""
    inside = {"loop_id": "loop"}
    nodes = [
        START,
        {
            "id": "loop",
            "data": {
                "type": "loop",
                "title": "loop",
                "loop_count": times,
                "start_node_id": "first",
                "break_conditions": [],
                "logical_operator": "and",
                "loop_variables": [],
            },
        },
        {"id": "first", "data": {"type": "loop-start", "title": "first", **inside}},
        template("n", "{{ x }}", {"x": ["start", "query"]}, **inside),
        end(["loop", "loop_round"]),
    ]
    return document(nodes, [("start", "loop"), ("first", "n"), ("loop", "end")])


def fanout(width: int) -> str:
    """start → `width` nodes side by side that wait 200 ms each → one that joins them → end."""
    names = [f"n{i}" for i in range(width)]
    nodes = [
        START,
        *(template(name, "wait", {}) for name in names),
        template("join", "done", {}),
        end(["join", "output"]),
    ]
    edges = [("start", name) for name in names] + [(name, "join") for name in names]
    return document(nodes, [*edges, ("join", "end")])


def wait_in_templates() -> None:
    """A template that says "wait" takes 200 ms, as a slow service would."""
    kind = next(
        found
        for found in vars(factory).values()
        if isinstance(found, type)
        and "render_template" in vars(found)
        and found.__module__ == factory.__name__
    )
    render = kind.render_template

    def slow(self: Any, text: str, variables: Mapping[str, Any]) -> str:
        if text == "wait":
            time.sleep(0.2)
        return render(self, text, variables)

    kind.render_template = slow


def measure(text: str, workers: int, wanted: Any) -> list[float]:
    """Seconds of each round, from the start of a built graph to its last event."""
    seconds = []
    for _ in range(ROUNDS + WARM):
        engine = loads(text, start_inputs={"query": "Hello"}, workers=workers)
        gc.collect()
        begin = time.perf_counter()
        events = list(engine.run())
        seconds.append(time.perf_counter() - begin)
        if not isinstance(events[-1], GraphRunSucceededEvent):
            raise RuntimeError(f"It ended with {events[-1]!r}.")
        expect(events[-1].outputs["text"], wanted)
    return seconds[WARM:]


if __name__ == "__main__":
    for length in (100, 1000):
        with trying(f"a chain of {length}"):
            seconds = measure(chain(length), 1, "Hello")
            tell(PEER, PACKAGE, f"engine.chain.{length}.memory", "us/node", seconds, length)
    with trying("a loop"):
        tell(PEER, PACKAGE, "engine.loop.1000.memory", "us/round", measure(loop(1000), 1, 1000), 1000)
    wait_in_templates()
    for width in (20, 200):
        with trying(f"a fan-out of {width}"):
            tell(
                PEER, PACKAGE, f"engine.fanout.{width}.memory", "ms", measure(fanout(width), width, "done"), 1
            )
