"""`make bench`, or `make bench ARGS="engine http"`: runs benchmarks and prints their table.

Figures also go to bench/results/latest.jsonl. Run it on a quiet machine: each figure is a median, and the
spread beside it says how quiet it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping

from bench import (
    agents,
    branches,
    code,
    documents,
    engine,
    floors,
    lasting,
    many_chats,
    on_sqlite,
    over_http,
    starting,
    tool_calls,
    where,
)
from bench.peers import engines, serving
from bench.peers.compare import comparison
from bench.results import Result, read, table, this_run, write

SUITES: Mapping[str, Callable[[], Iterable[Result]]] = {
    "engine": engine.in_memory,
    "sqlite": on_sqlite.on_sqlite,
    "postgresql": on_sqlite.on_postgresql,
    "agent": agents.agent_rounds,
    "agent_postgresql": agents.agent_rounds_on_postgresql,
    "http": over_http.http_runs,
    "chat": over_http.streamed_chats,
    "code": code.code_runs,
    "start": starting.start_and_idle,
    "ingest": documents.ingestion,
    "search": documents.search,
    "filtered": documents.filtered,
    "where": where.profile,
    "branches": branches.over_http,
    "floors": floors.floors,
    "chats500": many_chats.many,
    "waiting": lasting.waiting,
    "memory": lasting.memory,
    "tools": tool_calls.tool_calls,
    "peers": engines.measured,
    "builders": serving.measured,
}


def main() -> None:
    """Runs the suites that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of: {', '.join(SUITES)} (default: all)")
    chosen = parser.parse_args().suites or list(SUITES)
    if unknown := [name for name in chosen if name not in SUITES]:
        parser.error(f"There is no suite {unknown[0]!r}. There are: {', '.join(SUITES)}.")
    this_run()
    for name in chosen:
        if len(chosen) > 1:  # a process for each: Django's settings belong to one installation
            subprocess.run([sys.executable, "-m", "bench", name], check=True, stdout=subprocess.DEVNULL)
            continue
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        write(list(SUITES[name]()))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    found = read()
    print(table(found))
    if beside := comparison(found):
        print(f"\n{beside}")


if __name__ == "__main__":
    main()
