"""A child process that does not outlive its parent, even one that was killed."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 1.0

_watches: set[asyncio.Task[None]] = set()


def exit_with_parent(leave: Callable[[], None], parent: int | None = None) -> None:
    """Calls `leave` on the running loop once the parent process is gone.

    `parent` is the pid of who started us, as they said it: they may have died before we could ask.

    Linux sends a signal at once; but it does so when the *thread* that started us ends, so the signal only
    means "look". Elsewhere, and should the parent have died before this call, looking now and then finds out.
    """
    parent = parent or os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            leave()

    async def keep_looking() -> None:
        while True:
            look()
            await asyncio.sleep(_LOOK_EVERY_S)

    if sys.platform == "linux":
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, look)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR1, 0, 0, 0)
    task = asyncio.get_running_loop().create_task(keep_looking())
    _watches.add(task)
