"""pydantic-graph: steps of its GraphBuilder, built once. It stores nothing.

A loop is a decision that goes back to its step.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic_graph import GraphBuilder, StepContext, TypeExpression, reduce_null
from rounds import async_rounds, expect, tell, trying

PEER = PACKAGE = "pydantic-graph"


def chain(length: int) -> Any:
    """`length` steps one after another; each puts the text before it into a template."""
    builder = GraphBuilder(input_type=str, output_type=str)

    async def say(ctx: StepContext[None, None, str]) -> str:
        return f"{ctx.inputs}"

    before: Any = builder.start_node
    for i in range(length):
        step = builder.step(say, node_id=f"n{i}")
        builder.add_edge(before, step)
        before = step
    builder.add_edge(before, builder.end_node)
    return builder.build()


def loop(times: int) -> Any:
    """A step that comes again until it has counted so far."""
    builder = GraphBuilder(input_type=int, output_type=int)

    async def count(ctx: StepContext[None, None, int]) -> int:
        return ctx.inputs + 1

    step = builder.step(count, node_id="n")
    done = builder.match(TypeExpression[int], matches=lambda number: number >= times).to(builder.end_node)
    again = builder.match(TypeExpression[int]).to(step)
    builder.add(
        builder.edge_from(builder.start_node).to(step),
        builder.edge_from(step).to(builder.decision().branch(done).branch(again)),
    )
    return builder.build()


def fanout(width: int) -> Any:
    """`width` steps side by side that wait 200 ms each, joined."""
    builder = GraphBuilder(input_type=type(None), output_type=type(None))

    async def wait(ctx: StepContext[None, None, None]) -> None:
        await asyncio.sleep(0.2)

    steps = [builder.step(wait, node_id=f"n{i}") for i in range(width)]
    join = builder.join(reduce_null, initial=None, node_id="join")
    builder.add(
        builder.edge_from(builder.start_node).to(*steps),
        builder.edge_from(*steps).to(join),
        builder.edge_from(join).to(builder.end_node),
    )
    return builder.build()


def measure(graph: Any, given: Any, wanted: Any) -> list[float]:
    """Seconds of its rounds, each checked."""

    async def run() -> None:
        expect(await graph.run(inputs=given), wanted)

    return async_rounds(run)


if __name__ == "__main__":
    for length in (100, 1000):
        with trying(f"a chain of {length}"):
            seconds = measure(chain(length), "Hello", "Hello")
            tell(PEER, PACKAGE, f"engine.chain.{length}.memory", "us/node", seconds, length)
    with trying("a loop"):
        tell(PEER, PACKAGE, "engine.loop.1000.memory", "us/round", measure(loop(1000), 0, 1000), 1000)
    for width in (20, 200):
        with trying(f"a fan-out of {width}"):
            seconds = measure(fanout(width), None, None)
            tell(PEER, PACKAGE, f"engine.fanout.{width}.memory", "ms", seconds, 1)
