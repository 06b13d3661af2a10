"""Leases that last too long: the clock of the database was fast when they were taken, and has been set right.

By the clock alone, the runs of a worker that died then would wait for the clock to come there again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from django.db import connection

from backend.runs.sql import dialect
from backend.runs.timings import TIMINGS

# A lease is renewed to a length from now, so none is ever longer, whatever its worker's own clock says.
_TOO_LONG: Final = (
    "SELECT id, lease_until FROM runs_run WHERE status = 'running' AND lease_until > DB_LATER LIMIT 1000"
)
_END: Final = (
    "UPDATE runs_run SET lease_until = DB_NOW WHERE id = %s AND status = 'running' AND lease_until = %s"
)


class Overlong:
    """Remembers such leases from look to look. Whoever lives renews its lease; one that has stayed the same
    for as long as a lease lasts, by a clock that never jumps, has nobody."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: dict[tuple[Any, Any], float] = {}

    def look(self) -> int:
        """Ends those that nobody renews, so that their runs are due; returns how many those were."""
        sql, now, ended = dialect(), self._monotonic(), 0
        with connection.cursor() as cursor:
            cursor.execute(sql(_TOO_LONG), [TIMINGS.lease_s])
            leases = [(run, until) for run, until in cursor.fetchall()]
            self._since = {lease: self._since.get(lease, now) for lease in leases}
            for (run, until), since in self._since.items():
                if now - since >= TIMINGS.lease_s:
                    cursor.execute(sql(_END), [run, until])
                    ended += cursor.rowcount
        return ended
