"""The peers' engines, each with Treadle's tasks in its own environment (bench/peers/inside/*_tasks.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.peers.places import HERE, PLACES, Place, environment
from bench.results import Result, result

ENGINES = ("langgraph", "pydantic-graph", "dbos", "graphon", "node-red")
LONGEST_S = 900


def measured() -> Iterator[Result]:
    """FIGURE@PEER for each figure of ours that a peer's engine can be asked for."""
    for name in ENGINES:
        place = PLACES[name]
        if not place.is_ready():
            print(f"{name} is not installed here (make bench-peers ARGS={name}).", file=sys.stderr)
            continue
        yield from _tasks(place)


def _tasks(place: Place) -> Iterator[Result]:
    """What its program said, until its end; a peer that fails is told and left out."""
    ending = "py" if place.kind == "python" else "cjs"
    program = HERE / "inside" / f"{place.name.replace('-', '_')}_tasks.{ending}"
    env = environment() | {"PYTHONWARNINGS": "ignore", "NODE_PATH": str(place.folder / "node_modules")}
    try:
        done = subprocess.run(
            [str(place.interpreter()), str(program)],
            cwd=place.folder,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        print(f"{place.name} was not done after {LONGEST_S} s and is left out.", file=sys.stderr)
        return
    if done.returncode:
        print(f"{place.name}: its program ended with {done.returncode}.", file=sys.stderr)
    for line in done.stdout.splitlines():
        if not line.startswith('{"name"'):
            continue  # what the peer itself has to say
        found = json.loads(line)
        yield result(found["name"], found["unit"], found["rounds"], of=found["version"])
