"""What a repeating step keeps from round to round: beginnings, kinds, conditions, nesting, crashes."""

from dataclasses import replace

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.graph import Graph, Policy
from workers.engine.engine import Engine
from workers.engine.journal import MemoryJournal, MemoryRun, Opening, Silent
from workers.engine.plan import compile_plan
from workers.engine.state import fold
from workers.engine.testing import Crash, CrashingJournal, build, services

CATALOGUE = load_catalogue()
ADD = {"name": "loop_1.n", "operator": "add", "value": 1}
N = {"name": "n", "type": "number", "value": 0}


def until(left, right):
    return {"conditions": [{"left": left, "operator": "gte", "right": right}]}


def around(body, answer="{{ loop_1.n }}", policy=None, **config):
    graph = build(
        "start -> loop -> answer",
        configs={"loop_1": {"variables": [N], **config}, "answer_1": {"text": answer}},
        bodies={"loop_1": body},
        policies={"loop_1": policy} if policy else {},
    )
    assert [p for p in check(graph, CATALOGUE) if p.severity == "error"] == []
    return graph


def one(drawing="set_variable", **configs):
    return build(drawing, configs=configs or {"set_variable_1": ADD})


async def go(graph: Graph, run=None, journal=None, workflows=None, query="go"):
    run = run or MemoryRun(opening=Opening(query=query))
    plan = compile_plan(graph, CATALOGUE, workflows)
    return await Engine(plan, CATALOGUE, journal or MemoryJournal(run), Silent(), services()).run()


@pytest.mark.parametrize(("least", "rounds"), [(0, 0), (1, 1), (3, 3)])
async def test_a_condition_about_a_loop_variable_is_looked_at_before_the_first_round_and_after_each(
    least, rounds
):
    state = await go(around(one(), count=5, until=until("{{ loop_1.n }}", least)))

    assert state.results["loop_1"].output["count"] == rounds
    assert state.answer == str(least)


async def test_steps_of_a_round_see_changes_at_once_and_later_rounds_go_on_with_them():
    body = one(
        "set_variable_1 -> template_1 -> set_variable_2 -> template_2",
        set_variable_1=ADD,
        template_1={"text": "{{ loop_1.n }}"},
        set_variable_2={"name": "loop_1.n", "operator": "multiply", "value": 2},
        template_2={"text": "{{ template_1.text }}>{{ loop_1.n }}"},
    )

    state = await go(around(body, count=3, result="{{ template_2.text }}/{{ loop_1.n }}"))

    assert state.results["loop_1"].output["items"] == ["1>2/2", "3>6/6", "7>14/14"]
    assert state.answer == "14"


async def test_it_begins_with_what_its_template_says_and_is_kept_in_the_journal_by_round():
    run = MemoryRun(opening=Opening(query="7"))
    state = await go(
        around(one(), count=2, variables=[{"name": "n", "type": "number", "value": "{{ start_1.query }}"}]),
        run,
    )

    changes = [(e.path, e.data["operator"], e.data["value"]) for e in run.events if e.type == "variable_set"]
    assert changes == [
        ("loop_1", "set", 7),
        ("loop_1[0].set_variable_1", "add", 1),
        ("loop_1[1].set_variable_1", "add", 1),
    ]
    assert state.answer == "9"
    assert fold(run.events).loops == {}


async def test_a_beginning_of_another_kind_fails_the_loop_in_plain_words():
    graph = around(one(), count=1, variables=[N | {"value": "{{ start_1.query }}"}])

    state = await go(graph, query="a lot")

    assert (state.status, state.error["code"]) == ("failed", "bad_variable")


@pytest.mark.parametrize(
    ("kind", "operator", "value", "after"),
    [
        ("text", "set", "b", "b"),
        ("list_text", "append", "b", ["b"]),
        ("list", "extend", [1, 2], [1, 2]),
        ("list_number", "clear", None, []),
        ("number", "add", 2, 2),
        ("number", "subtract", 2, -2),
        ("number", "multiply", 2, 0),
        ("number", "divide", 2, 0),
        ("list_object", "remove_first", None, []),
        ("list", "remove_last", None, []),
        ("boolean", "set", True, True),
        ("object", "set", {"a": 1}, {"a": 1}),
    ],
)
async def test_every_operator_keeps_the_kind(kind, operator, value, after):
    change = {"name": "loop_1.x", "operator": operator, "value": value}
    graph = around(one(set_variable_1=change), answer="-", count=1, variables=[{"name": "x", "type": kind}])

    state = await go(graph)

    assert state.results["loop_1"].output["x"] == after


async def test_a_write_of_another_kind_is_refused_when_it_comes():
    change = {"name": "loop_1.n", "operator": "set", "value": "{{ start_1.query }}"}

    state = await go(around(one(set_variable_1=change), count=1))

    assert (state.status, state.error["code"]) == ("failed", "bad_variable")


def nested(at_once=1):
    """Two rounds; in each an inner loop of three that counts for itself and for the outer one."""
    inner = one(
        "set_variable_1 -> set_variable_2 -> template_1",
        set_variable_1=ADD,
        set_variable_2={"name": "loop_2.m", "operator": "add", "value": 10},
        template_1={"text": "{{ loop_1.n }}:{{ loop_2.m }}"},
    )
    body = build(
        "loop_2",
        configs={
            "loop_2": {
                "count": 3,
                "variables": [{"name": "m", "type": "number"}],
                "result": "{{ template_1.text }} {{ loop_1.n }}",
            }
        },
        bodies={"loop_2": inner},
    )
    return around(body, count=2, result="{{ loop_2.items }} {{ loop_2.m }}")


