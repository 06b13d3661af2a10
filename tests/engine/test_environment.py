"""Environment variables in a run: read once, written down, and the same until its end, whatever dies."""

from typing import Any

import pytest

from nodes.sdk.answers import AnswerFold
from nodes.sdk.graph import Graph, Policy
from tests.engine.test_container_crashes import check_ends
from tests.engine.test_crash import check_journal
from tests.engine.world import World, texts
from workers.engine.events import Event
from workers.engine.state import fold
from workers.engine.testing import Crash, build, crash_at

ENV: dict[str, Any] = {"CURRENCY": "EUR", "RATE": {"CHF": 0.93}, "SHOPS": ["Bern", "Chur"], "UNUSED": 1}
LATER: dict[str, Any] = {"CURRENCY": "USD", "RATE": {"CHF": 2}, "SHOPS": []}
KEY = "inner@latest"


def one(text: str) -> Graph:
    return build("start -> pure", configs={"pure_1": {"text": text}})


def prices() -> Graph:
    """Names them in a text, a condition, inside a repeat and the repeat's own condition, and in a call."""
    inside = build(
        "work -> set_variable",
        configs={
            "work_1": {"text": "{{ env.CURRENCY }}"},
            "set_variable_1": {"name": "seen", "operator": "append", "value": "{{ env.SHOPS[0] }}"},
        },
    )
    done: Any = {"conditions": [{"left": "{{ loop_1.number }}{{ env.CURRENCY }}", "operator": "is"}]}
    done["conditions"][0]["right"] = "2EUR"
    is_euro: Any = [{"left": "{{ env.CURRENCY }}", "operator": "is", "right": "EUR"}]
    return build(
        """
        start -> branch
        branch_1.euro -> write_1 -> loop_1 -> sub_workflow_1 -> answer
        branch_1.else -> answer
        """,
        configs={
            "branch_1": {"cases": [{"name": "euro", "conditions": is_euro}]},
            "write_1": {"text": "{{ env.RATE.CHF }}"},
            "loop_1": {"count": 4, "until": done},
            "sub_workflow_1": {"workflow": "inner", "query": "{{ env.CURRENCY }}"},
            "answer_1": {"text": "{{ sub_workflow_1.answer }} {{ env.CURRENCY }} {{ vars.seen }}"},
        },
        bodies={"loop_1": inside},
        policies={"write_1": Policy(max_attempts=3)},
    )


def inner() -> Graph:
    return build(
        "start -> work -> answer",
        configs={"work_1": {"text": "{{ env.SHOPS }}"}, "answer_1": {"text": "{{ env.CURRENCY }} inside"}},
    )


def selling(draw: Any, **more: Any) -> World:
    return draw(prices(), workflows={KEY: inner()}, env=ENV, **more)


async def test_what_the_graph_and_the_apps_inside_name_is_written_down_when_the_run_starts(draw) -> None:
    world = selling(draw)

    state = await world.finish()

    started = world.events("run_started")[0].data
    assert started["env"] == {"CURRENCY": "EUR", "RATE": {"CHF": 0.93}, "SHOPS": ["Bern", "Chur"]}
    assert state.env == started["env"]
    assert state.status == "succeeded", state.error
    assert state.answer == "EUR inside EUR Bern, Bern"
    assert texts(state)["write_1"] == ({"text": "write_1(0.93)"}, "out")


async def test_a_run_keeps_its_values_though_its_worker_dies_and_they_are_changed(draw) -> None:
    """Before the start is on the disk nothing has acted on it: then, and only then, the new ones count."""
    want = texts(await selling(draw).finish())
    kept = 0
    for flushes_all in (False, True):
        at, has_crashed = 0, True
        while has_crashed:
            at += 1
            world, has_crashed = selling(draw), False
            try:
                await world.finish(crash_at(at, world.run, world.clock, flushes_all=flushes_all))
            except Crash:
                had_started = bool(world.events("run_started"))
                world.env = LATER if had_started else ENV
                has_crashed = True
                kept += had_started
                await world.finish()

            state = fold(world.run.events)
            assert texts(state) == want, f"crashed before write {at}"
            assert len(world.events("run_started")) == 1
            check_journal(world.run.events)
            check_ends(world.run.events)
    assert kept > 20


async def test_a_run_whose_start_was_lost_begins_with_what_is_there_now(draw) -> None:
    world = draw(one("{{ env.CURRENCY }}"), env=ENV)
    with pytest.raises(Crash):
        await world.finish(crash_at(1, world.run, world.clock))
    assert world.types == ["run_claimed"]
    world.env = LATER

    state = await world.finish()

    assert texts(state)["pure_1"][0] == {"text": "USD"}


