"""Several calls of one node at the same time, up to a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def at_once(jobs: Sequence[Callable[[], Awaitable[T]]], most: int) -> list[T]:
    """What each of `jobs` gives, in their order, at most `most` at a time. The first error ends the rest."""
    results: dict[int, T] = {}
    left = iter(range(len(jobs)))

    async def work() -> None:
        for i in left:
            results[i] = await jobs[i]()

    tasks = [asyncio.create_task(work()) for _ in range(min(most, len(jobs)))]
    try:
        if tasks:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [results[i] for i in range(len(jobs))]
