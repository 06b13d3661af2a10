"""What processes use: CPU seconds and memory, read from /proc, with all their children."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """`pid` and all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, todo = [], [pid]
    while todo:
        here = todo.pop()
        found.append(here)
        todo += children.get(here, [])
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """User and system seconds of these processes and their descendants so far."""
    ticks = 0
    for pid in pids:
        for one in tree(pid):
            fields = _stat(one)
            if fields:
                ticks += sum(int(fields[i]) for i in (11, 12))
    return ticks / _TICKS


def memory_mb(pid: int, *, alone: bool = False) -> float:
    """Memory of a process with its descendants, or `alone`, in MB (10^6 bytes); shared pages count once."""
    kilobytes = 0
    for one in [pid] if alone else tree(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6


def free_port() -> int:
    """A port on the loopback address that nothing listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _stat(pid: int) -> list[str]:
    """The fields after the name, the state first; empty when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()
