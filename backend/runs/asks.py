"""What a run asks people now, as those outside are shown it: folded from its facts, or from rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.runs.answers import ANSWER, ASKED
from backend.runs.models import Run, Wait
from backend.runs.views_of_run import stamp

Ask = dict[str, Any]
"""{"path", "who", "title", "message", "fields", "actions", "since", "until"}. Of what the team is asked,
people outside are told since when and until when, and nothing else."""

_ENDS = frozenset({"node_succeeded", "node_failed"})


def asks_of(run: Run) -> list[Ask]:
    """What the run asks now, in the order of its paths."""
    if run.is_final:
        return []
    rows = Wait.objects.filter(run=run, reason=ASKED).order_by("path")
    return [shown(row.path, row.about, stamp(row.since), stamp(row.until)) for row in rows]


def form_of(wait: Wait) -> Ask:
    """The whole question, for someone who may answer it."""
    about: Mapping[str, Any] = wait.about
    return {**shown(wait.path, {**about, "who": "visitor"}, stamp(wait.since), stamp(wait.until))}


def shown(path: str, about: Mapping[str, Any], since: str | None, until: str | None) -> Ask:
    """One question as people outside see it."""
    is_theirs = about.get("who") != "team"
    return {
        "path": path if is_theirs else "",
        "who": "visitor" if is_theirs else "team",
        "title": about.get("title", "") if is_theirs else "",
        "message": about.get("message", "") if is_theirs else "",
        "fields": about.get("fields") or [] if is_theirs else [],
        "actions": about.get("actions") or [] if is_theirs else [],
        "since": since,
        "until": until,
    }


class AskFold:
    """The questions that are open, from a run's facts taken in order."""

    def __init__(self) -> None:
        self._open: dict[str, Ask] = {}

    @property
    def asks(self) -> list[Ask]:
        """The open questions in the order of their paths."""
        return [self._open[path] for path in sorted(self._open)]

    def event(self, body: Mapping[str, Any]) -> None:
        """Takes in one fact, as streams tell it."""
        kind, path, data = body["type"], body["path"], body["data"]
        if kind == "node_waiting":
            if data.get("reason") == ASKED:
                self._open[path] = shown(path, data.get("about") or {}, body["at"], data.get("until"))
        elif not self._open:
            return
        elif kind == "signal_received" or kind == "step_done":
            if data.get("name") in (ANSWER, f"#over {ANSWER}"):
                self._open.pop(path, None)
        elif kind in _ENDS:
            for inner in [one for one in self._open if one == path or one.startswith(f"{path}[")]:
                del self._open[inner]
        elif kind.startswith("run_") and kind not in ("run_claimed", "run_waiting", "run_started"):
            self._open.clear()
