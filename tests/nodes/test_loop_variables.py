"""What a person is told about what a repeating step keeps, and about changes of another kind."""

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.graph import graph_from_json, graph_to_json
from nodes.sdk.shapes import shapes
from workers.engine.testing import build

CATALOGUE = load_catalogue()


def found(graph):
    return [(p.code, p.node, p.field) for p in check(graph, CATALOGUE) if p.severity == "error"]


def loop(change, *variables, behind="Done."):
    body = build("set_variable_1", configs={"set_variable_1": change})
    return build(
        "start -> loop -> answer",
        configs={"loop_1": {"count": 1, "variables": list(variables)}, "answer_1": {"text": behind}},
        bodies={"loop_1": body},
    )


N = {"name": "n", "type": "number"}
SET = {"name": "loop_1.n", "operator": "set"}


def test_what_a_loop_keeps_may_be_used_and_changed_inside_and_used_behind():
    graph = loop(SET | {"value": "{{ loop_1.n }}"}, N, behind="{{ loop_1.n }}")

    assert found(graph) == []
    assert shapes(graph, CATALOGUE)["loop_1"]["inside"]["properties"]["n"] == {"type": "number", "title": "n"}
    assert "inside" not in shapes(loop(SET), CATALOGUE)["loop_1"]


def test_what_a_loop_does_not_keep_may_neither_be_used_nor_changed():
    change = {"name": "loop_1.m", "value": "{{ loop_1.m }}"}

    assert {code for code, *_ in found(loop(change, N, behind="{{ loop_1.m }}"))} == {
        "unknown_loop_variable",
        "unknown_ref",
    }


def test_it_may_be_changed_inside_only():
    graph = build(
        "start -> loop -> set_variable_9",
        configs={"loop_1": {"count": 1, "variables": [N]}, "set_variable_9": SET | {"value": 1}},
        bodies={"loop_1": build("template_1", configs={"template_1": {"text": "-"}})},
    )

    assert found(graph) == [("unknown_loop_variable", "set_variable_9", "name")]


@pytest.mark.parametrize(
    ("variables", "code", "field"),
    [
        ([{"name": "1st"}], "bad_variable_name", "variables[0].name"),
        ([{"name": "index"}], "loop_name_taken", "variables[0].name"),
        ([N, {"name": "n"}], "duplicate_variable", "variables[1].name"),
        ([N | {"value": "a lot"}], "bad_variable_default", "variables[0].value"),
        ([{"name": "m", "type": "sum"}], "bad_config", "variables[0].type"),
    ],
)
def test_names_and_beginnings_are_checked(variables, code, field):
    change = {"name": "x", "value": 1}

    assert (code, "loop_1", field) in found(loop(change, *variables))


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("number", {"operator": "set", "value": "a lot"}, "value"),
        ("boolean", {"operator": "set", "value": 3}, "value"),
        ("text", {"operator": "append", "value": "x"}, "operator"),
        ("text", {"operator": "add", "value": "{{ start_1.query }}"}, "operator"),
        ("list_number", {"operator": "append", "value": "x"}, "operator"),
        ("list_text", {"operator": "multiply", "value": 2}, "operator"),
        ("number", {"operator": "remove_first"}, "operator"),
    ],
)
@pytest.mark.parametrize("scope", ["run", "conversation", "loop"])
def test_a_change_that_cannot_go_with_the_declared_kind_is_a_problem_before_anything_runs(
    scope, kind, change, field
):
    name = {"run": "x", "conversation": "conversation.x", "loop": "loop_1.x"}[scope]
    graph = graph_to_json(
        loop({"name": name, **change}, *([{"name": "x", "type": kind}] * (scope == "loop")))
    )
    if scope != "loop":
        graph["variables"] = [{"name": "x", "scope": scope, "type": kind}]

    assert found(graph_from_json(graph)) == [("other_kind", "set_variable_1", field)]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("number", {"operator": "set", "value": "12"}),
        ("number", {"operator": "set", "value": "{{ start_1.query }}"}),
        ("text", {"operator": "set", "value": 12}),
        ("list_text", {"operator": "append", "value": "{{ start_1.query }}"}),
        ("list_object", {"operator": "append", "value": "{{ start_1 }}"}),
        ("list_number", {"operator": "extend", "value": "{{ start_1.query }}"}),
        ("list", {"operator": "append", "value": 1}),
        ("number", {"operator": "divide", "value": "{{ start_1.query }}"}),
        ("object", {"operator": "clear"}),
        ("any", {"operator": "append", "value": 1}),
    ],
)
def test_a_change_that_goes_with_its_kind_or_may_turn_out_to_is_none(kind, change):
    assert found(loop({"name": "loop_1.x", **change}, {"name": "x", "type": kind})) == []


def test_side_by_side_only_a_loop_of_the_item_itself_may_be_set():
    inner = build("set_variable_1", configs={"set_variable_1": {"name": "loop_2.m", "value": 5}})
    outer = build("set_variable_1", configs={"set_variable_1": {"name": "loop_1.n", "value": 5}})

    def items(body, drawing="loop_2"):
        item = build(
            drawing,
            configs={"loop_2": {"count": 1, "variables": [{"name": "m"}]}},
            bodies={"loop_2": body},
        )
        each = build("each_1", configs={"each_1": {"items": [1], "at_once": 2}}, bodies={"each_1": item})
        return build(
            "start -> loop",
            configs={"loop_1": {"count": 1, "variables": [N]}},
            bodies={"loop_1": each},
        )

    assert found(items(inner)) == []
    assert found(items(outer)) == [("change_side_by_side", "set_variable_1", "operator")]
