"""What a workspace's runs have used in a stretch of days, those that are deleted included."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from backend.accounts.models import ApiKey, User
from backend.runs.models import FINAL, Audience, Run
from backend.usage.models import PastUse
from backend.usage.sums import PAST_SUMS, SUMS, DayOf
from backend.workflows.models import Workflow


@dataclass
class Use:
    """How many runs, their tokens, their cost in US dollars as far as it is known, and of how many it is
    not."""

    runs: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0

    def add(self, runs: int, tokens: int | None, cost: float, unpriced: int) -> None:
        """Adds what a query found."""
        self.runs, self.tokens = self.runs + runs, self.tokens + (tokens or 0)
        self.cost, self.unpriced = self.cost + cost, self.unpriced + unpriced

    def to_json(self) -> dict[str, Any]:
        """Money is rounded to a millionth of a dollar: a sum of parts carries more digits than it knows."""
        return {
            "runs": self.runs,
            "tokens": self.tokens,
            "cost": round(self.cost, 6),
            "unpriced": self.unpriced,
        }


def use_of(workspace_id: uuid.UUID, days: int, *, with_people: bool) -> dict[str, Any]:
    """What the runs of the last `days` days (UTC, today included) that have ended used.

    By day, by app and by person, the most expensive first; `people` is None unless it is asked for.
    """
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    begin = datetime.combine(first, time(), UTC)
    runs = Run.objects.for_workspace(workspace_id).filter(created_at__gte=begin, status__in=FINAL)
    past = PastUse.objects.for_workspace(workspace_id).filter(day__gte=first)
    by_day = {first + timedelta(days=i): Use() for i in range(days)}
    for (day,), use in _sums(runs.annotate(day=DayOf("created_at")), past, ("day",)):
        by_day.setdefault(day, Use()).add(*use)
    apps: dict[uuid.UUID, Use] = {}
    for (workflow_id,), use in _sums(runs, past, ("workflow_id",)):
        apps.setdefault(workflow_id, Use()).add(*use)
    total = Use()
    for use in by_day.values():
        total.add(use.runs, use.tokens, use.cost, use.unpriced)
    return {
        "first": first,
        "last": today,
        "total": total.to_json(),
        "days": [{"day": day, **use.to_json()} for day, use in sorted(by_day.items())],
        "apps": _named_apps(workspace_id, past, apps),
        "people": _people(workspace_id, runs, past) if with_people else None,
    }


def use_of_app(workflow: Workflow, first: date, audiences: Iterable[str]) -> dict[str, Any]:
    """What one app's runs used since that day (UTC), as `use_of` adds it up, and how many are deleted."""
    begin, who = datetime.combine(first, time(), UTC), list(audiences)
    runs = Run.objects.for_workspace(workflow.workspace_id).filter(
        workflow=workflow, created_at__gte=begin, status__in=FINAL, audience__in=who
    )
    past = PastUse.objects.for_workspace(workflow.workspace_id).filter(
        workflow_id=workflow.pk, day__gte=first, audience__in=who
    )
    total = Use()
    for _, use in _sums(runs, past, ("workflow_id",)):
        total.add(*use)
    return {**total.to_json(), "deleted": past.aggregate(runs=Coalesce(Sum("runs"), 0))["runs"]}


def _sums(
    runs: QuerySet[Run], past: QuerySet[PastUse], by: tuple[str, ...]
) -> Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """(what it is of, what `Use.add` takes) of the runs there are and of those that were."""
    for rows, sums in ((runs, SUMS), (past, PAST_SUMS)):
        for row in rows.order_by().values_list(*by).annotate(**sums):
            yield tuple(row[: len(by)]), tuple(row[len(by) :])


def _named_apps(
    workspace_id: uuid.UUID, past: QuerySet[PastUse], apps: Mapping[uuid.UUID, Use]
) -> list[dict[str, Any]]:
    """An app that is gone keeps the name it had; runs of no app have none, and come last as one."""
    there = {row.pk: row for row in Workflow.objects.for_workspace(workspace_id).only("name", "is_hidden")}
    gone = dict(past.exclude(workflow_id__in=there).order_by("day").values_list("workflow_id", "app"))
    without = Use()
    named: list[dict[str, Any]] = []
    for workflow_id, use in apps.items():
        row = there.get(workflow_id)
        name = ("" if row.is_hidden else row.name) if row else gone.get(workflow_id, "")
        if name:
            named.append({"id": workflow_id, "name": name, "is_gone": row is None, **use.to_json()})
        else:
            without.add(use.runs, use.tokens, use.cost, use.unpriced)
    named.sort(key=_dearest)
    if without.runs:
        named.append({"id": None, "name": "", "is_gone": False, **without.to_json()})
    return named


def _people(workspace_id: uuid.UUID, runs: QuerySet[Run], past: QuerySet[PastUse]) -> list[dict[str, Any]]:
    """Members and keys by name, the visitors of chat pages together."""
    found: dict[tuple[str, str], Use] = {}
    for (audience, ref), use in _sums(runs, past, ("audience", "audience_ref")):
        key = (audience, "" if audience == Audience.VISITOR else ref)
        found.setdefault(key, Use()).add(*use)
    members = _names(found, Audience.MEMBER, lambda ids: User.objects.filter(pk__in=ids))
    keys = _names(
        found, Audience.KEY, lambda ids: ApiKey.objects.for_workspace(workspace_id).filter(pk__in=ids)
    )
    people = [
        {"audience": audience, "name": members.get(ref) or keys.get(ref, ""), **use.to_json()}
        for (audience, ref), use in found.items()
    ]
    return sorted(people, key=_dearest)


def _names(
    found: Iterable[tuple[str, str]], audience: Audience, rows_of: Callable[[list[str]], QuerySet[Any]]
) -> dict[str, str]:
    ids = [ref for kind, ref in found if kind == audience and _is_uuid(ref)]
    return {str(row.pk): row.name or getattr(row, "email", "") for row in rows_of(ids)}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _dearest(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return (-one["cost"], -one["tokens"], -one["runs"], one["name"])
