"""What an app declares to remember: read strictly, kept in files, and held to its kind on every write."""

import pytest

from nodes.sdk import NodeError
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import GraphError, graph_from_json, graph_to_json
from nodes.sdk.kinds import KINDS, as_kind, empty_of
from nodes.sdk.variables import OPERATORS, change_as

CATALOGUE = load_catalogue()
START = {"id": "start_1", "type": "start"}
VALUES = {
    "text": "a",
    "number": 6,
    "boolean": True,
    "object": {"a": 1},
    "list": [1, "b"],
    "list_text": ["a", "b"],
    "list_number": [1, 2],
    "list_object": [{"a": 1}, {"b": 2}],
    "any": None,
}
ITEMS = {"list": {"c": 1}, "list_text": "c", "list_number": 3, "list_object": {"c": 3}}
LISTS = sorted(ITEMS)


def graph(*variables, nodes=(START,), edges=()):
    return graph_from_json({"nodes": list(nodes), "edges": list(edges), "variables": list(variables)})


def remembering(name, value="x", operator="set"):
    config = {"name": name, "operator": operator, "value": value}
    nodes = (START, {"id": "set_variable_1", "type": "set_variable", "config": config})
    return {"nodes": nodes, "edges": ({"source": "start_1", "target": "set_variable_1"},)}


def test_declared_variables_survive_json_and_files():
    drawn = graph(
        {"name": "total", "type": "number", "default": 5, "title": "Total"},
        {"name": "names", "scope": "conversation", "type": "list_text"},
    )

    assert [(v.name, v.scope, v.type, v.default) for v in drawn.variables] == [
        ("total", "run", "number", 5),
        ("names", "conversation", "list_text", []),
    ]
    assert graph_from_json(graph_to_json(drawn)) == drawn
    text = workflow_to_yaml(WorkflowFile("An app", drawn))
    assert workflow_from_yaml(text).graph.variables == drawn.variables
    assert workflow_to_yaml(workflow_from_yaml(text)) == text


@pytest.mark.parametrize(
    ("variables", "code", "field"),
    [
        ([{"name": "a"}, {"name": "a"}], "duplicate_variable", "variables[1].name"),
        ([{"name": "a", "type": "number", "default": "1"}], "bad_variable_default", "variables[0].default"),
        ([{"name": "a", "type": "number", "default": True}], "bad_variable_default", "variables[0].default"),
        (
            [{"name": "a", "type": "list_text", "default": [1]}],
            "bad_variable_default",
            "variables[0].default",
        ),
        (
            [{"name": "a", "type": "list_number", "default": [1, "x"]}],
            "bad_variable_default",
            "variables[0].default",
        ),
        ([{"name": "a", "type": "date"}], "unknown_kind", "variables[0].type"),
        ([{"name": "a", "type": ["text"]}], "unknown_kind", "variables[0].type"),
        ([{"name": "a", "scope": "world"}], "unknown_scope", "variables[0].scope"),
        ([{"name": "1a"}], "bad_variable_name", "variables[0].name"),
        ([{"name": 1}], "wrong_type", "variables[0].name"),
        ([{"name": "a", "colour": "red"}], "unknown_field", "variables[0]"),
        ([{"type": "text"}], "missing_field", "variables[0]"),
        ([{"name": f"v{i}"} for i in range(201)], "too_many_variables", "variables"),
        ({"a": 1}, "wrong_type", "variables"),
    ],
)
def test_a_declaration_that_is_not_well_formed_is_refused(variables, code, field):
    with pytest.raises(GraphError) as refused:
        graph_from_json({"nodes": [START], "edges": [], "variables": variables})

    assert (refused.value.code, refused.value.field) == (code, field)


def test_variables_are_declared_in_the_workflow_itself_and_never_in_a_body():
    body = {"nodes": [], "edges": [], "variables": []}
    with pytest.raises(GraphError, match="does not belong"):
        graph_from_json({"nodes": [START, {"id": "loop_1", "type": "loop", "body": body}]})


@pytest.mark.parametrize("name", ["vars", "conversation", "env"])
def test_the_words_for_what_is_remembered_are_no_ids(name):
    with pytest.raises(GraphError, match="remembered"):
        graph_from_json({"nodes": [{"id": name, "type": "start"}]})


