"""One asyncio loop per worker process, in a thread of its own: a waiting chat costs no thread."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
TICK_S = 0.5


class Loop:
    """A running loop. `ticked_at` tells, in monotonic seconds, when it last turned."""

    def __init__(self) -> None:
        self.ticked_at = time.monotonic()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="loop", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs a coroutine on the loop; may be called from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def held_up_by(self) -> str:
        """What the loop is at just now, such as `Hog.run (hog.py, line 12)`: the step that it is in."""
        frames = sys._current_frames()  # documented, though named as if it were private
        frame = frames.get(self._thread.ident or 0)
        place = "nothing that is known"
        for inner, line in traceback.walk_stack(frame):
            code = inner.f_code
            if code.co_name == "_run_type" and "engine" in code.co_filename:
                break
            place = f"{code.co_qualname} ({code.co_filename}, line {line})"
        return place

    def stop(self, timeout_s: float = 5) -> None:
        """Ends the loop and everything on it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self._tick()
        try:
            self.loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def _tick(self) -> None:
        self.ticked_at = time.monotonic()
        self.loop.call_later(TICK_S, self._tick)
