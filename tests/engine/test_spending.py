"""What a run has spent counts once, though the task of a step is stopped while its end is being written."""

import asyncio

from nodes.sdk.errors import NodeError
from nodes.sdk.graph import Policy
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal
from workers.engine.testing import build


async def test_an_end_that_was_being_written_when_its_container_failed_counts_once(draw, outside):
    inner = build("say", policies={"say_1": Policy(max_attempts=2)})
    world = draw("at_once", bodies={"at_once_1": inner}, configs={"at_once_1": {"items": ["a", "b"]}})
    may_go_on = asyncio.Event()

    class Slow(MemoryJournal):
        """Takes its time with the end of one of the two, and keeps it all the same."""

        async def append(self, event: Event, *, durable: bool) -> None:
            await super().append(event, durable=durable)
            if event.path == "at_once_1[1].say_1" and event.type == "node_failed":
                await may_go_on.wait()

    outside.failures["at_once_1[0].say_1"] = [NodeError("bad_config", "No.")]
    outside.failures["at_once_1[1].say_1"] = [NodeError("model_busy", "Busy.", retry=True)]

    state = await world.finish(Slow(world.run, world.clock))

    assert state.status == "failed"
    told = [e.data["usage"] for e in world.run.events if e.type == "node_failed" and e.data.get("usage")]
    assert len(told) == 2
    assert world.run.events[-1].data["usage"]["total_tokens"] == sum(one["total_tokens"] for one in told)
