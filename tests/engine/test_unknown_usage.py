"""A worker that ends while a model is asked takes with it what that call used: the bill is a least then."""

import asyncio
from typing import Any

import pytest

from backend.runs.ending import used
from tests.engine.test_crash import crash_in_the_work
from tests.engine.test_handed_over import stop_in_the_work
from workers.engine.journal import MemoryJournal
from workers.engine.state import fold
from workers.engine.testing import EchoModels, build, settle


class Hanging(EchoModels):
    """Says nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def chat(self, request: Any) -> Any:
        await self.may_answer.wait()
        async for chunk in super().chat(request):
            yield chunk


def bill(world: Any) -> Any:
    """What the last fact says that was used."""
    return world.run.events[-1].data["usage"]


@pytest.mark.parametrize("ends", [crash_in_the_work, stop_in_the_work])
async def test_the_bill_of_a_run_whose_worker_ended_while_a_model_was_asked_is_a_least(draw, ends):
    world = draw("say", models=Hanging(), configs={"say_1": {"user": "a b"}})
    await ends(world)
    world.models.may_answer.set()

    await world.finish()

    assert bill(world) == {
        "prompt_tokens": 2,
        "completion_tokens": 2,
        "total_tokens": 4,
        "cost": None,
        "at_least": True,
    }
    facts = [(e.type, e.path, e.data) for e in world.run.events[:-1]]
    assert used(facts)["total_tokens"] == 4


async def test_inside_an_app_that_is_used_it_is_the_same(draw):
    inner = build("start -> say", configs={"say_1": {"user": "a b"}})
    outer = build("sub_workflow", configs={"sub_workflow_1": {"workflow": "inner"}})
    world = draw(outer, models=Hanging(), workflows={"inner@latest": inner})
    await crash_in_the_work(world)
    world.models.may_answer.set()

    await world.finish()

    assert bill(world)["at_least"] is True


async def test_what_was_stopped_before_its_worker_ended_is_not_among_what_was_cut_off(draw):
    """One beside was stopped when its round was left, and told what it had used by then."""
    body = build("say\nwork -> stop_loop", configs={"say_1": {"user": "a b"}, "work_1": {"seconds": 1}})
    world = draw(
        "loop -> work_2",
        models=Hanging(),
        configs={"loop_1": {"count": 2}, "work_2": {"seconds": 9}},
        bodies={"loop_1": body},
    )
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    await settle()
    world.clock.advance(1)
    await settle()
    assert "work_2" in fold(world.run.events).open
    journal.crash()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    state = await world.finish()

    assert (state.status, state.attempts["work_2"]) == ("succeeded", 2)
    assert state.cut_off == {"work_2"}
    assert bill(world)["at_least"] is True, "nothing says of the type of this step that it asks no model"


async def test_the_bill_of_a_run_that_nobody_disturbed_is_whole(draw):
    world = draw("say", configs={"say_1": {"user": "a b"}})

    await world.finish()

    assert "at_least" not in bill(world)
