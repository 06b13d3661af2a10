"""How much strangers may use an app: requests a minute and tokens a day, per person and for all.

Counted from the runs themselves, so there is no counter that could be lost, doubled or out of step:
Redis may vanish and nothing changes. A run that is refused never becomes a row and is not counted.
A run under way holds a reserve of tokens until its true cost is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone

from backend.publish.models import Publication
from backend.publish.refusals import come_back
from backend.runs.models import Audience, Run, RunStatus

RESERVE_TOKENS = 1_000  # for a run under way; what it really costs is known at its end
WINDOW = timedelta(minutes=1)
_TRY_AGAIN_IN_USE_S = 5


@dataclass(frozen=True)
class Caller:
    """Who asks from outside: a visitor of the chat page or a key, by the id that its runs carry."""

    audience: Audience
    ref: str


def refuse_when_used_up(publication: Publication, caller: Caller) -> None:
    """Raises ApiError 429 when one more run of `caller` would go over a limit of `publication`.

    To be called inside the transaction that then adds the run. SQLite lets one writer in at a time;
    on PostgreSQL the row lock does the same for the runs of one app.
    """
    if connection.features.has_select_for_update:
        Publication.objects.select_for_update(no_key=True).only("id").get(pk=publication.pk)
    now = timezone.now()
    used = _used(publication, caller, now)
    _check_tokens(publication, caller, used, now)
    _check_requests(publication, caller, used, now)


def _used(publication: Publication, caller: Caller, now: datetime) -> Mapping[str, int]:
    """What the app and the caller used today and in the last minute, in one query."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Q(audience=caller.audience, audience_ref=caller.ref)
    today, recent = Q(created_at__gte=midnight), Q(created_at__gt=now - WINDOW)
    open_ = Q(status__in=[RunStatus.QUEUED, RunStatus.RUNNING])  # one that waits for a person spends nothing
    return _runs(publication, since=min(midnight, now - WINDOW)).aggregate(
        app_tokens=Sum("total_tokens", filter=today, default=0),
        own_tokens=Sum("total_tokens", filter=today & mine, default=0),
        app_open=Count("pk", filter=open_),
        own_open=Count("pk", filter=open_ & mine),
        app_recent=Count("pk", filter=recent),
        own_recent=Count("pk", filter=recent & mine),
    )


def _runs(publication: Publication, since: datetime):
    audiences = [Audience.VISITOR, Audience.KEY]
    return Run.objects.filter(
        workflow_id=publication.workflow_id, audience__in=audiences, created_at__gte=since
    )


def _check_tokens(publication: Publication, caller: Caller, used: Mapping[str, int], now: datetime) -> None:
    own_limit = getattr(publication, f"tokens_per_day_{caller.audience}")
    for whose, limit in (("own", own_limit), ("app", publication.tokens_per_day_app)):
        spent = used[f"{whose}_tokens"]
        if spent >= limit:
            subject = "You have" if whose == "own" else "The people who use this app have together"
            raise come_back(
                "daily_tokens_used",
                f"{subject} used what its owner allows for one day ({limit:,} tokens).",
                "A new day begins at 00:00 UTC.",
                _seconds_to_midnight(now),
            )
        if spent + used[f"{whose}_open"] * RESERVE_TOKENS >= limit:
            raise come_back(
                "tokens_in_use",
                "What is left of this app's tokens for today is held by answers still under way.",
                "Wait for them to end, then try again.",
                _TRY_AGAIN_IN_USE_S,
            )


def _check_requests(publication: Publication, caller: Caller, used: Mapping[str, int], now: datetime) -> None:
    own_limit = getattr(publication, f"requests_per_minute_{caller.audience}")
    for whose, limit in (("own", own_limit), ("app", publication.requests_per_minute_app)):
        count = used[f"{whose}_recent"]
        if count < limit:
            continue
        subject = "You have" if whose == "own" else "The people who use this app have together"
        seconds = _seconds_to_free_slot(publication, caller if whose == "own" else None, count - limit, now)
        raise come_back(
            "too_many_requests",
            f"{subject} sent {count:,} messages within a minute; {limit:,} are allowed.",
            f"Try again in {seconds} s.",
            seconds,
        )


def _seconds_to_free_slot(
    publication: Publication, caller: Caller | None, surplus: int, now: datetime
) -> int:
    """How long until the run that has to leave the last minute has left it."""
    recent = _runs(publication, since=now - WINDOW)
    if caller is not None:
        recent = recent.filter(audience=caller.audience, audience_ref=caller.ref)
    times = recent.order_by("created_at").values_list("created_at", flat=True)[surplus : surplus + 1]
    leaves = (times[0] if times else now) + WINDOW
    return max(1, ceil((leaves - now).total_seconds()))


def _seconds_to_midnight(now: datetime) -> int:
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return ceil((tomorrow - now).total_seconds())
