"""The steps that think, in whole runs with the real practice model. What it says is its own affair: they end,
what they give is of its shape, and how far they are is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import jsonschema
import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.models import InLine
from tests.models.fixtures import Host
from workers.engine.clock import SystemClock
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening
from workers.engine.plan import compile_plan
from workers.engine.state import RunState
from workers.engine.testing import build, services
from workers.models.router import Router, WorkspaceModels

pytestmark = pytest.mark.slow

CATALOGUE = load_catalogue()
STORY = "The ferry to the island leaves at nine. Tickets cost five euros. Dogs travel free of charge. " * 20


class Heard:
    """Hears what is told while a run is under way."""

    def __init__(self) -> None:
        self.deltas: list[tuple[str, str]] = []
        self.progressed: list[tuple[str, int, int | None]] = []

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        self.deltas.append((path, text))

    def progress(self, path: str, done: int, total: int | None) -> None:
        self.progressed.append((path, done, total))

    def place(self, path: str, place: InLine) -> None: ...


@pytest.fixture
async def models(model_host: Host) -> AsyncIterator[WorkspaceModels]:
    router = Router(practice=str(model_host.socket))
    yield router.for_workspace("ws")
    await router.close()


async def run(models: WorkspaceModels, kind: str, **config: Any) -> tuple[RunState, Any, Heard]:
    """A run of one step of that type: its end, what the step gave, and what was heard meanwhile."""
    graph = build(f"start -> {kind}", configs={f"{kind}_1": {"model": "practice", **config}})
    clock, heard = SystemClock(), Heard()
    journal = MemoryJournal(MemoryRun(Opening("hi", run="run-1")), clock)
    engine = Engine(compile_plan(graph, CATALOGUE), CATALOGUE, journal, heard, services(models), clock)
    state = await engine.run()
    assert state.status == "succeeded", state.error
    output = state.results[f"{kind}_1"].output
    there = {name: value for name, value in output.items() if value is not None}
    jsonschema.validate(there, CATALOGUE.types[kind].output_schema(graph.nodes[f"{kind}_1"].config))
    return state, output, heard


async def test_a_long_text_is_summarised_piece_by_piece(models: WorkspaceModels) -> None:
    state, given, heard = await run(
        models, "summarise", text=STORY, piece_length=700, words=20, style="sentence", max_tokens=60
    )

    assert given["text"].strip()
    assert given["model"] == "practice"
    assert given["pieces"] > 1
    steps = [(done, total) for path, done, total in heard.progressed if path == "summarise_1"]
    assert sorted(steps) == steps, "progress goes on, never back"
    assert steps[-1][0] >= given["pieces"], "each piece is told of"
    assert "".join(text for path, text in heard.deltas if path == "summarise_1").strip()
    assert state.usage.prompt_tokens > 0


async def test_an_answer_is_judged_and_rewritten_no_more_often_than_wanted(models: WorkspaceModels) -> None:
    _, given, heard = await run(
        models,
        "improve",
        task="When does the ferry leave?",
        draft="I do not know.",
        instructions="The ferry leaves at nine.",
        criteria="Names the time.\nIs one short sentence.",
        rounds=1,
    )

    assert given["text"].strip()
    assert 0 <= given["rounds"] <= 1
    assert given["good"] is (given["problems"] == [])
    assert [done for path, done, _ in heard.progressed if path == "improve_1"] == list(
        range(1, given["rounds"] + 1)
    )


async def test_details_are_found_each_as_its_kind(models: WorkspaceModels) -> None:
    fields = [
        {"name": "price", "type": "number", "description": "What a ticket costs."},
        {"name": "dogs", "type": "boolean", "description": "Whether dogs may come."},
        {"name": "day", "type": "choice", "options": ["weekday", "weekend"], "description": "Which days."},
    ]

    _, given, _ = await run(models, "extract", text=STORY[:200], fields=fields, max_tokens=200)

    assert given["price"] is None or isinstance(given["price"], int | float)
    assert given["dogs"] in (None, True, False)
    assert given["day"] in (None, "weekday", "weekend")
    assert given["missing"] == [field["name"] for field in fields if given[field["name"]] is None]
    assert given["complete"] is True, "none of them must be found"


@pytest.mark.parametrize("several", [False, True])
async def test_a_text_is_sorted_into_groups_that_there_are(models: WorkspaceModels, several: bool) -> None:
    groups = [
        {"name": "travel", "title": "Travel", "description": "Ferries, trains, tickets."},
        {"name": "food", "title": "Food", "description": "Meals and recipes."},
    ]

    state, given, _ = await run(
        models, "classify", text="When does the ferry leave?", groups=groups, method="model", several=several
    )

    port = state.results["classify_1"].port
    assert given["method"] == "model"
    if several:
        assert set(given["names"]) <= {"travel", "food"}
        assert port in ("out", "else")
    else:
        assert (given["name"] or "else") == port
        assert port in ("travel", "food", "else")
