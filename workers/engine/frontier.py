"""Which nodes may start now. Pure: a shape and what has left it by which port, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush


@dataclass(frozen=True)
class Shape:
    """A graph's skeleton: nodes are their places in topological order, ties by id."""

    ids: tuple[str, ...]
    out: tuple[Mapping[str, Sequence[int]], ...]
    """By node, by port: the places of the nodes that its edges lead to."""
    into: tuple[int, ...]
    """By node: the number of edges into it."""
    roots: tuple[int, ...]
    """Nodes that wait for nobody, in order. One without edges into it that is no root never runs."""

    @cached_property
    def strays(self) -> tuple[int, ...]:
        """The nodes that never run because nothing leads to them."""
        roots = set(self.roots)
        return tuple(i for i, count in enumerate(self.into) if count == 0 and i not in roots)


class Frontier:
    """One pass over a shape.

    An edge is taken, skipped or pending. A node may start when no edge into it is pending and one is
    taken; it is skipped when all are skipped, and so is what hangs only on it. So a join waits for the
    branches that will still arrive, and for no other. The three-state edge follows Dify's engine; unlike
    there, nothing is stored: a count per node keeps the whole pass linear in its edges.
    """

    __slots__ = ("_is_taken", "_open", "_pending", "_ready", "_shape", "skipped")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._pending = list(shape.into)
        self._is_taken = bytearray(len(shape.ids))
        self._ready = list(shape.roots)  # in order, and so a heap
        self._open = len(shape.ids)
        self.skipped: list[int] = []
        if shape.strays:
            self._skip(list(shape.strays))

    @property
    def is_decided(self) -> bool:
        """Whether every node has left by a port or was skipped."""
        return self._open == 0

    def next_ready(self) -> int | None:
        """Takes out the first node, in topological order, that may start now; None when none may."""
        return heappop(self._ready) if self._ready else None

    def leave(self, node: int, port: str) -> None:
        """`node` is done and the flow leaves it by `port`: its edges there are taken, its others skipped."""
        self._open -= 1
        out = self._shape.out[node]
        if not out:
            return
        skipped: list[int] = []
        for name, targets in out.items():
            is_taken = name == port
            for target in targets:
                self._arrive(target, is_taken, skipped)
        if skipped:
            self._skip(skipped)

    def _arrive(self, target: int, is_taken: bool, skipped: list[int]) -> None:
        self._pending[target] -= 1
        if is_taken:
            self._is_taken[target] = 1
        if self._pending[target] == 0:
            if self._is_taken[target]:
                heappush(self._ready, target)
            else:
                skipped.append(target)

    def _skip(self, todo: list[int]) -> None:
        # A list of its own and no recursion: a chain of a thousand skipped nodes must not exhaust the stack.
        while todo:
            node = todo.pop()
            self._open -= 1
            self.skipped.append(node)
            for targets in self._shape.out[node].values():
                for target in targets:
                    self._arrive(target, False, todo)
