"""Declared variables in runs: defaults, kinds, and what a conversation remembers through crashes."""

import itertools

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.graph import graph_from_json
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Silent
from workers.engine.plan import compile_plan
from workers.engine.state import fold
from workers.engine.testing import Crash, CrashingJournal, services

CATALOGUE = load_catalogue()


def drawn(variables, *changes, answer="{{ conversation.count }}"):
    """start, one set_variable after the other, answer."""
    steps = [
        {"id": f"set_variable_{i + 1}", "type": "set_variable", "config": config}
        for i, config in enumerate(changes)
    ]
    nodes = [
        {"id": "start_1", "type": "start"},
        *steps,
        {"id": "answer_1", "type": "answer", "config": {"text": answer}},
    ]
    edges = [{"source": a["id"], "target": b["id"]} for a, b in itertools.pairwise(nodes)]
    return compile_plan(graph_from_json({"nodes": nodes, "edges": edges, "variables": variables}), CATALOGUE)


async def go(plan, run, journal=None):
    engine = Engine(plan, CATALOGUE, journal or MemoryJournal(run), Silent(), services())
    return await engine.run()


COUNT = {"name": "count", "scope": "conversation", "type": "number", "default": 10}
ADD = {"name": "conversation.count", "operator": "add", "value": 1}


async def test_a_declared_run_variable_has_its_default_from_the_start():
    plan = drawn([{"name": "mood", "type": "text", "default": "calm"}], answer="{{ vars.mood }}")

    assert (await go(plan, MemoryRun())).answer == "calm"


async def test_a_value_of_another_kind_fails_the_step_in_plain_words():
    plan = drawn([{"name": "n", "type": "number"}], {"name": "n", "operator": "set", "value": "a lot"})

    state = await go(plan, MemoryRun())

    assert state.status == "failed"
    assert state.error["code"] == "bad_variable"


async def test_a_run_without_a_conversation_begins_with_defaults_each_time():
    plan = drawn([COUNT], ADD)

    answers = [(await go(plan, MemoryRun())).answer for _ in range(2)]

    assert answers == ["11", "11"]


async def test_what_a_conversation_remembers_survives_its_turns():
    plan, kept = drawn([COUNT], ADD), {}

    answers = [(await go(plan, MemoryRun(conversation=kept))).answer for _ in range(3)]

    assert answers == ["11", "12", "13"]
    assert kept == {"count": 13}


async def test_a_kept_value_of_a_kind_that_a_newer_version_does_not_know_gives_way_to_the_default():
    kept = {"count": "many"}

    assert (await go(drawn([COUNT], ADD), MemoryRun(conversation=kept))).answer == "11"
    assert kept == {"count": 11}


@pytest.mark.parametrize("flushes_all", [False, True])
async def test_a_crash_anywhere_never_applies_a_change_twice_and_never_loses_one(flushes_all):
    plan = drawn([COUNT], ADD, ADD, ADD)
    crashes = 0
    for at in range(1, 100):
        kept = {"count": 0}
        run = MemoryRun(conversation=kept)
        try:
            await go(plan, run, CrashingJournal(run, at, flushes_all=flushes_all))
        except Crash:
            crashes += 1
            assert (await go(plan, run)).answer == "3"
        assert kept == {"count": 3}
        assert fold(run.events).conversation == {"count": 3}
        if at > crashes:
            break
    assert crashes > 2


async def test_a_run_that_goes_on_sees_what_another_run_of_the_conversation_did_meanwhile():
    kept = {"count": 0}
    run = MemoryRun(conversation=kept)
    plan = drawn([COUNT], ADD, ADD)
    with pytest.raises(Crash):
        await go(plan, run, CrashingJournal(run, 6, flushes_all=True))
    before = kept["count"]
    await go(drawn([COUNT], ADD, ADD), MemoryRun(conversation=kept))

    state = await go(plan, run)

    assert before in (0, 1)
    assert kept == {"count": 4}
    assert state.conversation == {"count": 4}


async def test_a_run_without_variables_writes_no_word_about_them():
    run = MemoryRun(conversation={})
    await go(drawn([], answer="hi"), run)

    assert all("variables" not in e.data and "conversation" not in e.data for e in run.events)


CALLER = {
    "nodes": [
        {"id": "start_1", "type": "start"},
        {"id": "sub_workflow_1", "type": "sub_workflow", "config": {"workflow": "inner"}},
        {"id": "sub_workflow_2", "type": "sub_workflow", "config": {"workflow": "inner"}},
        {
            "id": "answer_1",
            "type": "answer",
            "config": {
                "text": "{{ sub_workflow_1.answer }} {{ sub_workflow_2.answer }} {{ conversation.count }}"
            },
        },
    ],
    "edges": [
        {"source": "start_1", "target": "sub_workflow_1"},
        {"source": "sub_workflow_1", "target": "sub_workflow_2"},
        {"source": "sub_workflow_2", "target": "answer_1"},
    ],
    "variables": [COUNT | {"default": 1}],
}


async def test_an_app_used_as_a_step_begins_with_its_own_defaults_in_each_call_through_crashes():
    """Neither call sees what the other or the outer app keeps, and none of it reaches the conversation."""
    inner = drawn(
        [COUNT, {"name": "n", "type": "number", "default": 5}],
        ADD,
        {"name": "vars_n", "operator": "set", "value": "{{ vars.n }}"},
        {"name": "n", "operator": "add", "value": "2"},
        answer="{{ conversation.count }}/{{ vars.n }}",
    )
    plan = compile_plan(graph_from_json(CALLER), CATALOGUE, {"inner@latest": inner})
    for at in range(1, 200):
        kept = {}
        run = MemoryRun(conversation=kept)
        try:
            state = await go(plan, run, CrashingJournal(run, at, flushes_all=True))
            assert at > 10
            break
        except Crash:
            state = await go(plan, run)
        assert state.answer == "11/7 11/7 1"
        assert kept == {}
    assert state.answer == "11/7 11/7 1"


async def test_an_app_used_as_a_step_computes_with_what_information_of_any_kind_begins_with():
    inner = drawn(
        [{"name": "x", "type": "any", "default": 8}],
        {"name": "x", "operator": "divide", "value": 2},
        answer="{{ vars.x }}",
    )
    plan = compile_plan(graph_from_json(CALLER), CATALOGUE, {"inner@latest": inner})
    run = MemoryRun()

    assert (await go(plan, run)).answer == "4 4 1"
    assert fold(run.events).frame_variables["sub_workflow_1[0]."] == {"x": 4}
