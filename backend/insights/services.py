"""What came of an app's use in a stretch of days: one look, a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from backend.insights.faults import commonest_faults
from backend.insights.steps import slowest_steps
from backend.runs.answers import ANSWER, ASKED
from backend.runs.models import Audience, Run, RunStatus, Signal, Wait
from backend.usage.services import use_of_app
from backend.usage.sums import DayOf
from backend.workflows.models import Workflow

OUTSIDE: Final = (Audience.VISITOR, Audience.KEY)
"""Who an app is for: whoever writes from the workspace itself tries it."""

_ENDS: Final = {
    "answered": Q(status=RunStatus.SUCCEEDED),
    "failed": Q(status__in=[RunStatus.FAILED, RunStatus.TIMED_OUT]),
    "stopped": Q(status=RunStatus.CANCELLED),
    "waiting": Q(status=RunStatus.WAITING),
}
_ONCE: Final = {
    "people": Count("audience_ref", distinct=True),
    "threads": Count("conversation", distinct=True),
}
"""Who comes again on another day is the same person."""
_COUNTS: Final = {
    "messages": Count("pk"),
    "alone": Count("pk", filter=Q(conversation=None)),
    **{name: Count("pk", filter=of) for name, of in _ENDS.items()},
}


@dataclass(frozen=True)
class Stretch:
    """The last days, today included; in UTC, so that a day is the same rows for everyone."""

    first: date
    last: date

    @classmethod
    def of(cls, days: int) -> Stretch:
        """The last `days` days."""
        today = timezone.now().astimezone(UTC).date()
        return cls(today - timedelta(days=days - 1), today)

    @property
    def begin(self) -> datetime:
        """When it began."""
        return datetime.combine(self.first, time(), UTC)

    def days(self) -> list[date]:
        """Each of its days, the earliest first."""
        return [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]


def insights_of(workflow: Workflow, days: int, *, with_tries: bool) -> dict[str, Any]:
    """What came of what an app was asked in the last days; of tries in the editor only if that is wanted."""
    stretch = Stretch.of(days)
    audiences = tuple(Audience) if with_tries else OUTSIDE
    runs = Run.objects.for_workspace(workflow.workspace_id).filter(
        workflow=workflow, created_at__gte=stretch.begin, audience__in=audiences
    )
    by_day = {
        row.pop("day"): row
        for row in runs.order_by()
        .annotate(day=DayOf("created_at"))
        .values("day")
        .annotate(**_COUNTS, **_ONCE)
    }
    total = {name: sum(row[name] for row in by_day.values()) for name in _COUNTS} | runs.aggregate(**_ONCE)
    nothing = dict.fromkeys([*_COUNTS, *_ONCE], 0)
    return {
        "first": stretch.first,
        "last": stretch.last,
        "total": {**_counted(total), "asked_people": _asked(runs), **_liked(runs)},
        "days": [{"day": day, **_counted(by_day.get(day, nothing))} for day in stretch.days()],
        "use": use_of_app(workflow, stretch.first, audiences),
        "steps": slowest_steps(workflow, runs),
        "faults": commonest_faults(workflow, runs.filter(_ENDS["failed"])),
    }


def _counted(row: Mapping[str, int]) -> dict[str, int]:
    """A message that belongs to no conversation is one by itself."""
    return {
        **{name: row[name] for name in ("messages", "people", *_ENDS)},
        "conversations": row["threads"] + row["alone"],
    }


def _asked(runs: QuerySet[Run]) -> int:
    """In how many runs a person was asked: those that were answered, and those that still wait for it."""
    answers = Signal.objects.filter(run=OuterRef("pk"), name=ANSWER, payload__isnull=False)
    waits = Wait.objects.filter(run=OuterRef("pk"), reason=ASKED)
    return runs.filter(Exists(answers) | Exists(waits)).count()


def _liked(runs: QuerySet[Run]) -> dict[str, int]:
    """How many answers were liked and how many were not."""
    return runs.filter(rating__isnull=False).aggregate(
        good=Count("pk", filter=Q(rating__is_good=True)), bad=Count("pk", filter=Q(rating__is_good=False))
    )
