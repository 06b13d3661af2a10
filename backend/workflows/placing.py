"""Where steps stand on the canvas when a file does not say: in columns, each behind what leads to it.

Sizes are those of the editor's cards and frames at their largest, so that nothing overlaps there; *Tidy up*
draws closer what this leaves apart.
"""

from __future__ import annotations

from dataclasses import replace

from nodes.sdk.graph import Graph, GraphNode, order

CARD_WIDTH, CARD_HEIGHT, WAY_OUT = 240, 116, 30
FRAME_WIDTH, FRAME_SIDES, FRAME_REST = 432, 112, 240
COLUMN_GAP, ROW_GAP = 80, 48


def placed(graph: Graph) -> Graph:
    """`graph` with places for the steps of each level on which some stand at the very same place."""
    nodes = {
        node.id: node if node.body is None else replace(node, body=placed(node.body))
        for node in graph.nodes.values()
    }
    graph = replace(graph, nodes=nodes)
    if len({node.position for node in nodes.values()}) == len(nodes):
        return graph
    into, columns = graph.edges_into(), dict[str, int]()
    for node_id in order(graph):
        columns[node_id] = max((columns[edge.source] + 1 for edge in into[node_id]), default=0)
    out, x = graph.edges_out(), 0.0
    for column in range(max(columns.values()) + 1):
        here = [node_id for node_id, its in columns.items() if its == column]
        y = 0.0
        widest = 0.0
        for node_id in here:
            nodes[node_id] = replace(nodes[node_id], position=(x, y))
            width, height = _size(nodes[node_id], len({edge.port for edge in out[node_id]}))
            y += height + ROW_GAP
            widest = max(widest, width)
        x += widest + COLUMN_GAP
    return replace(graph, nodes=nodes)


def _size(node: GraphNode, ways_out: int) -> tuple[float, float]:
    """The width and height of a card, or of a frame around what is inside."""
    rows = (ways_out + 1) * WAY_OUT  # one more, for a way that no connection takes yet
    if node.body is None:
        return CARD_WIDTH, CARD_HEIGHT + rows
    width = height = 0.0
    out = node.body.edges_out()
    for inner in node.body.nodes.values():
        its_width, its_height = _size(inner, len({edge.port for edge in out[inner.id]}))
        width = max(width, inner.position[0] + its_width)
        height = max(height, inner.position[1] + its_height)
    return max(FRAME_WIDTH, width + FRAME_SIDES), max(CARD_HEIGHT, height) + FRAME_REST + rows