async def test_one_that_is_missing_fails_the_step_that_names_it_and_says_where_to_add_it(draw) -> None:
    state = await draw(one("{{ env.CURRENCY }} {{ env.NOWHERE }}"), env=ENV).finish()

    assert state.status == "failed"
    assert state.error is not None
    assert (state.error["code"], "NOWHERE" in str(state.error["message"])) == ("environment_missing", True)
    assert "Settings ▸ Shared information" in str(state.error["hint"])


async def test_a_reply_shows_them_at_once_and_the_words_behind_them_as_they_come(draw) -> None:
    """Also in a reply inside a repeat, and inside an app that is used: nothing can change them any more."""
    text = "{{ env.CURRENCY }}: {{ say_1.text }}"
    said = build("start -> say -> answer", configs={"say_1": {"user": "a b"}, "answer_1": {"text": text}})
    calls = build("start -> sub_workflow -> answer", configs={"sub_workflow_1": {"workflow": "inner"}})
    plain, outer = draw(said, env=ENV), draw(calls, workflows={KEY: said}, env=ENV)
    fold, seen = AnswerFold(plain.plan.answers), [""]
    await plain.finish()

    for event in plain.run.events:
        seen.append(fold.text)
        if event.path == "answer_1":
            break
        fold.event(event.type, event.path, event.data)
        if event.type == "node_started" and event.path == "say_1":
            fold.delta("say_1", 1, 0, "a")
            seen.append(fold.text)
    await outer.finish()

    assert list(dict.fromkeys(seen)) == ["", "EUR: ", "EUR: a", "EUR: a b"]
    assert fold.anew().text == "EUR: "
    told = [text for path, _, _, text in outer.live.deltas if path == "sub_workflow_1"]
    assert told[0] == "EUR: "
    assert "".join(told) == "EUR: a b"


async def test_a_reply_waits_for_its_step_where_one_is_missing(draw) -> None:
    world = draw(build("start -> answer", configs={"answer_1": {"text": "{{ env.NOWHERE }} x"}}), env=ENV)
    fold = AnswerFold(world.plan.answers)
    state = await world.finish()

    for event in world.run.events:
        fold.event(event.type, event.path, event.data)
        assert fold.text == ""
    assert state.answer == ""


async def test_a_step_behind_its_error_port_goes_on_without_one_that_is_missing(draw) -> None:
    graph = build(
        "start -> pure\npure_1.error -> answer",
        configs={"pure_1": {"text": "{{ env.NOWHERE }}"}, "answer_1": {"text": "{{ pure_1.code }}"}},
    )

    state = await draw(graph, env=ENV).finish()

    assert (state.answer, state.handled_errors) == ("environment_missing", 1)


async def test_a_branch_that_is_not_taken_needs_none(draw) -> None:
    graph = build(
        "fork_1.yes -> pure_1\nfork_1.no -> pure_2",
        configs={"fork_1": {"port": "no"}, "pure_1": {"text": "{{ env.NOWHERE }}"}},
    )

    state = await draw(graph).finish()

    assert state.status == "succeeded"


async def test_no_step_changes_one_whatever_it_was_told(draw) -> None:
    sets = {"name": "env.CURRENCY", "operator": "set", "value": "USD"}
    graph = build(
        "set_variable_1 -> pure_1",
        configs={"set_variable_1": sets, "pure_1": {"text": "{{ env.CURRENCY }}"}},
    )

    state = await draw(graph, env=ENV).finish()

    assert state.error is not None
    assert (state.error["code"], "cannot change it" in str(state.error["message"])) == ("bad_variable", True)
    assert state.env == {"CURRENCY": "EUR"}


async def test_a_graph_that_names_none_writes_nothing_down_and_asks_for_none(draw) -> None:
    world = draw(one("Hello"), env=ENV)

    await world.finish()

    assert world.plan.env == frozenset()
    assert all(not node.env for node in world.plan.top.nodes)
    assert "env" not in world.events("run_started")[0].data


async def test_a_journal_without_them_folds_as_before(draw) -> None:
    world = draw(one("Hello"))
    state = await world.finish()

    assert fold([Event.from_json(event.to_json()) for event in world.run.events]).env == state.env == {}


def test_what_is_named_is_known_when_the_graph_is_made_ready(draw) -> None:
    plan = selling(draw).plan

    assert plan.env == {"CURRENCY", "RATE", "SHOPS"}
    assert plan.calls["sub_workflow_1"].env == {"CURRENCY", "SHOPS"}
    assert {node.id: node.env for node in plan.top.nodes if node.env} == {
        "branch_1": {"CURRENCY"},
        "write_1": {"RATE"},
        "loop_1": {"CURRENCY"},
        "sub_workflow_1": {"CURRENCY"},
        "answer_1": {"CURRENCY"},
    }
