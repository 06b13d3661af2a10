"""Keeps the leases of this process's runs, from a thread that no node can hold up."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.db import connections

from backend.runs.failpoint import failpoint
from backend.runs.sql import dialect
from backend.runs.timings import TIMINGS

log = logging.getLogger(__name__)

_RENEW = "UPDATE runs_run SET lease_until = DB_LATER WHERE lease_owner = %s AND id IN ({})"


class Leases:
    """Renews the leases that `owner` holds in one statement, as long as the loop that runs them turns.

    A loop that hangs must lose its runs, or they would hang with it for ever: so renewing stops when
    `ticked_at` (monotonic seconds) is too long ago. For the same reason a run that was dropped is not
    renewed, though its row may still carry our name: nobody here is at work on it any more. What is left
    of a lease is counted from before it was asked for, by the clock that never jumps.
    """

    def __init__(
        self, ticked_at: Callable[[], float], held_up_by: Callable[[], str] = lambda: "something"
    ) -> None:
        self.owner = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._ticked_at = ticked_at
        self._held_up_by = held_up_by
        self._until: dict[UUID, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="leases", daemon=True)

    def start(self) -> None:
        """Starts renewing."""
        self._thread.start()

    def stop(self) -> None:
        """Stops renewing."""
        self._stop.set()
        self._thread.join(timeout=5)

    def hold(self, run_id: UUID, asked_at: float) -> None:
        """A lease was taken or renewed, asked for at `asked_at`."""
        self._until[run_id] = asked_at + TIMINGS.lease_s

    def drop(self, run_id: UUID) -> None:
        """The run is no longer ours."""
        self._until.pop(run_id, None)

    def is_alone(self, run_id: UUID) -> bool:
        """Whether this process has no other run."""
        return len(self._until) <= (run_id in self._until)

    def left_s(self, run_id: UUID) -> float:
        """How long the run is surely ours."""
        return self._until.get(run_id, 0.0) - time.monotonic()

    def _serve(self) -> None:
        while not self._stop.wait(TIMINGS.renew_s):
            if not self._until:
                continue
            silent_s = time.monotonic() - self._ticked_at()
            if silent_s > TIMINGS.stalled_s:
                log.error(
                    "The loop has not turned for %.0f s, held up by %s: its runs are left to other workers.",
                    silent_s,
                    self._held_up_by(),
                )
                continue
            try:
                self._renew()
            except Exception:
                log.exception("Renewing the leases failed; trying again.")
                connections.close_all()
        connections.close_all()

    def _renew(self) -> None:
        runs, asked_at = list(self._until), time.monotonic()
        if not runs:
            return
        sql = dialect()
        statement = sql(_RENEW.format(", ".join(["%s"] * len(runs))))
        failpoint("renew.before")
        with connections["default"].cursor() as cursor:
            cursor.execute(statement, [TIMINGS.lease_s, self.owner, *map(sql.uuid, runs)])
        failpoint("renew.after")
        for run_id in runs:
            if run_id in self._until:
                self._until[run_id] = max(self._until[run_id], asked_at + TIMINGS.lease_s)
