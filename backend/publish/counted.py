"""How many runs of an app were asked for in the last minute, without counting all of them for each.

An app that is let in five hundred times a second has thirty thousand rows in its last minute: to count them
anew for every message took longer than all else that is done for it. So what lies further back is counted
once a second. That can only be too much, as time goes on: before anyone is refused, all is counted.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.accounts.by_hand import rows
from backend.publish.models import Publication
from backend.runs.models import Audience
from backend.runs.sql import dialect

MANY = 500
"""An app with fewer in its minute is counted in full each time."""
GRACE = timedelta(seconds=1)
"""How long a run may take from its time of birth until others see it."""
KEPT = timedelta(seconds=1)
MOST_KEPT = 1_000

# By hand, as every message passes here: an ORM's query costs four times what the database takes for it.
_COUNTS = (
    "SELECT COUNT(*), COUNT(CASE WHEN audience = %s AND audience_ref = %s THEN 1 END) FROM runs_run"
    " WHERE workflow_id = %s AND created_at > %s AND audience IN ('visitor', 'key')"
)


class Counts(NamedTuple):
    """Runs of the app, and of these the caller's own."""

    all: int
    own: int


class _Older(NamedTuple):
    """What was counted at a time of the runs up to another."""

    at: datetime
    up_to: datetime
    counts: Counts


_older: OrderedDict[tuple[object, str, str], _Older] = OrderedDict()


def counted(
    publication: Publication, audience: Audience, ref: str, *, since: datetime, now: datetime, most: Counts
) -> Counts:
    """The runs after `since`: exact where they reach `most`, else at times a few too many.

    To be called in the transaction that adds one.
    """
    key = (publication.pk, str(audience), ref)
    older = _older.get(key)
    if older is not None and older.at <= now < older.at + KEPT:
        newer = _count(publication, audience, ref, older.up_to)
        found = Counts(older.counts.all + newer.all, older.counts.own + newer.own)
        if found.all < most.all and found.own < most.own:
            return found
    found = _count(publication, audience, ref, since)
    if found.all >= MANY:
        newer = _count(publication, audience, ref, now - GRACE)
        _older[key] = _Older(now, now - GRACE, Counts(found.all - newer.all, found.own - newer.own))
        _older.move_to_end(key)
        if len(_older) > MOST_KEPT:
            _older.popitem(last=False)
    return found


def _count(publication: Publication, audience: Audience, ref: str, since: datetime) -> Counts:
    sql = dialect()
    values = [str(audience), ref, sql.uuid(publication.workflow_id), sql.time(since)]
    return Counts(*rows(_COUNTS, values)[0])
