"""What a run is doing at the moment, for people: at work, behind another message, stuck, recovered, …"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.utils.dateparse import parse_datetime

from backend.runs.models import Run, RunStatus
from backend.runs.timings import TIMINGS

Kind = Literal["queued", "working", "stopping", "pausing", "paused", "waiting", "recovered", "stuck", "ended"]
Reason = Literal["", "behind", "no_worker", "worker_gone", "outcome_unknown", "ask_human", "time", "event"]
_TOLD_FIRST: Final = ("outcome_unknown", "ask_human", "event", "time")

OVERDUE: Final = timedelta(seconds=3 * TIMINGS.sweep_s)
"""A run that is due for so long is not being picked up: every worker looks each `sweep_s`."""


def state_of(run: Run, now: datetime, *, is_behind: bool = False) -> dict[str, Any]:
    """{"kind", "reason", "path", "title", "since", "until"}; the times are aware datetimes or None.

    `is_behind`: another message of the same conversation is to be answered first. A reason is a code that
    the front end has words for: "no_worker" (due, and nobody comes), "worker_gone" (its worker is not heard
    of; another takes over at `until`, when the lease has run out, and then the run is "recovered"),
    "outcome_unknown" (a person is to say what became of the step at `path`), "ask_human" (that step asks a
    person), "time" (it waits for a moment) or "event" (something outside). `title` is how the step is called.
    """
    if run.is_final:
        return _state("ended", since=run.finished_at)
    if run.status == RunStatus.WAITING and not _is_overdue(run, now):
        return _waiting(run)
    if run.lease_until is None:
        if is_behind:
            began = run.created_at if run.status == RunStatus.QUEUED else run.wake_at
            return _state("queued", "behind", since=began)
        if _is_overdue(run, now):
            return _state("stuck", "no_worker", since=run.wake_at)
        return _state("queued", since=run.created_at)
    if run.lease_until < now - OVERDUE:
        return _state("stuck", "no_worker", since=run.lease_until)
    if run.lease_until - now < timedelta(seconds=TIMINGS.lease_s - 2 * TIMINGS.renew_s):
        # Healthy owners renew long before: this one has missed two turns.
        return _state("stuck", "worker_gone", until=run.lease_until)
    if run.cancel_requested_at is not None:
        return _state("stopping", since=run.cancel_requested_at)
    if run.pause_requested_at is not None:
        return _state("pausing", since=run.pause_requested_at)
    if run.recoveries:
        return _state("recovered", "worker_gone", since=run.recovered_at or run.started_at)
    return _state("working", since=run.started_at)


def _waiting(run: Run) -> dict[str, Any]:
    if run.pause_requested_at is not None:
        return _state("paused", since=run.pause_requested_at)
    waits: list[dict[str, Any]] = [wait for wait in run.waiting or [] if wait.get("path")]
    if not waits:
        return _state("waiting", until=run.wake_at)
    # What only a person can end is told before what ends by itself.
    waits.sort(key=lambda wait: _TOLD_FIRST.index(_reason(wait)))
    first = waits[0]
    return _state(
        "waiting",
        _reason(first),
        path=first["path"],
        title=str(first.get("title") or ""),
        since=_time(first.get("since")),
        until=_time(first.get("until")),
    )


def _reason(wait: dict[str, Any]) -> Reason:
    reason = wait.get("reason")
    return reason if reason in _TOLD_FIRST else "event"


def _time(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def _is_overdue(run: Run, now: datetime) -> bool:
    return run.wake_at is not None and run.wake_at < now - OVERDUE


def _state(
    kind: Kind,
    reason: Reason = "",
    *,
    path: str = "",
    title: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    return {"kind": kind, "reason": reason, "path": path, "title": title, "since": since, "until": until}
