"""Failpoints exist only where they are enabled. (That production refuses them: test_production.py.)"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from backend.runs.failpoint import arm, failpoint, is_armed

PASS = (
    "from backend.runs.failpoint import failpoint, is_armed;"
    "print('armed' if is_armed() else 'not armed', flush=True);"
    "failpoint('accept.after'); print('alive', flush=True)"
)


def passing(**env: str) -> subprocess.CompletedProcess[str]:
    """A process that passes a failpoint once."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    return subprocess.run([sys.executable, "-c", PASS], env=given | env, capture_output=True, text=True)


def test_a_failpoint_kills_nobody_where_failpoints_are_not_enabled() -> None:
    done = passing(TREADLE_FAILPOINT="accept.after:1")

    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["not armed", "alive"])


def test_a_failpoint_kills_where_failpoints_are_enabled() -> None:
    done = passing(TREADLE_FAILPOINT="accept.after:1", TREADLE_ENABLE_FAILPOINTS="1")

    assert (done.returncode, done.stdout) == (137, "armed\n")


def test_nothing_arms_a_failpoint_in_a_process_that_did_not_enable_them() -> None:
    with pytest.raises(RuntimeError, match="TREADLE_ENABLE_FAILPOINTS"):
        arm("accept.after:1")

    assert not is_armed()
    failpoint("accept.after")
