"""Places where a test may kill the process, to see that nothing accepted is lost.

`TREADLE_FAILPOINT=step_result.after:3` ends the process, as `kill -9` would, the third time it passes
`step_result.after`. It works only with `TREADLE_ENABLE_FAILPOINTS=1`, with which production refuses to
start; otherwise a failpoint is one `if`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock

POINTS = tuple(
    f"{write}.{side}"
    for write in (
        "accept",  # a run and its outbox row
        "dispatch",  # the bell
        "lease",  # a claim
        "renew",  # the lease again
        "commit",  # any transaction of the writing thread: in it, and after it
        "step_intent",  # node_started of a step that acts on the world
        "step_result",  # how a step ended
        "event",  # any other fact
        "timer",  # a pause before another attempt, or a wait
        "signal",  # a note from outside
        "blob",  # a value that is too large to stand in its fact
        "finish",  # the end of the run
        "outbox",  # what is said over Redis
        "release",  # a run that waits is let go
        "cancel",  # a run is told to stop, or ended because its worker does not
        "pause",  # a run is told to start nothing more
        "resume",  # and to go on
    )
    for side in ("before", "after")
)
"""Every failpoint on the way of a run."""

_enabled = os.environ.get("TREADLE_ENABLE_FAILPOINTS") == "1"


def _die() -> None:
    os._exit(137)


_name = ""
_left = 0
_then: Callable[[], None] = _die
_lock = Lock()


def failpoint(name: str) -> None:
    """Dies here if this is the pass that was asked for."""
    if _name and name == _name:
        _count_down()


def is_armed() -> bool:
    """Whether there is any point in telling failpoints apart."""
    return _name != ""


def arm(point: str, then: Callable[[], None] = _die) -> None:
    """Dies at `name:pass` from now on, or does something else there, once. Raises RuntimeError where
    failpoints are not enabled."""
    global _name, _left, _then
    if not _enabled:
        raise RuntimeError("Failpoints work only with TREADLE_ENABLE_FAILPOINTS=1.")
    name, _, count = point.partition(":")
    _name, _left, _then = name, int(count or 1), then


def _count_down() -> None:
    global _left
    with _lock:
        _left -= 1
        is_here = _left == 0
    if is_here:
        _then()


if _enabled and os.environ.get("TREADLE_FAILPOINT"):
    arm(os.environ["TREADLE_FAILPOINT"])
