"""Where the milliseconds of a run go: its stages by the clock, and the CPU time of web and worker by part.

The stages come from the run's own rows; the CPU time from a sampler (py-spy) that looks at both processes
two hundred times a second while runs are asked for one after another.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.installation import Installation, installation
from bench.load import Ask, run_of, runs
from bench.results import Result, percentile, result

SECONDS = 8
ROUNDS = 3

# A thread whose innermost frame is one of these waits for work, whatever the sampler thinks of it.
WAITING = (
    "_worker (concurrent/futures",
    "Writer._serve",
    "Doorbell._serve",
    "EpollSelector.select",
    "_epoll.poll",
    "Condition.wait",
    "sleep (asyncio",
    "Runner.run (asyncio",
)

# The first line that fits a stack says which part it belongs to.
PARTS = (
    ("bell", ("Doorbell._serve", "kombu/", "billiard/", "celery/worker")),
    ("storing", ("Writer._serve",)),
    ("reading", ("backend/runs/reads.py", "_worker (concurrent/futures")),
    ("stream", ("Hub._listen", "Publisher.serve", "Hub._ask")),
    ("engine", ("workers/engine", "workers/runner.py", "workers/journal.py")),
    ("view", ("backend/publish", "backend/runs")),
    ("django", ("django/core", "backend/project", "channels/")),
    ("server", ("uvicorn/",)),
)


def profile() -> Iterator[Result]:
    """run.stage.* (ms by the clock) and run.cpu.{web,worker}.* (ms of CPU), for one client."""
    with installation() as here:
        ask = run_of(here.address, here.keys["echo"])
        stages: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            load = runs(ask, clients=1, seconds=3, pids=[])
            whole = percentile(load.ms, 50)
            waited, worked = _stages(len(load.ms))
            for stage, ms in (
                ("whole", whole),
                ("bell", waited),
                ("work", worked),
                ("http", whole - waited - worked),
            ):
                stages.setdefault(stage, []).append(ms)
        for stage, rounds in stages.items():
            yield result(f"run.stage.{stage}", "ms", rounds)
        for name in ("web", "worker"):
            yield from _cpu(here, ask, name)


def _stages(count: int) -> tuple[float, float]:
    """Milliseconds from accepted to claimed, and from claimed to ended: medians of the last runs."""
    from backend.runs.models import Run

    rows = Run.objects.exclude(finished_at=None).order_by("-created_at")[:count]
    times = [(row.created_at, row.started_at, row.finished_at) for row in rows]
    return (
        percentile([(started - created).total_seconds() * 1e3 for created, started, _ in times], 50),
        percentile([(finished - started).total_seconds() * 1e3 for _, started, finished in times], 50),
    )


def _cpu(here: Installation, ask: Ask, name: str) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        sampler = subprocess.Popen(
            [
                shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy",
                *("record", "--pid", str(here.pids[name]), "--duration", str(SECONDS), "--rate", "200"),
                *("--format", "raw", "--output", str(stacks)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        load = runs(ask, clients=1, seconds=SECONDS - 1, pids=[here.pids[name]])
        _, said = sampler.communicate(timeout=60)
        if sampler.returncode:
            raise RuntimeError(f"py-spy could not look at the {name} process: {said.decode()[-500:]}")
        shares = Counter[str]()
        for line in stacks.read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            if not any(mark in stack.rpartition(";")[2] for mark in WAITING):
                shares[_part(stack)] += int(count)
    whole = sum(shares.values())
    yield result(f"run.cpu.{name}", "ms/run", [load.cpu_ms])
    for part, count in shares.most_common():
        yield result(f"run.cpu.{name}.{part}", "ms/run", [load.cpu_ms * count / whole])


def _part(stack: str) -> str:
    return next((part for part, marks in PARTS if any(mark in stack for mark in marks)), "other")
