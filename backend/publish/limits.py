"""How much strangers may use an app: requests a minute and tokens a day, per person and for all.

Everything is counted in the database, in the transaction that accepts the run: Redis may vanish and
nothing changes. Requests are counted from the runs themselves; one that is refused is no run and does
not count. Tokens are reserved when a run is accepted and booked at their true number once it has ended;
whoever asks next does the booking, so no worker and no web process has to survive for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.accounts.by_hand import cursor, rows
from backend.publish.counted import Counts, counted
from backend.publish.models import Publication
from backend.publish.refusals import come_back
from backend.runs.models import FINAL, Audience, Run, RunStatus
from backend.runs.sql import dialect

RESERVE_TOKENS = 1_000  # for a run under way; what it really costs is known at its end
WINDOW = timedelta(minutes=1)
TOTALS_KEPT = timedelta(days=31)
ALL = ""  # the `who` of an app's own total
_TRY_AGAIN_IN_USE_S = 5
_AT_WORK = (RunStatus.QUEUED, RunStatus.RUNNING)  # a run that waits for a person spends nothing


# By hand, as every message passes here: an ORM's query costs four times what the database takes for it.
_HELD = (
    "SELECT h.run_id, h.day, h.who, r.status, r.total_tokens FROM publish_tokenhold h"
    " JOIN runs_run r ON r.id = h.run_id WHERE h.publication_id = %s"
)
_HOLD = (
    "INSERT INTO publish_tokenhold (run_id, publication_id, day, who) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_BOOK = (
    "INSERT INTO publish_tokentotal (publication_id, day, who, tokens) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (publication_id, day, who)"
    " DO UPDATE SET tokens = publish_tokentotal.tokens + excluded.tokens"
)
_TOTALS = (
    "SELECT who, tokens FROM publish_tokentotal WHERE publication_id = %s AND day = %s AND who IN (%s, %s)"
)


@dataclass(frozen=True)
class Caller:
    """Who asks from outside: a visitor of the chat page or a key, by the id that its runs carry."""

    audience: Audience
    ref: str

    @property
    def who(self) -> str:
        """The name under which this caller's tokens are counted."""
        return f"{self.audience}:{self.ref}"


class Held(NamedTuple):
    """A run whose tokens are not booked yet."""

    run_id: object
    day: date
    who: str
    status: str
    tokens: int


def refuse_when_used_up(publication: Publication, caller: Caller) -> Sequence[Held]:
    """Raises ApiError 429 when one more run of `caller` would go over a limit of `publication`.

    Gives the runs that are not booked yet. Reads only. To be called inside the transaction that then adds
    the run: SQLite lets one writer in at a time, and on PostgreSQL the row lock does the same for the runs of
    one app.
    """
    if connection.features.has_select_for_update:
        rows("SELECT 1 FROM publish_publication WHERE id = %s FOR NO KEY UPDATE", [publication.pk])
    now = timezone.now()
    held = _held(publication)
    _check_tokens(publication, caller, now, held)
    _check_requests(publication, caller, now)
    return held


def hold_tokens(
    publication: Publication, caller: Caller, run: Run, known: Sequence[Held] | None = None
) -> None:
    """Reserves tokens for a run just accepted, in its transaction, and books what has ended since.

    `known` is what `refuse_when_used_up` found in the same transaction.
    """
    known = _held(publication) if known is None else known
    _book([held for held in known if held.status in FINAL], publication)
    # It may be there: two requests with one Idempotency-Key at one moment are one run.
    uuid_of = dialect().uuid
    hold = [uuid_of(run.pk), uuid_of(publication.pk), run.created_at.date(), caller.who]
    with cursor() as at:
        at.execute(_HOLD, hold)


def _held(publication: Publication) -> list[Held]:
    """The runs not booked yet: at most a few more than are under way."""
    return [Held(*row) for row in rows(_HELD, [dialect().uuid(publication.pk)])]


