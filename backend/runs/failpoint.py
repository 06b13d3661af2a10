"""Places where a test may kill the process, to see that nothing accepted is lost.

`TREADLE_FAILPOINT=append.after:3` ends the process, as `kill -9` would, the third time it passes
`append.after`. It works only with `TREADLE_ENABLE_FAILPOINTS=1`; otherwise a failpoint is one `if`.
"""

from __future__ import annotations

import os
from threading import Lock

_name, _, _pass = os.environ.get("TREADLE_FAILPOINT", "").partition(":")
_armed = bool(_name) and os.environ.get("TREADLE_ENABLE_FAILPOINTS") == "1"
_left = int(_pass or 1)
_lock = Lock()


def failpoint(name: str) -> None:
    """Dies here if this is the pass that was asked for."""
    if _armed and name == _name:
        _count_down()


def _count_down() -> None:
    global _left
    with _lock:
        _left -= 1
        if _left == 0:
            os._exit(137)
