"""Which nodes will run for certain and which will not, given the ways that were taken so far.

This is a game on the drawing. A node runs when it can be reached from a root along taken edges, so let an
adversary choose the way out of every node that has not left yet: a node that is reached whatever is chosen
is certain to run; one that no choice reaches is skipped. Each choice is its node's own, so one pass against
the edges decides both exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nodes.sdk.answer_plan import AnswerPlan

Fate = Literal["certain", "open", "never"]


class Fates:
    """The fates of the nodes in one pass over a graph. All suppose that nothing ends it before its time."""

    def __init__(self, plan: AnswerPlan) -> None:
        self.left: dict[str, str] = {}
        self._nodes = plan.nodes
        self._roots = plan.roots
        self._place = plan.place
        self._targets = plan.targets
        self._known: dict[str, Fate] = {}

    def leave(self, node_id: str, port: str) -> None:
        """The flow leaves the node by `port`."""
        self.left[node_id] = port
        if self._nodes[self._place[node_id]].ports != (port,):
            # Only a way that was one of several tells anything new.
            self._known = {node: fate for node, fate in self._known.items() if fate != "open"}

    def of(self, node_id: str) -> Fate:
        """The fate of a node. Certain and never are for good."""
        if node_id not in self._known:
            self._known[node_id] = self._judge(self._place[node_id])
        return self._known[node_id]

    def _judge(self, target: int) -> Fate:
        can_miss = [True] * target + [False]
        can_reach = [False] * target + [True]
        for place in range(target - 1, -1, -1):
            ways = self._ways(place, target)
            can_miss[place] = any(all(can_miss[t] for t in way) for way in ways)
            can_reach[place] = any(can_reach[t] for way in ways for t in way)
        begin = [self._place[root] for root in self._roots if self._place[root] <= target]
        if any(not can_miss[place] for place in begin):
            return "certain"
        return "open" if any(can_reach[place] for place in begin) else "never"

    def _ways(self, place: int, target: int) -> Sequence[list[int]]:
        """For each way out that the node may still take: where it leads, as far as the target."""
        node = self._nodes[place]
        ports = (self.left[node.id],) if node.id in self.left else node.ports
        targets = self._targets[place]
        return [[t for t in targets.get(port, ()) if t <= target] for port in ports]
