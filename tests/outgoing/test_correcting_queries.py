"""A model writes a query, the database says what is wrong with it, and it is written anew: real databases."""

from dataclasses import replace

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.models import InLine
from nodes.sdk.scripted import ScriptedModels
from tests.outgoing.test_databases import Databases, each, port, postgresql, server
from workers.engine.clock import SystemClock
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening
from workers.engine.plan import compile_plan
from workers.engine.state import RunState
from workers.engine.testing import build, services

__all__ = ["each", "port", "postgresql", "server"]
CATALOGUE = load_catalogue()


class Silent:
    """Hears what is told live, and keeps none of it."""

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None: ...

    def progress(self, path: str, done: int, total: int | None) -> None: ...

    def place(self, path: str, place: InLine) -> None: ...


async def ask(each: Databases, *replies: str) -> tuple[RunState, ScriptedModels]:
    """What a run comes to in which a model that says `replies` in turn writes the query."""
    query = each.query
    chosen = (
        {"kind": "postgresql", "secret": query.secret}
        if query.secret
        else {"kind": "sqlite", "file": query.file}
    )
    body = build(
        "prompt -> sql",
        configs={
            "prompt_1": {"user": "A query, please. Wrong before: {{ correct_1.error }}"},
            "sql_1": {**chosen, "source": "step", "given": "{{ prompt_1.text }}", "writes": True},
        },
    )
    graph = build(
        "start -> correct -> answer",
        configs={
            "correct_1": {"tries": 3, "result": "{{ sql_1.rows }}"},
            "answer_1": {"text": "{{ correct_1.result[0].name }} after {{ correct_1.tries }}"},
        },
        bodies={"correct_1": body},
    )
    models, clock = ScriptedModels(replies), SystemClock()
    given = replace(services(models), databases=each.doors)
    journal = MemoryJournal(MemoryRun(Opening("hi", run="run-1")), clock)
    engine = Engine(compile_plan(graph, CATALOGUE), CATALOGUE, journal, Silent(), given, clock)
    return await engine.run(), models


async def test_a_wrong_query_is_mended_by_what_the_database_says_of_it(each: Databases):
    state, models = await ask(
        each, "SELECT title FROM goods", "```sql\nSELECT name FROM goods WHERE price > 3.6\n```"
    )

    assert (state.status, state.answer) == ("succeeded", "Cake after 2")
    told = models.requests[1].messages[-1].content
    assert "title" in told, "the model is told what the database said"


async def test_a_query_that_would_change_something_is_refused_and_mended(each: Databases):
    state, _ = await ask(
        each,
        "DELETE FROM goods",
        "WITH gone AS (SELECT 1) DELETE FROM goods",
        "SELECT name FROM goods ORDER BY id",
    )

    assert state.answer == "Tea after 3"
    assert each.names() == ["Tea", "Cake", "Bread"]


async def test_when_no_try_is_right_the_run_ends_with_what_was_wrong_last(each: Databases):
    state, _ = await ask(each, *["SELECT nothing FROM nowhere"] * 3)

    assert state.status == "failed"
    assert state.error is not None
    assert state.error["code"] == "query_failed"
    assert each.names() == ["Tea", "Cake", "Bread"]


@pytest.mark.parametrize(
    "words", ["", "I cannot do that.", "DROP TABLE goods", "SELECT 1; DELETE FROM goods"]
)
async def test_what_is_no_query_changes_nothing(each: Databases, words: str):
    state, _ = await ask(each, *[words] * 3)

    assert state.status == "failed"
    assert each.names() == ["Tea", "Cake", "Bread"]
