"""What every peer's program shares: timing rounds, and saying what they came to, one JSON line a figure.

Standard library only. It runs inside a peer's own environment, where nothing of Treadle is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from typing import Any

ROUNDS = 7
WARM = 2


def rounds(run: Callable[[], object], count: int = ROUNDS) -> list[float]:
    """Seconds of each of `count` rounds, after some that warm up."""
    seconds = []
    for _ in range(count + WARM):
        gc.collect()
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return seconds[WARM:]


def async_rounds(run: Callable[[], Awaitable[object]], count: int = ROUNDS) -> list[float]:
    """The same for a coroutine, all rounds on one event loop."""

    async def every() -> list[float]:
        seconds = []
        for _ in range(count + WARM):
            gc.collect()
            begin = time.perf_counter()
            await run()
            seconds.append(time.perf_counter() - begin)
        return seconds[WARM:]

    return asyncio.run(every())


def tell(peer: str, package: str, figure: str, unit: str, seconds: list[float], per: float) -> None:
    """Prints a figure: each round's seconds, times a million or a thousand by the unit, for `per` pieces."""
    scale = 1e6 if unit.startswith("us") else 1e3
    found = {
        "name": f"{figure}@{peer}",
        "unit": unit,
        "rounds": [s * scale / per for s in seconds],
        "version": f"{package} {version(package)}",
    }
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def expect(given: Any, wanted: Any) -> None:
    """A peer that gives another result than the task asks for is not measured."""
    if given != wanted:
        raise RuntimeError(f"It gave {given!r} where {wanted!r} was asked for.")


@contextlib.contextmanager
def trying(what: str) -> Iterator[None]:
    """A task that a peer cannot do is said on stderr; its other tasks go on."""
    try:
        yield
    except Exception as error:
        sys.stderr.write(f"{what}: {type(error).__name__}: {error}\n")
