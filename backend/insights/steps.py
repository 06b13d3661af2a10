"""Which steps take longest: from the facts of the latest runs, so that an old app is as quick to look at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from backend.runs.models import FINAL, Event, Run
from backend.workflows.models import Workflow

MOST_RUNS: Final = 500
MOST_FACTS: Final = 20_000
"""Enough for a median and for the slowest twentieth; reading them takes some 0.1 s."""
SHOWN: Final = 5
_ROUND: Final = re.compile(r"\[\d+\]")
_TOLD: Final = ("node_started", "node_succeeded", "node_failed", "node_waiting")


def slowest_steps(workflow: Workflow, runs: QuerySet[Run]) -> dict[str, Any]:
    """{"runs": how many were looked at, "steps": [{"path", "times", "median_ms", "slow_ms"}]}, slowest first.

    `path` names a step as it is drawn now, such as `loop_1.prompt_1`; steps that are not drawn any more are
    left out. `slow_ms` is what 19 of 20 times stay below. A step that waited for the world does not count.
    """
    looked_at = _latest(runs)
    drawn = paths_drawn(workflow.draft)
    took = _durations(looked_at)
    steps = [
        {"path": path, "times": len(all_ms), "median_ms": _at(all_ms, 0.5), "slow_ms": _at(all_ms, 0.95)}
        for path, all_ms in took.items()
        if path in drawn
    ]
    steps.sort(key=lambda step: (-step["median_ms"], -step["slow_ms"], step["path"]))
    return {"runs": len(looked_at), "steps": steps[:SHOWN]}


def paths_drawn(graph: Mapping[str, Any], prefix: str = "") -> set[str]:
    """The steps of a graph by where they stand: `loop_1`, `loop_1.prompt_1`."""
    found: set[str] = set()
    for node in graph.get("nodes") or []:
        path = prefix + node["id"]
        found |= {path} | (paths_drawn(node["body"], f"{path}.") if node.get("body") else set())
    return found


def drawn_path(path: str) -> str:
    """Where a step stands that is at this path of a run, whatever round it was."""
    return _ROUND.sub("", path)


def _latest(runs: QuerySet[Run]) -> list[UUID]:
    """The latest runs that have ended, as many as may be looked at."""
    chosen: list[UUID] = []
    facts = 0
    rows = runs.filter(status__in=FINAL).order_by("-created_at").values_list("pk", "last_seq")
    for pk, count in rows[:MOST_RUNS]:
        facts += count
        if chosen and facts > MOST_FACTS:
            break
        chosen.append(pk)
    return chosen


def _durations(runs: list[UUID]) -> dict[str, list[int]]:
    """How long each attempt of each step took, in milliseconds, sorted."""
    rows = Event.objects.filter(run__in=runs, type__in=_TOLD).order_by("run", "seq")
    begun: dict[tuple[UUID, str], datetime] = {}
    waited: set[tuple[UUID, str]] = set()
    took: dict[str, list[int]] = defaultdict(list)
    for run, kind, path, at in rows.values_list("run_id", "type", "path", "at").iterator(chunk_size=2_000):
        if kind == "node_started":
            begun[run, path] = at
        elif kind == "node_waiting":
            waited.update((run, around) for around in _around(path))
        elif (since := begun.pop((run, path), None)) is not None and (run, path) not in waited:
            took[drawn_path(path)].append(round((at - since).total_seconds() * 1000))
    return {path: sorted(all_ms) for path, all_ms in took.items()}


def _around(path: str) -> Iterable[str]:
    """A step and those it stands in: what waits inside one makes it wait."""
    return {path, *(path[:i] for i, letter in enumerate(path) if letter == "[")}


def _at(sorted_ms: list[int], part: float) -> int:
    """The value that this part of all stays at or below."""
    return sorted_ms[max(0, ceil(part * len(sorted_ms)) - 1)]
