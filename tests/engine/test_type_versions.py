"""A run that began under an older version of a node type goes on under a newer one."""

from typing import Any

import pytest

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeOutput
from nodes.sdk.catalogue import Catalogue
from tests.engine.world import CATALOGUE, Heard
from workers.engine.engine import Engine
from workers.engine.journal import MemoryRun, Opening
from workers.engine.plan import compile_plan
from workers.engine.state import fold
from workers.engine.testing import Crash, FakeClock, build, crash_at, services


class Text(NodeOutput):
    text: str = Field("", title="Text")


class Old(Node):
    """Greets."""

    type, title, effects = "greet", "Greet", "read"

    class Config(NodeConfig):
        name: str = Field("", title="Name")

    Output = Text

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        return Text(text=f"Hello {config.name}")


class New(Node):
    """Greets, and calls its setting otherwise."""

    type, title, effects, version = "greet", "Greet", "read", 2

    class Config(NodeConfig):
        whom: str = Field("", title="Whom")

    Output = Text

    @classmethod
    def migrate(cls, config: dict[str, Json], version: int) -> dict[str, Json]:
        return {"whom": config["name"]} if version == 1 else config

    async def run(self, config: Config, ctx: NodeContext) -> Text:
        return Text(text=f"Good day {config.whom}")


def engine(run: MemoryRun, kind: type[Node], at: int | None) -> Engine:
    catalogue = Catalogue({**CATALOGUE.types, "greet": kind}, {})
    graph = build(
        "start -> greet_1 -> greet_2 -> answer",
        configs={
            "greet_1": {"name": "{{ start_1.query }}"},
            "greet_2": {"name": "you"},
            "answer_1": {"text": "{{ greet_1.text }}, {{ greet_2.text }}"},
        },
    )
    clock = FakeClock()
    journal: Any = crash_at(at or 0, run, clock, flushes_all=True)
    return Engine(compile_plan(graph, catalogue), catalogue, journal, Heard(), services(), clock)


@pytest.mark.parametrize("at", range(1, 13))
async def test_a_journal_begun_with_version_1_of_a_type_resumes_under_version_2(at):
    run = MemoryRun(Opening("Ann", run="run-1"))

    with pytest.raises(Crash):
        await engine(run, Old, at).run()
    done = fold(run.events).results
    state = await engine(run, New, None).run()

    assert state.status == "succeeded"
    for path in done:
        assert state.results[path] == done[path]
    first = "Hello" if "greet_1" in done else "Good day"
    second = "Hello" if "greet_2" in done else "Good day"
    assert state.answer == (
        done["answer_1"].output["text"] if "answer_1" in done else f"{first} Ann, {second} you"
    )
