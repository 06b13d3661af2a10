"""Environment variables in a drawing: which are named, what is wrong with naming them, and their kinds."""

from typing import Any

import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.environment import env_of
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import Graph, graph_from_json

CATALOGUE = load_catalogue()
KNOWN = {"CURRENCY": "text", "RATES": "object", "SHOPS": "list", "LIMIT": "number", "OPEN": "boolean"}


def drawn(step: dict[str, Any]) -> Graph:
    """A start, the step, and a reply."""
    nodes = [
        {"id": "start_1", "type": "start"},
        {"id": "step_1", **step},
        {"id": "answer_1", "type": "answer"},
    ]
    edges = [{"source": "start_1", "target": "step_1"}, {"source": "step_1", "target": "answer_1"}]
    return graph_from_json({"nodes": nodes, "edges": edges})


def template(text: str) -> Graph:
    return drawn({"type": "template", "config": {"text": text}})


def branch(left: str, right: str) -> dict[str, Any]:
    test = {"left": left, "operator": "is", "right": right}
    return {"type": "branch", "config": {"cases": [{"name": "yes", "conditions": [test]}]}}


def wrong(graph: Graph, env: dict[str, str] | None = KNOWN) -> list[tuple[str, str | None]]:
    found = check(graph, CATALOGUE, env)
    return [(p.code, p.field) for p in found if p.severity == "error" and p.node == "step_1"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ env.CURRENCY }}",
        '{{ env["CURRENCY"] | default("EUR") }}',
        "{{ env.RATES.CHF.today }} {{ env.SHOPS[0].name }} {{ env.LIMIT }} {{ env.OPEN }}",
    ],
)
def test_what_is_defined_may_be_named_in_any_text(text: str) -> None:
    assert wrong(template(text)) == []


def test_one_that_is_not_defined_is_a_problem_of_its_field_in_texts_and_conditions() -> None:
    texts = wrong(template("Pay {{ env.CURENCY }}"))
    conditions = wrong(drawn(branch("{{ env.LIMITS }}", "{{ env.LIMIT }}")))

    assert texts == [("environment_missing", "text")]
    assert "environment_missing" in [code for code, _ in conditions]
    hints = [p.hint for p in check(template("{{ env.CURENCY }} {{ env.XYZ }}"), CATALOGUE, KNOWN)]
    assert "Did you mean 'CURRENCY'?" in hints
    assert "Add it under Settings ▸ Shared information." in hints


def test_inside_steps_that_repeat_they_are_known_as_well() -> None:
    inner = {"id": "template_1", "type": "template", "config": {"text": "{{ env.CURRENCY }} {{ env.NO }}"}}
    until = {"match": "all", "conditions": [{"left": "{{ env.ALSO_NOT }}", "operator": "is", "right": "x"}]}
    loop = {"type": "loop", "config": {"until": until}, "body": {"nodes": [inner]}}

    found = check(drawn(loop), CATALOGUE, KNOWN)

    missing = [(p.node, p.values["variable"]) for p in found if p.code == "environment_missing"]
    assert sorted(missing) == [("step_1", "ALSO_NOT"), ("template_1", "NO")]


@pytest.mark.parametrize("text", ["{{ env.CURRENCY.code }}", "{{ env.LIMIT[0] }}", "{{ env.SHOPS.first }}"])
def test_the_kind_of_a_variable_says_what_it_can_give(text: str) -> None:
    assert wrong(template(text)) == [("unknown_ref", "text")]


def test_one_must_be_named_and_not_all_of_them_at_once() -> None:
    assert wrong(template("{{ env }}")) == [("environment_unnamed", "text")]
    assert wrong(template("{{ env }}"), None) == [("environment_unnamed", "text")]


def test_nothing_is_said_of_them_where_nobody_knows_which_there_are() -> None:
    assert wrong(template("{{ env.ANYTHING.at.all }}"), None) == []


@pytest.mark.parametrize("operator", ["set", "append", "clear"])
def test_no_step_may_change_one(operator: str) -> None:
    config = {"name": "env.CURRENCY", "operator": operator, "value": "USD"}

    found = wrong(drawn({"type": "set_variable", "config": config}))

    assert ("environment_read_only", "name") in found


def test_the_names_of_a_drawing_are_those_of_all_its_steps_however_deep() -> None:
    inner = {"id": "template_1", "type": "template", "config": {"text": "{{ env.A }}{{ vars.B }}{{ env.C }}"}}
    each = {"type": "each", "config": {"items": "{{ env.D }}"}, "body": {"nodes": [inner]}}

    assert env_of(drawn(each)) == {"A", "C", "D"}
    assert env_of(template("env.A {{ start_1.query }} {{ broken")) == frozenset()


def test_a_file_names_them_and_holds_no_value() -> None:
    graph = template("{{ env.CURRENCY }}")

    text = workflow_to_yaml(WorkflowFile(name="Shop", description="", graph=graph))

    assert "{{ env.CURRENCY }}" in text
    assert env_of(workflow_from_yaml(text).graph) == {"CURRENCY"}
