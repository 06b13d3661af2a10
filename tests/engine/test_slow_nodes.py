"""One slow node must not hold up its neighbours: what runs on the loop itself does so within limits."""

import asyncio

import pytest

from workers.engine.testing import build


async def turns_during(world) -> int:
    """How often another task of the loop had its turn before the run ended."""
    turns = 0

    async def neighbour() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.ensure_future(neighbour())
    state = await world.engine().run()
    task.cancel()
    assert state.status == "succeeded"
    return turns


@pytest.mark.parametrize(("characters", "least"), [(10, 0), (600_000, 15)])
async def test_pure_steps_with_much_text_give_the_others_their_turn_after_each(draw, characters, least):
    chain = " -> ".join(f"pure_{i}" for i in range(1, 21))
    world = draw(chain, configs={f"pure_{i}": {"text": "x" * characters} for i in range(1, 21)})

    assert least <= await turns_during(world) < least + 15


async def test_many_pure_steps_give_the_others_their_turn_now_and_then(draw):
    body = build("pure_1 -> pure_2")
    world = draw("loop", configs={"loop_1": {"count": 500}}, bodies={"loop_1": body})

    assert await turns_during(world) >= 1_000 // 64
