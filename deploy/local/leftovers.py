"""Processes that outlive the command which started them become our children (Linux), and are ended with it.

A test run that is killed, or one of whose processes crashes, leaves servers that nobody else would end.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """From now on, processes below this one whose parent ends become children of this one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait(process: subprocess.Popen[bytes], at_most_s: float = math.inf) -> int | None:
    """Its exit status, None after `at_most_s`. Of others that have become ours and end, nothing is kept."""
    late = time.monotonic() + at_most_s
    while time.monotonic() < late:
        pid, status = os.waitpid(-1, 0 if at_most_s == math.inf else os.WNOHANG)
        if pid == process.pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode
        if pid == 0:
            time.sleep(0.05)
    return None


def end() -> list[int]:
    """Ends all children, and theirs as they become ours. Returns who they were."""
    ended: list[int] = []
    while children := _children():
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
        ended += children
    return ended


def _children() -> list[int]:
    me = os.getpid()
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _parent(entry) == me]


def _parent(entry: Path) -> int:
    try:
        after_name = (entry / "stat").read_text().rpartition(")")[2]
        return int(after_name.split()[1])
    except OSError:
        return 0  # it has ended
