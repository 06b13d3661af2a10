"""How long things may take. One place, read once from the environment, so that tests can hurry."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """Seconds, all of them. The defaults are what the README promises by."""

    lease_s: float = 30.0
    """A worker that is not heard of for so long has lost its runs."""
    sweep_s: float = 5.0
    """How often each worker looks for rows that are due, and how long an accepted run waits for its bell."""
    cancel_poll_s: float = 0.5
    """How often a worker asks which of its runs were cancelled; the message in Redis is only faster."""
    stop_s: float = 5.0
    """What the worker of a cancelled run is given to end it; then it counts as dead, and is fenced."""
    silent_s: float = 3.0
    """How often a web process asks the database about watched runs that say nothing."""
    heartbeat_s: float = 10.0
    """How often a worker says that it lives, in a key that lasts three times as long."""
    stalled_s: float = 10.0
    """A loop that has not turned for so long no longer gets its leases renewed."""
    present_s: float = 3.0
    """How often a window says which app it has open; silent for three times as long, it is gone."""
    grace_s: float = 5.0
    """What running steps are given to end when a worker is told to stop."""

    @property
    def renew_s(self) -> float:
        """How often leases are renewed: three chances before one runs out."""
        return self.lease_s / 3


def _from_environment() -> Timings:
    names = Timings.__dataclass_fields__
    given = {name: os.environ.get(f"TREADLE_{name.upper()}") for name in names}
    return Timings(**{name: float(value) for name, value in given.items() if value})


TIMINGS = _from_environment()
