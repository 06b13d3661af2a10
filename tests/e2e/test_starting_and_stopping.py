"""Starting, stopping and killing the whole: nothing of it may stay behind."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.installation import Installation, start, stop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    installation = start(tmp_path)
    assert len(installation.processes()) >= 4

    os.kill(installation.process.pid, number)
    installation.process.wait(30)

    assert installation.wait_until_gone() == []


def test_a_part_that_dies_is_started_again(treadle: Installation) -> None:
    victim = _pid_of(treadle, "uvicorn")

    os.kill(victim, signal.SIGKILL)

    assert _is_healthy_again(treadle)
    assert _pid_of(treadle, "uvicorn") != victim


def test_two_cannot_share_a_data_folder(treadle: Installation) -> None:
    with pytest.raises(pytest.fail.Exception, match="already runs with this data folder"):
        start(treadle.data)


def test_a_second_start_keeps_what_the_first_one_made(tmp_path: Path) -> None:
    first = start(tmp_path)
    stop(first)

    second = start(tmp_path)

    assert "Asking the sample app" in first.said
    assert "Asking the sample app" not in second.said
    stop(second)


def _pid_of(installation: Installation, word: str) -> int:
    mark = f"TREADLE_DATA={installation.data}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and word in (folder / "cmdline").read_text():
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError(f"no process with {word!r} in its command line")


def _is_healthy_again(installation: Installation, tries: int = 600) -> bool:
    for _ in range(tries):
        try:
            with urllib.request.urlopen(f"{installation.address}/healthz", timeout=5) as answer:
                if json.load(answer)["status"] == "ok":
                    return True
        except OSError:
            pass
        time.sleep(0.1)
    return False
