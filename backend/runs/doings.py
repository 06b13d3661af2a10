"""What an app is at, as whoever talks with it may see it: that an agent looks something up or does something,
by which tool where the app says that this is told, and how many are before it at a model that answers a few
questions at a time. Never what is sent to a tool or a model, nor what came of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Graph, GraphNode
from nodes.sdk.node import Node

Doing = dict[str, str | int]
"""{"kind", "tool"}: "look_up" or "act", and the tool's title, "" where it is not told. Or that a question
waits: {"kind": "wait", "tool": "", "ahead", "at_once"}, how many are before it, how many answered at once."""

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
        self._waits: dict[str, tuple[int, int]] = {}

    @property
    def doings(self) -> list[Doing]:
        """What is at work, in the order of paths; several calls that would be told in the same way, once.
        Of questions that wait, the one that is furthest back."""
        if not self._open and not self._waits:
            return []
        told = [self._open[path] for path in sorted(self._open)]
        waits = [
            {"kind": "wait", "tool": "", "ahead": ahead, "at_once": at_once}
            for ahead, at_once in sorted(self._waits.values())[-1:]
        ]
        return waits + [one for n, one in enumerate(told) if one not in told[:n]]

    def place(self, body: Mapping[str, Any]) -> None:
        """Takes in how many are before a step's question, as streams tell it: 0 when its turn has come."""
        if body["ahead"]:
            self._waits[body["path"]] = (body["ahead"], body["at_once"])
        else:
            self._waits.pop(body["path"], None)

    def event(self, body: Mapping[str, Any]) -> None:
        """Takes in one fact, as streams tell it."""
        kind, path = body["type"], body["path"]
        if self._waits:
            self._end_waits(kind, path)
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

    def _end_waits(self, kind: str, path: str) -> None:
        if kind.startswith("run_"):
            self._waits.clear()
        elif kind in _ENDS:
            self._waits = {
                one: place
                for one, place in self._waits.items()
                if one != path and not one.startswith(f"{path}[")
            }
