"""A whole installation under load, over HTTP: runs that call no model, and chats that stream from one."""

from __future__ import annotations

from collections.abc import Iterator

from bench.installation import Installation, installation
from bench.load import Load, chat_with, chats, run_of, runs
from bench.results import Result, percentile, result

ROUNDS = 5
FIRST_TOKEN_MS = 200


def http_runs() -> Iterator[Result]:
    """http.run.c1.p50, http.run.c16.rate and .p99, and CPU milliseconds of a run."""
    with installation() as here:
        pids, ask = _served_by(here), run_of(here.address, here.keys["echo"])

        def load(clients: int) -> Load:
            return runs(ask, clients=clients, seconds=4, pids=pids)

        one = [load(1) for _ in range(ROUNDS)]
        yield result("http.run.c1.p50", "ms", [percentile(found.ms, 50) for found in one])
        yield result("http.run.c1.cpu", "ms/run", [found.cpu_ms for found in one])
        many = [load(16) for _ in range(ROUNDS)]
        yield result("http.run.c16.rate", "runs/s", [found.rate for found in many])
        yield result("http.run.c16.p99", "ms", [percentile(found.ms, 99) for found in many])
        yield result("http.run.c16.cpu", "ms/run", [found.cpu_ms for found in many])


def streamed_chats() -> Iterator[Result]:
    """chat.*: what Treadle adds to a model whose first token takes 200 ms, and CPU milliseconds of a chat."""
    with installation() as here:
        pids, ask = _served_by(here), chat_with(here.address, here.keys["chat"])

        def added(count: int, over_s: float, p: float, rounds: int) -> list[tuple[float, float]]:
            loads = [chats(ask, count=count, over_s=over_s, pids=pids) for _ in range(rounds)]
            return [(percentile(load.ms, p) - FIRST_TOKEN_MS, load.cpu_ms) for load in loads]

        yield result("chat.c1.ttft_added.p50", "ms", [ms for ms, _ in added(1, 0, 50, 15)])
        loads = [chats(ask, count=50, over_s=1.2, pids=pids) for _ in range(ROUNDS)]
        for p in (50, 99):
            rounds = [percentile(load.ms, p) - FIRST_TOKEN_MS for load in loads]
            yield result(f"chat.c50.ttft_added.p{p}", "ms", rounds)
        yield result("chat.c50.cpu", "ms/chat", [load.cpu_ms for load in loads])
        burst = added(50, 0, 50, ROUNDS)
        yield result("chat.c50burst.ttft_added.p50", "ms", [ms for ms, _ in burst])


def _served_by(here: Installation) -> list[int]:
    return [here.pids["web"], here.pids["worker"]]
