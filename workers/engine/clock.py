"""Where the engine gets the time from, so that a test can bring its own."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Timer(Protocol):
    """Something that was to happen later, and can still be called off."""

    def cancel(self) -> object: ...


class Clock(Protocol):
    """The time of day, a clock that never goes back, and an alarm."""

    def now(self) -> datetime:
        """The time of day, aware and UTC: what events are dated with."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment: what durations are measured with."""
        ...

    def call_later(self, seconds: float, do: Callable[[], object]) -> Timer:
        """Calls `do` on the running loop after `seconds`."""
        ...


class SystemClock:
    """The machine's clock and the running loop's alarms."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, seconds: float, do: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, do)


async def sleep(clock: Clock, seconds: float) -> None:
    """Waits by `clock`. Ends early only when the task is cancelled."""
    if seconds <= 0:
        return
    woken = asyncio.get_running_loop().create_future()
    timer = clock.call_later(seconds, lambda: woken.done() or woken.set_result(None))
    try:
        await woken
    finally:
        timer.cancel()
