"""A model host never outlives who started it, however early that one died."""

from __future__ import annotations

import asyncio
import sys

import pytest

from workers.models.parent import exit_with_parent


async def test_a_parent_that_is_gone_already_is_noticed() -> None:
    gone = asyncio.Event()
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await dead.wait()

    exit_with_parent(gone.set, parent=dead.pid)

    await asyncio.wait_for(gone.wait(), 10)


async def test_a_parent_that_lives_is_left_alone() -> None:
    gone = asyncio.Event()

    exit_with_parent(gone.set)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gone.wait(), 2)
