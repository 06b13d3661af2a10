"""What may be told of an agent's work, folded from facts: what is at work, and nothing of what goes in."""

from __future__ import annotations

from typing import Any

import pytest

from backend.runs.doings import DoingFold, told_of
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.graph import graph_from_json
from tests.runs.stack import CHAT, graph, node

READ = {**node("tool", 1, address="https://shop.example", query=[]), "title": "Order book"}
WRITE = {**node("tool", 2, method="POST", address="https://shop.example"), "title": "Refunds"}


def told(**config: Any) -> Any:
    agent = {**node("agent", message="{{ each_1.item }}", **config), "body": graph([READ, WRITE])}
    each = {**node("each", items=["a"]), "body": graph([agent])}
    drawn = graph([node("start"), each, node("answer", text="-")], "start_1 -> each_1", "each_1 -> answer_1")
    return told_of(graph_from_json(drawn), installed_catalogue())


def fact(kind: str, path: str = "", **data: Any) -> dict[str, Any]:
    return {"type": kind, "path": path, "data": data, "at": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("tells", "names"),
    [({}, ["", ""]), ({"tells": "names"}, ["Order book", "Refunds"]), ({"tells": "?"}, ["", ""])],
)
def test_what_reads_is_looked_up_and_what_writes_is_done_and_names_are_told_where_the_app_says_so(
    tells: dict[str, Any], names: list[str]
):
    first, second = names

    assert told(**tells) == {
        "each_1.agent_1.tool_1": {"kind": "look_up", "tool": first},
        "each_1.agent_1.tool_2": {"kind": "act", "tool": second},
    }


def test_of_an_agent_that_shows_nothing_and_of_an_app_without_one_nothing_is_told():
    assert told(tells="nothing") == {}
    assert told_of(graph_from_json(CHAT), installed_catalogue()) == {}


def test_what_is_at_work_is_told_while_it_is_and_alike_calls_once():
    fold = DoingFold(told())
    look_up, act = {"kind": "look_up", "tool": ""}, {"kind": "act", "tool": ""}

    fold.event(fact("node_started", "each_1[0].agent_1", input={"message": "secret"}))
    fold.event(fact("node_started", "each_1[0].agent_1[0].model"))
    assert fold.doings == []
    fold.event(fact("node_started", "each_1[0].agent_1[0].tool_1", input={"query": "secret"}))
    fold.event(fact("node_started", "each_1[0].agent_1[1].tool_1", input={"query": "secret"}))
    fold.event(fact("node_started", "each_1[0].agent_1[0].tool_2"))
    assert fold.doings == [look_up, act]
    fold.event(fact("node_succeeded", "each_1[0].agent_1[0].tool_1", output={"text": "secret"}))
    assert fold.doings == [act, look_up]
    fold.event(fact("node_failed", "each_1[0].agent_1[1].tool_1"))
    assert fold.doings == [act]


@pytest.mark.parametrize(
    "end",
    [
        fact("node_waiting", "each_1[0].agent_1[0].tool_2", reason="outcome_unknown"),
        fact("node_failed", "each_1[0].agent_1"),
        fact("run_claimed"),
        fact("run_waiting"),
        fact("run_cancelled"),
    ],
)
def test_what_waits_was_stopped_or_lost_its_worker_is_not_at_work(end: dict[str, Any]):
    fold = DoingFold(told())
    fold.event(fact("node_started", "each_1[0].agent_1[0].tool_2"))

    fold.event(end)

    assert fold.doings == []


WAIT = {"kind": "wait", "tool": "", "ahead": 2, "at_once": 1}


def place(path: str, ahead: int, at_once: int = 1) -> dict[str, Any]:
    return {"path": path, "ahead": ahead, "at_once": at_once}


def test_of_questions_that_wait_the_one_furthest_back_is_told_until_its_turn_comes():
    fold = DoingFold({})

    fold.place(place("prompt_1", 1))
    fold.place(place("prompt_2", 2))
    assert fold.doings == [WAIT]
    fold.place(place("prompt_2", 0))
    assert fold.doings == [{**WAIT, "ahead": 1}]
    fold.place(place("prompt_1", 0))
    assert fold.doings == []


@pytest.mark.parametrize(
    "end",
    [
        fact("node_failed", "each_1[0].prompt_1"),
        fact("node_succeeded", "each_1"),
        fact("run_claimed"),
        fact("run_cancelled"),
    ],
)
def test_what_has_ended_or_lost_its_worker_waits_in_no_line(end: dict[str, Any]):
    fold = DoingFold({})
    fold.place(place("each_1[0].prompt_1", 2))
    fold.event(fact("node_started", "each_1[1].prompt_1"))
    assert fold.doings == [WAIT]

    fold.event(end)

    assert fold.doings == []
