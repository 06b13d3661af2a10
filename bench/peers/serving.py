"""The peers that serve over HTTP: started one after another, measured as Treadle is, and stopped.

Each is started three times on the same data: the first start makes its database and is not counted. Then
it is left idle, asked for runs by one client and by sixteen, for branches, and for streamed chats.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.installation import fake_model
from bench.load import Ask, Load, chats, runs
from bench.over_http import FIRST_TOKEN_MS
from bench.peers.places import PLACES, environment
from bench.peers.served.builder import Builder, Site
from bench.peers.served.flowise import Flowise
from bench.peers.served.langflow import Langflow
from bench.peers.served.n8n import N8n
from bench.peers.served.node_red import NodeRed
from bench.processes import free_port, memory_mb, tree
from bench.results import Result, percentile, result

BUILDERS: tuple[Builder, ...] = (NodeRed(), Flowise(), Langflow(), N8n(), N8n("n8n-legacy", "legacy"))
STARTS = 3
ROUNDS = 3
SECONDS = 4.0
BRANCHES_S = 6.0  # some do them one after another: 4.2 s, and the first is not counted
IDLE_S = 8
CHATS = 50


def measured() -> Iterator[Result]:
    """FIGURE@PEER for start, idle memory, runs, branches and chats of each that is installed here."""
    for builder in BUILDERS:
        place = PLACES[builder.place]
        if not place.is_ready():
            print(
                f"{builder.name} is not installed here (make bench-peers ARGS={place.name}).", file=sys.stderr
            )
            continue
        try:
            yield from _one(builder)
        except Exception as error:
            print(
                f"{builder.name} is left out from here on: {type(error).__name__}: {error}", file=sys.stderr
            )


def _one(builder: Builder) -> Iterator[Result]:
    of = f"{builder.package} {version(builder)}"
    print(f"  {of} as {builder.name} …", file=sys.stderr, flush=True)

    def found(name: str, unit: str, rounds: list[float]) -> Result:
        return result(f"{name}@{builder.name}", unit, rounds, of=of)

    with tempfile.TemporaryDirectory(prefix="bench-peer-") as folder, fake_model() as port:
        site = Site(Path(folder), free_port(), f"http://127.0.0.1:{port}/v1")
        builder.prepare(site)
        with started(builder, site):
            asks = builder.publish(site)
        starts, idle = [], []
        for _ in range(STARTS - 1):
            with started(builder, site) as (pid, took):
                starts.append(took)
                time.sleep(IDLE_S)
                idle.append(memory_mb(pid))
        yield found("start.to_serving", "s", starts)
        yield found("memory.idle.total", "MB", idle)
        with started(builder, site) as (pid, _):
            yield from _asked(asks, [pid], found)


def _asked(
    asks: Mapping[str, Ask], pids: list[int], found: Callable[[str, str, list[float]], Result]
) -> Iterator[Result]:
    one = [runs(asks["run"], clients=1, seconds=SECONDS, pids=pids) for _ in range(ROUNDS)]
    yield found("http.run.c1.p50", "ms", [percentile(load.ms, 50) for load in one])
    yield found("http.run.c1.cpu", "ms/run", [load.cpu_ms for load in one])
    many = [runs(asks["run"], clients=16, seconds=SECONDS, pids=pids) for _ in range(ROUNDS)]
    yield found("http.run.c16.rate", "runs/s", [load.rate for load in many])
    yield found("http.run.c16.p99", "ms", [percentile(load.ms, 99) for load in many])
    yield found("http.run.c16.cpu", "ms/run", [load.cpu_ms for load in many])
    if "branches" in asks:
        each = [runs(asks["branches"], clients=1, seconds=BRANCHES_S, pids=pids) for _ in range(ROUNDS)]
        yield found("http.branches.20", "ms", [percentile(load.ms, 50) for load in each])
    if "chat" in asks:
        alone = [chats(asks["chat"], count=1, over_s=0, pids=pids) for _ in range(5)]
        yield found("chat.c1.ttft_added.p50", "ms", [_added(load, 50) for load in alone])
        together = [chats(asks["chat"], count=CHATS, over_s=1.2, pids=pids) for _ in range(ROUNDS)]
        yield found("chat.c50.ttft_added.p50", "ms", [_added(load, 50) for load in together])
        yield found("chat.c50.ttft_added.p99", "ms", [_added(load, 99) for load in together])
        yield found("chat.c50.cpu", "ms/chat", [load.cpu_ms for load in together])


def _added(load: Load, p: float) -> float:
    return percentile(load.ms, p) - FIRST_TOKEN_MS


@contextmanager
def started(builder: Builder, site: Site) -> Iterator[tuple[int, float]]:
    """Its process, and seconds until it served; all of it is ended afterwards, by its ids."""
    log = site.folder.with_suffix(".log")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "DJANGO_"))}
    env = {**kept, **environment(), "PYTHONPATH": "", **builder.environment(site)}
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(builder.command()), env=env, cwd=site.folder, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait(f"{site.address}{builder.health()}", process, log)
        yield process.pid, time.monotonic() - began
    finally:
        _stop(process)
        log.unlink(missing_ok=True)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path, within_s: float = 240) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                if answer.status == 200:
                    return
        except (OSError, ValueError):
            pass
        if process.poll() is not None:
            raise RuntimeError(
                f"It ended with {process.returncode}: {log.read_text(errors='replace')[-500:]}"
            )
        time.sleep(0.05)
    raise RuntimeError(f"It did not serve within {within_s:.0f} s: {log.read_text(errors='replace')[-500:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    started = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    for pid in started:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait(10)


def version(builder: Builder) -> str:
    """Of the peer's own package."""
    place = PLACES[builder.place]
    if place.kind == "node":
        path = place.folder / "node_modules" / builder.package / "package.json"
        return json.loads(path.read_text())["version"]
    return next(
        line.partition("==")[2]
        for line in place.pins.read_text().splitlines()
        if line.startswith(f"{builder.package}==")
    )
