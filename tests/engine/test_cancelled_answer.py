"""What a cancelled run says is what its journal and its live text fold to, and nothing that was left out."""

import pytest

from nodes.sdk.answers import AnswerFold
from nodes.sdk.graph import Graph
from tests.engine.world import Heard, World
from workers.engine.events import Event
from workers.engine.journal import MemoryJournal
from workers.engine.testing import build

KEY = "inner@latest"
SPEAKS = {
    "set_variable_1": {"name": "x", "operator": "append", "value": "word"},
    "say_1": {"user": "what was asked"},
    "answer_1": {"text": "{{ vars.x }} A"},
    "answer_2": {"text": "{{ say_1.text }} {{ vars.x }} B"},
    "answer_3": {"text": "{{ vars.x }} C"},
}
"""Replies that show a variable say nothing before they run: only their facts tell what they say."""


def in_a_row() -> Graph:
    return build("set_variable -> answer_1 -> say_1 -> answer_2 -> answer_3 -> work_1", configs=SPEAKS)


def round_by_round() -> Graph:
    return build(
        "start -> loop -> answer_3 -> work_1",
        configs={"loop_1": {"count": 3}, "answer_3": SPEAKS["answer_3"]},
        bodies={"loop_1": build("set_variable -> answer_1 -> say_1 -> answer_2", configs=SPEAKS)},
    )


def by_another_app() -> Graph:
    return build(
        "start -> sub_workflow -> answer",
        configs={
            "sub_workflow_1": {"workflow": "inner", "query": "?"},
            "answer_1": {"text": "It says: {{ sub_workflow_1.answer }}"},
        },
    )


class Cancelling(MemoryJournal):
    """Cancels the run right after its n-th step has begun, whether or not that is written down by then."""

    left = 0
    first_left_out: int | None = None
    """The number that the first fact would have that was left out."""

    async def append(self, event: Event, *, durable: bool) -> None:
        await super().append(event, durable=durable)
        if event.type == "node_started":
            self.left -= 1
            if self.left == 0:
                self.run.cancel()

    def _flush(self) -> None:
        batch, known = self._buffer, len(self.run.events)
        super()._flush()
        kept = [event.data for event in self.run.events[known:]]
        for event in batch:
            if self.first_left_out is None and not any(event.data is data for data in kept):
                self.first_left_out = event.seq


class Told(Heard):
    """Live text as readers get it: it waits for the facts that it came after (`workers/publisher.py`)."""

    def __init__(self, journal: Cancelling) -> None:
        super().__init__()
        self.journal = journal
        self.after: list[int] = []

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        super().delta(path, attempt, offset, text)
        self.after.append(self.journal._last_seq)

    def read(self, world: World) -> str:
        """What somebody read who saw all that was written before the end."""
        fold = AnswerFold(world.plan.answers)
        for event in world.run.events[:-1]:
            fold.event(event.type, event.path, event.data)
        for delta, after in zip(self.deltas, self.after, strict=True):
            if self.journal.first_left_out is None or after < self.journal.first_left_out:
                fold.delta(*delta)
        return fold.text


@pytest.mark.parametrize("app", [in_a_row, round_by_round, by_another_app])
async def test_a_cancelled_run_says_what_its_written_facts_and_live_text_say(draw, app):
    said, left_out = set(), 0
    for steps in range(1, 30):
        world = draw(app(), workflows={KEY: in_a_row()} if app is by_another_app else {})
        journal = Cancelling(world.run, world.clock)
        journal.left = steps
        world.live = told = Told(journal)
        state = await world.finish(journal)
        if journal.left > 0:
            break
        left_out += journal._left_out
        end = world.run.events[-1]
        assert end.type == "run_cancelled"
        assert state.answer == end.data["answer"] == told.read(world), steps
        said.add(state.answer)

    assert left_out > 5
    assert len(said) > 1