async def test_an_inner_loop_begins_anew_in_each_round_and_may_change_what_the_outer_one_keeps():
    state = await go(nested())

    assert state.answer == "6"
    assert state.results["loop_1"].output["items"] == [
        "1:10 1, 2:20 2, 3:30 3 30",
        "4:10 4, 5:20 5, 6:30 6 30",
    ]


async def test_stopping_from_deep_inside_leaves_what_was_kept():
    fork = build(
        "branch_1.enough -> stop_loop_1",
        configs={
            "branch_1": {
                "cases": [
                    {
                        "name": "enough",
                        "conditions": [{"left": "{{ loop_1.n }}", "operator": "gte", "right": 2}],
                    }
                ]
            }
        },
    )
    body = build(
        "set_variable_1 -> each_1",
        configs={"set_variable_1": ADD, "each_1": {"items": ["a", "b"]}},
        bodies={"each_1": fork},
    )

    state = await go(around(body, count=9))

    assert (state.answer, state.results["loop_1"].output["ended_by"]) == ("2", "stop")


async def test_items_side_by_side_add_to_what_the_loop_around_keeps_and_each_has_loops_of_its_own():
    """Inside side-by-side items only a loop that belongs to one item may be set at will."""
    inner = build("set_variable_2", configs={"set_variable_2": {"name": "loop_2.m", "value": 5}})
    item = build(
        "loop_2 -> set_variable_1",
        configs={
            "set_variable_1": ADD | {"value": "{{ loop_2.m }}"},
            "loop_2": {"count": 1, "variables": [{"name": "m", "type": "number"}]},
        },
        bodies={"loop_2": inner},
    )
    body = build("each_1", configs={"each_1": {"items": [1, 2, 3], "at_once": 3}}, bodies={"each_1": item})

    assert (await go(around(body, count=2))).answer == "30"


async def test_an_app_used_as_a_step_has_loops_of_its_own_under_the_same_names():
    inner = compile_plan(around(one(), count=2), CATALOGUE)
    body = build(
        "sub_workflow_1 -> set_variable_1",
        configs={"sub_workflow_1": {"workflow": "inner"}, "set_variable_1": ADD | {"value": 100}},
    )
    graph = around(body, count=3, result="{{ sub_workflow_1.answer }}")

    state = await go(graph, workflows={"inner@latest": inner})

    assert state.results["loop_1"].output["items"] == ["2", "2", "2"]
    assert state.answer == "300"


async def test_a_step_of_an_app_used_inside_a_loop_cannot_change_what_that_loop_keeps():
    inner = compile_plan(build("start -> set_variable", configs={"set_variable_1": ADD}), CATALOGUE)
    body = build("sub_workflow_1", configs={"sub_workflow_1": {"workflow": "inner"}})

    state = await go(around(body, count=1), workflows={"inner@latest": inner})

    assert (state.status, state.error["code"]) == ("failed", "bad_variable")


def with_a_call():
    inner = compile_plan(around(one(), count=2, until=until("{{ loop_1.n }}", 2)), CATALOGUE)
    body = nested().nodes["loop_1"].body
    assert body is not None
    body = replace(body, nodes=body.nodes | one("sub_workflow_1", sub_workflow_1={"workflow": "inner"}).nodes)
    return around(
        body,
        answer="{{ loop_1.n }} {{ loop_1.items }}",
        until=until("{{ loop_1.n }}", 6),
        result="{{ sub_workflow_1.answer }}/{{ loop_2.m }}/{{ loop_1.n }}",
    ), {"inner@latest": inner}


@pytest.mark.parametrize("flushes_all", [False, True])
async def test_a_crash_anywhere_neither_loses_nor_doubles_a_change(flushes_all):
    graph, workflows = with_a_call()
    expected = "6 2/30/3, 2/30/6"
    for at in range(1, 400):
        run = MemoryRun()
        try:
            state = await go(graph, run, CrashingJournal(run, at, flushes_all=flushes_all), workflows)
        except Crash:
            state = await go(graph, run, workflows=workflows)
            assert state.answer == expected
            assert fold(run.events).loops == {}
        else:
            break
    assert state.answer == expected
    assert at > (60 if flushes_all else 8)


async def test_a_loop_that_is_tried_again_goes_on_with_what_it_kept():
    body = one(
        "set_variable_1 -> set_variable_2",
        set_variable_1=ADD,
        set_variable_2={"name": "loop_1.n", "operator": "divide", "value": "{{ start_1.query }}"},
    )
    graph = around(
        body, count=1, policy=Policy(max_attempts=2, backoff_s=0.01, retry_codes=("divided_by_zero",))
    )
    run = MemoryRun(opening=Opening(query="0"))
    plan = compile_plan(graph, CATALOGUE)

    state = await Engine(plan, CATALOGUE, MemoryJournal(run), Silent(), services()).run()

    changes = [e.data["operator"] for e in run.events if e.type == "variable_set"]
    assert (state.status, state.attempts["loop_1"], changes) == ("failed", 2, ["set", "add"])
    assert state.loops == {"loop_1": {"n": 1}}


async def test_a_reply_inside_says_what_is_kept_as_it_is_in_its_round():
    body = one("set_variable_1 -> answer_2", set_variable_1=ADD, answer_2={"text": "{{ loop_1.n }} so far"})

    state = await go(around(body, count=2, answer="{{ loop_1.n }} in the end"))

    assert state.answer.split("\n\n") == ["1 so far", "2 so far", "2 in the end"]