def _book(ended: Sequence[Held], publication: Publication) -> None:
    """Moves the cost of ended runs into the totals."""
    if not ended:
        return
    costs: Counter[tuple[date, str]] = Counter()
    for held in ended:
        costs[held.day, held.who] += held.tokens
        costs[held.day, ALL] += held.tokens
    sql = dialect()
    key = sql.uuid(publication.pk)
    with cursor() as at:
        at.executemany(_BOOK, [[key, day, who, tokens] for (day, who), tokens in costs.items()])
        at.executemany("DELETE FROM publish_tokenhold WHERE run_id = %s", [[held.run_id] for held in ended])
        oldest = max(day for day, _ in costs) - TOTALS_KEPT
        at.execute("DELETE FROM publish_tokentotal WHERE publication_id = %s AND day < %s", [key, oldest])


def _check_tokens(
    publication: Publication, caller: Caller, now: datetime, not_booked: Sequence[Held]
) -> None:
    today = now.date()
    key = dialect().uuid(publication.pk)
    spent = Counter(dict(rows(_TOTALS, [key, today, ALL, caller.who])))
    reserved: Counter[str] = Counter()
    for held in not_booked:
        for who in (ALL, held.who):
            if held.status in _AT_WORK:
                reserved[who] += RESERVE_TOKENS
            elif held.day == today:
                spent[who] += held.tokens
    own_limit = getattr(publication, f"tokens_per_day_{caller.audience}")
    for who, limit in ((caller.who, own_limit), (ALL, publication.tokens_per_day_app)):
        if spent[who] >= limit:
            subject = "The people who use this app have together" if who == ALL else "You have"
            raise come_back(
                "daily_tokens_used",
                f"{subject} used what its owner allows for one day ({limit:,} tokens).",
                "A new day begins at 00:00 UTC.",
                _seconds_to_midnight(now),
            )
        if spent[who] + reserved[who] >= limit:
            raise come_back(
                "tokens_in_use",
                "What is left of this app's tokens for today is held by answers still under way.",
                "Wait for them to end, then try again.",
                _TRY_AGAIN_IN_USE_S,
            )


def _check_requests(publication: Publication, caller: Caller, now: datetime) -> None:
    own_limit = getattr(publication, f"requests_per_minute_{caller.audience}")
    most = Counts(all=publication.requests_per_minute_app, own=own_limit)
    counts = counted(publication, caller.audience, caller.ref, since=now - WINDOW, now=now, most=most)
    for whose, count, limit in (("own", counts.own, most.own), ("all", counts.all, most.all)):
        if count < limit:
            continue
        subject = "You have" if whose == "own" else "The people who use this app have together"
        mine = Q(audience=caller.audience, audience_ref=caller.ref)
        runs = _recent(publication, now)
        seconds = _seconds_to_free_slot(runs.filter(mine) if whose == "own" else runs, count - limit, now)
        raise come_back(
            "too_many_requests",
            f"{subject} sent {count:,} messages within a minute; {limit:,} are allowed.",
            f"Try again in {seconds} s.",
            seconds,
        )


def _recent(publication: Publication, now: datetime) -> QuerySet[Run]:
    """The runs from outside of the last minute."""
    audiences = [Audience.VISITOR, Audience.KEY]
    rows = Run.objects.filter(workflow_id=publication.workflow_id, created_at__gt=now - WINDOW)
    return rows.filter(audience__in=audiences)


def _seconds_to_free_slot(runs: QuerySet[Run], surplus: int, now: datetime) -> int:
    """How long until the run that has to leave the last minute has left it."""
    times = runs.order_by("created_at").values_list("created_at", flat=True)[surplus : surplus + 1]
    leaves = (times[0] if times else now) + WINDOW
    return max(1, ceil((leaves - now).total_seconds()))


def _seconds_to_midnight(now: datetime) -> int:
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return ceil((tomorrow - now).total_seconds())
