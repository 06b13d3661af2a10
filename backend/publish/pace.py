"""How often one address may call what needs no sign-in: answering by a link, calls from other services, and
what visitors think of answers.

What stands behind these addresses is signed, so nobody guesses it; this keeps one caller from filling the
web process with asking. Each process counts by itself, in memory: nothing is stored for strangers.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from math import ceil
from threading import Lock
from time import monotonic
from typing import Final

from django.http import HttpRequest

from backend.accounts.acting import address_of
from backend.publish.refusals import come_back

WINDOW_S: Final = 60.0
MOST_CALLERS: Final = 10_000
"""Addresses that are remembered at a time; those that were quiet longest are forgotten first."""


class Pace:
    """At most `most` calls a minute from one address."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def keep(self, request: HttpRequest) -> None:
        """Counts a call. Raises ApiError 429 `too_many_requests` for one too many, which does not count."""
        now, address = monotonic(), address_of(request)
        with self._lock:
            times = self._times.setdefault(address, deque())
            self._times.move_to_end(address)
            while times and times[0] <= now - WINDOW_S:
                times.popleft()
            if len(times) < self.most:
                times.append(now)
                if len(self._times) > MOST_CALLERS:
                    self._times.popitem(last=False)
                return
            seconds = max(1, ceil(times[0] + WINDOW_S - now))
        message = f"There were {self.most:,} calls from your address within a minute; more are not taken."
        raise come_back("too_many_requests", message, f"Try again in {seconds} s.", seconds)

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self._times.clear()


LINKS: Final = Pace(120)
CALLS: Final = Pace(600)
RATINGS: Final = Pace(60)
