"""Apps of any number of steps: ten chains side by side, every fifth step leading to the next chain too."""

from __future__ import annotations

from typing import Any

ROWS = 10
PAUSE_S = 0.2
"""Ten chains of these are fifty steps a second, each of which begins and ends: 100 updates a second."""

PAUSING = '''
import asyncio

from nodes.sdk import Field, Node, NodeConfig, NodeContext, NodeOutput


class Pausing(Node):
    """Passes a text on after a moment."""

    type, title, group, effects = "pausing", "Pass on", "Do", "read"
    sentence = "Waits {seconds} s, then says: {text}"

    class Config(NodeConfig):
        text: str = Field(title="Text", widget="template")
        seconds: float = Field(0.2, title="Seconds", widget="number")

    class Output(NodeOutput):
        text: str = Field(title="Text")

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        await asyncio.sleep(config.seconds)
        return self.Output(text=config.text)
'''
"""A step type that takes its time, as a file in `TREADLE_NODES`. It says that it reads: steps that have no
effects at all run one after another."""


def chains(count: int) -> tuple[dict[str, tuple[int, int]], list[tuple[str, str]]]:
    """`count` names with a column and a row each, and the lines among them, about 1.2 a step."""
    places = {f"step_{i}": (i // ROWS, i % ROWS) for i in range(count)}
    lines = []
    for i in range(count - ROWS):
        lines.append((f"step_{i}", f"step_{i + ROWS}"))
        if i % 5 == 0 and i % ROWS < ROWS - 1:
            lines.append((f"step_{i}", f"step_{i + ROWS + 1}"))
    return places, lines


def drawing(count: int) -> Any:
    """A graph of `count` steps, the beginning and the reply among them."""
    from nodes.sdk.graph import Edge, Graph, GraphNode

    places, lines = chains(count - 2)
    before = {target: source for source, target in reversed(lines)}
    nodes = {"start_1": GraphNode("start_1", "start", position=(0, 720))}
    for name, (column, row) in places.items():
        said = f"{{{{ {before[name]}.text }}}}" if name in before else "{{ start_1.query }}"
        nodes[name] = GraphNode(
            name,
            "pausing",
            title=f"Pass on {row + 1}.{column + 1}",
            config={"text": said, "seconds": PAUSE_S},
            position=(320 * (column + 1), 160 * row),
        )
    last = 320 * (len(places) // ROWS + 2)
    nodes["answer_1"] = GraphNode("answer_1", "answer", config={"text": "Done."}, position=(last, 720))
    leading = {source for source, _ in lines}
    edges = [
        *(Edge("start_1", "out", name) for name in list(places)[:ROWS]),
        *(Edge(source, "out", target) for source, target in lines),
        *(Edge(name, "out", "answer_1") for name in places if name not in leading),
    ]
    return Graph(nodes, tuple(edges))
