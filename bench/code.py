"""Code in a step: how long a fresh process takes from nothing to its result, and how many a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from bench.results import Result, result
from nodes.confined.code import ConfinedCode
from nodes.sdk.code import Language

ROUNDS = 40
TOGETHER = 60
AT_ONCE = 4
SOURCES: dict[Language, str] = {
    "python": "def main(a, b): return {'sum': a + b}",
    "javascript": "const main = ({ a, b }) => ({ sum: a + b })",
    "full_python": "def main(a, b): return {'sum': a + b}",
}


def code_runs() -> Iterator[Result]:
    """code.LANGUAGE.warm (ms a run, one after the other) and .rate (runs a second, four at once)."""
    for language in SOURCES:
        asyncio.run(_run(language))  # what is looked up once, and the disk's pages
        yield result(f"code.{language}.warm", "ms", [asyncio.run(_timed(language)) for _ in range(ROUNDS)])
        yield result(f"code.{language}.rate", "/s", [asyncio.run(_rate(language)) for _ in range(3)])


async def _run(language: Language) -> None:
    done = await ConfinedCode().run(language, SOURCES[language], {"a": 1, "b": 2}, time_s=5)
    if done.value != {"sum": 3}:
        raise RuntimeError(f"{language} gave {done.value!r}")


async def _timed(language: Language) -> float:
    began = time.perf_counter()
    await _run(language)
    return (time.perf_counter() - began) * 1000


async def _rate(language: Language) -> float:
    began = time.perf_counter()
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with turns:
            await _run(language)

    await asyncio.gather(*(one() for _ in range(TOGETHER)))
    return TOGETHER / (time.perf_counter() - began)
