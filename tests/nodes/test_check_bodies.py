"""What a person is told about steps inside steps, and about what is remembered, before anything runs."""

from typing import Any

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.graph import Graph, GraphError, graph_from_json, graph_to_json
from workers.engine.testing import build

CATALOGUE = load_catalogue()


def around(body: Graph, name: str, config: dict[str, Any], behind: str = "Done.") -> Graph:
    """Start, one container with this body, and a reply."""
    configs = {name: config, "answer_1": {"text": behind}}
    return build(f"start -> {name} -> answer", configs=configs, bodies={name: body})


def each(body: Graph, behind: str = "Done.", **config: Any) -> Graph:
    return around(body, "each_1", {"items": "{{ start_1.query }}", **config}, behind)


def loop(body: Graph, behind: str = "Done.", **config: Any) -> Graph:
    return around(body, "loop_1", config, behind)


def one(name: str, /, body: Graph | None = None, **config: Any) -> Graph:
    return build(name, configs={name: config}, bodies={name: body} if body else {})


def until(left: Any = None, right: Any = None) -> Any:
    return {"conditions": [{"left": left, "operator": "is", "right": right}]}


def setter(operator: str, value: Any = None, name: str = "n") -> Graph:
    return one("set_variable_1", name=name, operator=operator, value=value)


TEXT = one("template_1", text="x")
STOP_LOOP = one("stop_loop_1")
ERROR = build(
    "prompt_1.error -> template_1",
    configs={"prompt_1": {"user": "x"}, "template_1": {"text": "{{ prompt_1.message }}"}},
)


def found(graph: Graph) -> list[tuple[str, str | None, str | None]]:
    return [(problem.code, problem.node, problem.field) for problem in check(graph, CATALOGUE)]


@pytest.mark.parametrize(
    "graph",
    [
        each(one("template_1", text="{{ each_1.item }} {{ each_1.index }} {{ start_1.query }}")),
        each(TEXT, collect="{{ template_1.text }} {{ each_1.number }} {{ start_1.query }}"),
        each(TEXT, behind="{{ each_1.items[0] }} {{ each_1.failed }}"),
        each(one("each_2", one("template_1", text="{{ each_2.item }}{{ each_1.item }}"), items="x")),
        loop(TEXT, count=3),
        loop(TEXT, until=until("{{ template_1.text }}", "x"), result="{{ loop_1.last }}"),
        loop(STOP_LOOP, count=3),
        loop(one("each_1", STOP_LOOP, items=[1]), count=3),
        loop(setter("add", 1, "总数"), behind="{{ vars.总数 }}", count=3),
        each(setter("append", "x"), at_once=3),
        each(ERROR, collect="{{ prompt_1.code }}"),
        each(one("answer_2", text="{{ each_1.number }}: {{ each_1.item }}"), at_once=3),
        loop(one("each_1", one("answer_2", text="{{ loop_1.number }}"), items=[1]), count=3),
    ],
)
def test_a_good_container_has_no_problems(graph):
    assert found(graph) == []
    assert found(graph_from_json(graph_to_json(graph))) == []


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (each(Graph({})), ("empty_body", "each_1", None)),
        (build("start -> each", configs={"each_1": {"items": "x"}}), ("empty_body", "each_1", None)),
        (each(TEXT, items=""), ("no_list", "each_1", "items")),
        (each(TEXT, items=[]), ("no_list", "each_1", "items")),
        (each(TEXT, at_once=99), ("bad_config", "each_1", "at_once")),
        (each(one("template_1", text="{{ each_1.items }}")), ("unknown_ref", "template_1", "text")),
        (each(one("template_1", text="{{ answer_1.text }}")), ("unknown_ref", "template_1", "text")),
        (each(TEXT, collect="{{ nobody.text }}"), ("unknown_ref", "each_1", "collect")),
        (each(TEXT, items="{{ template_1.text }}"), ("ref_into_body", "each_1", "items")),
        (each(TEXT, behind="{{ template_1.text }}"), ("ref_into_body", "answer_1", "text")),
        (each(one("start_2")), ("start_inside", "start_2", None)),
        (each(STOP_LOOP), ("stop_outside_loop", "stop_loop_1", None)),
        (each(one("next_round_1")), ("stop_outside_loop", "next_round_1", None)),
        (each(setter("set", "x"), at_once=2), ("change_side_by_side", "set_variable_1", "operator")),
        (
            each(one("loop_1", setter("clear"), count=2), at_once=2),
            ("change_side_by_side", "set_variable_1", "operator"),
        ),
        (loop(TEXT), ("endless_loop", "loop_1", "count")),
        (loop(TEXT, count=1001), ("too_many_rounds", "loop_1", "count")),
        (loop(TEXT, until=until("x")), ("empty_until", "loop_1", "until.conditions[0].right")),
        (
            loop(TEXT, until=until("{{ nobody.x }}", 1)),
            ("unknown_ref", "loop_1", "until.conditions[0].left"),
        ),
        (each(TEXT, behind="{{ vars.total }}"), ("unknown_variable", "answer_1", "text")),
        (each(setter("set", 1, "a b")), ("bad_variable_name", "set_variable_1", "name")),
        (each(setter("append")), ("no_value", "set_variable_1", "value")),
        (each(setter("add", "a")), ("not_a_number", "set_variable_1", "value")),
        (around(TEXT, "template_9", {"text": "x"}), ("body_not_allowed", "template_9", None)),
        (each(one("quantum_1")), ("unknown_type", "quantum_1", None)),
    ],
)
def test_a_problem_is_found_where_it_is(graph, problem):
    assert problem in found(graph)
    for one_found in check(graph, CATALOGUE):
        assert one_found.message.endswith(".")
        assert one_found.hint.endswith((".", "?"))


def test_a_variable_that_is_written_a_little_wrong_is_recognised():
    [problem] = check(each(setter("add", 1, "total"), behind="{{ vars.totl }}"), CATALOGUE)

    assert problem.hint == "Did you mean 'total'?"


def test_no_step_can_be_called_vars():
    with pytest.raises(GraphError) as raised:
        graph_from_json({"nodes": [{"id": "vars", "type": "start"}], "edges": []})

    assert raised.value.code == "reserved_id"