def test_what_the_conversation_is_not_said_to_remember_is_a_problem():
    kept = {"name": "mood", "scope": "conversation", "type": "text"}
    ref = "{{ conversation.moode }}"

    def codes(*variables, name, value="x"):
        drawn = graph(*variables, **remembering(name, value))
        return [p.code for p in check(drawn, CATALOGUE) if p.severity == "error"]

    assert codes(kept, name="conversation.mood") == []
    assert codes(name="conversation.mood") == ["undeclared_variable"]
    assert codes(kept, name="total", value=ref) == ["undeclared_variable"]
    assert codes(kept, name="total", value="{{ conversation.mood }}") == []
    assert codes(kept, name="conversation.1") == ["bad_variable_name", "undeclared_variable"]


def test_a_declared_run_variable_may_be_used_though_no_step_sets_it():
    drawn = graph({"name": "total", "type": "number"}, **remembering("other", "{{ vars.total }}"))

    assert [p for p in check(drawn, CATALOGUE) if p.severity == "error"] == []


FITS = {
    "set": set(KINDS),
    "clear": set(KINDS),
    **{key: {*LISTS} for key in ("append", "extend", "remove_first", "remove_last")},
    **{key: {"number"} for key in ("add", "subtract", "multiply", "divide")},
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "any"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_keeps_the_kind_or_is_refused_in_plain_words(operator, kind):
    before = VALUES[kind]
    operand = {"append": ITEMS.get(kind), "extend": [ITEMS.get(kind)], "set": before}.get(operator, 2)
    if kind not in FITS[operator]:
        with pytest.raises(NodeError, match="needs") as refused:
            change_as(kind, before, operator, operand)
        assert refused.value.code == "bad_variable"
        return

    after, told = change_as(kind, before, operator, operand)

    expected = {
        "set": before,
        "clear": empty_of(kind),
        "add": 8,
        "subtract": 4,
        "multiply": 12,
        "divide": 3,
    }
    if kind in ITEMS:
        more = [*before, ITEMS[kind]]
        expected |= {"append": more, "extend": more, "remove_first": before[1:], "remove_last": before[:-1]}
    assert after == expected[operator]
    assert as_kind(after, kind) == after
    assert told["length"] == (len(after) if isinstance(after, list) else None)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("operator", ["remove_first", "remove_last"])
def test_taking_away_from_an_empty_list_is_no_error(operator, kind):
    assert change_as(kind, [], operator) == ([], {"value": None, "length": 0})


def test_a_number_cannot_be_divided_by_zero():
    with pytest.raises(NodeError, match="divided by zero"):
        change_as("number", 1, "divide", 0)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ["a"]),
        ("text", {}),
        ("number", "a lot"),
        ("number", True),
        ("number", ""),
        ("number", None),
        ("boolean", 1),
        ("boolean", "yes"),
        ("object", []),
        ("object", "{}"),
        ("list", "a"),
        ("list", None),
        ("list_text", [[]]),
        ("list_number", ["a"]),
        ("list_object", [1]),
    ],
)
def test_a_value_of_another_kind_is_refused_on_write(kind, value):
    with pytest.raises(NodeError, match="information to remember") as refused:
        change_as(kind, VALUES[kind], "set", value)

    assert refused.value.code == "bad_variable"


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("number", " 3.5 ", 3.5),
        ("text", 3, "3"),
        ("text", True, "true"),
        ("text", None, ""),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("list_number", ["1", 2], [1, 2]),
        ("any", [1, "a"], [1, "a"]),
    ],
)
def test_texts_that_say_a_number_or_yes_or_no_become_those(kind, value, kept):
    after, _ = change_as(kind, VALUES[kind], "set", value)

    assert after == kept
    assert type(after) is type(kept)


@pytest.mark.parametrize("operator", OPERATORS)
def test_side_by_side_only_what_loses_nothing_may_change_what_the_conversation_remembers(operator):
    config = {"name": "conversation.total", "operator": operator, "value": 1}
    inner = {"nodes": [{"id": "set_variable_1", "type": "set_variable", "config": config}], "edges": []}
    each = {"id": "each_1", "type": "each", "config": {"list": [1], "at_once": 4}, "body": inner}
    drawn = graph(
        {"name": "total", "scope": "conversation", "type": "any"},
        nodes=(START, each),
        edges=({"source": "start_1", "target": "each_1"},),
    )

    codes = [problem.code for problem in check(drawn, CATALOGUE)]

    assert ("change_side_by_side" in codes) == (operator not in {"append", "extend", "add"})
