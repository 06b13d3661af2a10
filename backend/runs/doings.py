"""What an agent is at, as whoever talks with the app may see it: that something is looked up or done, and by
which tool where the app says that this is told. Never what is sent to a tool, nor what came of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Node

Doing = dict[str, str]
"""{"kind", "tool"}: "look_up" or "act", and the tool's title, "" where it is not told."""

Told = Mapping[str, Doing]
"""By path of a tool, without the numbers of its passes: what is told while it is at work."""

_PASS: Final = re.compile(r"\[[^\]]*\]")
_ENDS: Final = frozenset({"node_succeeded", "node_failed", "node_waiting"})


def told_of(graph: Graph, catalogue: Catalogue) -> Told:
    """What may be told of the tools of a workflow's agents. Of an app that it uses as a step: nothing."""
    return dict(_walk(graph, "", catalogue))


def _walk(graph: Graph, before: str, catalogue: Catalogue) -> Iterator[tuple[str, Doing]]:
    for node in graph.nodes.values():
        if node.body is not None:
            kind, path = catalogue.types.get(node.type), f"{before}{node.id}."
            if kind is not None and kind.takes_tools:
                yield from _of_agent(node, kind, path, catalogue)
            yield from _walk(node.body, path, catalogue)


def _of_agent(
    agent: GraphNode, kind: type[Node], path: str, catalogue: Catalogue
) -> Iterator[tuple[str, Doing]]:
    telling = kind.tells(agent.config)
    if telling == "nothing" or agent.body is None:
        return
    for tool in agent.body.nodes.values():
        name = tool.title if telling == "names" else ""
        kind_of_work = "act" if _writes(tool, catalogue) else "look_up"
        yield f"{path}{tool.id}", {"kind": kind_of_work, "tool": name}


def _writes(tool: GraphNode, catalogue: Catalogue) -> bool:
    try:
        kind = catalogue.types[tool.type]
        # Nobody knows here what another app does.
        return kind.effects_of(tool.config) == "write" or kind.calls(tool.config) is not None
    except Exception:  # a stranger's code, or a type that is not there any more
        return True


class DoingFold:
    """What is at work, from a run's facts taken in order."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._open: dict[str, Doing] = {}

    @property
    def doings(self) -> list[Doing]:
        """What is at work, in the order of paths; several calls that would be told in the same way, once."""
        told = [self._open[path] for path in sorted(self._open)]
        return [one for n, one in enumerate(told) if one not in told[:n]]

    def event(self, body: Mapping[str, Any]) -> None:
        """Takes in one fact, as streams tell it."""
        kind, path = body["type"], body["path"]
        if kind == "node_started":
            if self._told and (doing := self._told.get(_PASS.sub("", path))) is not None:
                self._open[path] = doing
        elif not self._open:
            return
        elif kind in _ENDS:
            for inner in [one for one in self._open if one == path or one.startswith(f"{path}[")]:
                del self._open[inner]
        elif kind.startswith("run_"):
            self._open.clear()  # it rests, has ended, or has another worker, which begins again
