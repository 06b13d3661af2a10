"""What a drawing may say about a node that fails."""

import pytest

from nodes.sdk.answers import AnswerFold, AnswerPlan, compile_answers
from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import Graph, GraphError, Policy, graph_from_json, graph_to_json
from workers.engine.testing import build

CATALOGUE = load_catalogue()
DRAWING = "start -> prompt -> answer"
CONFIGS = {
    "start_1": {},
    "prompt_1": {"user": "{{ start_1.query }}"},
    "answer_1": {"text": "{{ prompt_1.text }}"},
}
FULL = Policy(4, 2.5, 30, ("model_busy", "http_429"), "default", {"text": "Sorry.", "model": ""})


def drawn(policy: Policy, drawing: str = DRAWING) -> Graph:
    return build(drawing, configs=CONFIGS, policies={"prompt_1": policy})


def codes(graph: Graph) -> list[str]:
    return [problem.code for problem in check(graph, CATALOGUE)]


def test_a_policy_is_the_same_again_from_json_and_from_a_file():
    graph = drawn(FULL)

    assert graph_from_json(graph_to_json(graph)).nodes["prompt_1"].policy == FULL
    text = workflow_to_yaml(WorkflowFile("App", graph))
    assert workflow_from_yaml(text).graph.nodes["prompt_1"].policy == FULL


@pytest.mark.parametrize(
    "policy",
    [
        {"on_error": "explode"},
        {"on_error": 1},
        {"retry_codes": "model_busy"},
        {"retry_codes": [1]},
        {"retry_codes": [""]},
        {"retry_codes": ["x" * 51]},
        {"retry_codes": ["a\0"]},
        {"retry_codes": ["model_busy"] * 51},
        {"default": float("nan")},
        {"default": "\ud800"},
        {"max_attempts": 11},
        {"retries": 3},
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_with_the_place(policy):
    value = graph_to_json(drawn(Policy()))
    value["nodes"][1]["policy"] = policy

    with pytest.raises(GraphError) as caught:
        graph_from_json(value)

    assert caught.value.field.startswith("nodes[1].policy")


def test_a_default_that_fits_the_output_is_no_problem():
    output = {"text": "Sorry.", "data": None, "model": "", "finish": ""}
    schema = CATALOGUE.types["prompt"].output_schema({})
    default = {name: output.get(name) for name in schema["required"]} | {"text": "Sorry."}

    assert codes(drawn(Policy(on_error="default", default=default))) == []


@pytest.mark.parametrize("default", [None, "Sorry.", {}, {"text": 3}, {"text": "Sorry.", "nonsense": 1}])
def test_a_default_that_does_not_fit_the_output_is_a_problem(default):
    assert "bad_fallback" in codes(drawn(Policy(on_error="default", default=default)))


@pytest.mark.parametrize(
    ("default", "at", "why", "part"),
    [
        ({"text": 3}, ".text", "text", ""),
        ({"model": "m"}, ".text", "missing", ""),
        ({"text": "Sorry.", "nonsense": 1}, "", "extra", "nonsense"),
        ({"text": "Sorry.", "model": {}}, ".model", "text", ""),
        ("Sorry.", "", "", ""),
    ],
)
def test_what_is_wrong_in_a_default_is_said_where_it_is_and_by_its_kind(default, at, why, part):
    problem = next(p for p in check(drawn(Policy(on_error="default", default=default)), CATALOGUE))

    assert (problem.code, problem.field) == ("bad_fallback", f"policy.default{at}")
    assert (problem.values["why"], problem.values["part"]) == (why, part)


def test_a_default_that_names_no_way_there_is_must_be_one_of_the_choices():
    case = {"name": "a", "title": "Angry", "conditions": []}
    graph = build(
        "start -> branch -> answer",
        configs={"branch_1": {"cases": [case]}, "answer_1": {"text": "x"}},
        policies={"branch_1": Policy(on_error="default", default={"case": "gone", "title": ""})},
    )
    problem = next(p for p in check(graph, CATALOGUE) if p.code == "bad_fallback")

    assert (problem.field, problem.values["why"]) == ("policy.default.case", "choice")


@pytest.mark.parametrize(
    ("name", "field", "config", "ways"),
    [
        ("branch", "case", {"cases": [{"name": "a", "title": "Angry"}]}, ["a", "else"]),
        ("classify", "name", {"groups": [{"name": "b", "title": "Bills"}]}, ["b", "else"]),
    ],
)
def test_what_a_deciding_node_gives_says_among_which_ways_it_decides(name, field, config, ways):
    schema = CATALOGUE.types[name].output_schema(config)

    assert [way["const"] for way in schema["properties"][field]["oneOf"]] == ways


def test_a_default_must_say_which_way_to_go_on():
    graph = build(
        "start -> branch -> answer",
        configs={"branch_1": {"cases": []}, "answer_1": {"text": "x"}},
        policies={"branch_1": Policy(on_error="default", default={"case": "gone", "title": ""})},
    )
    found = {problem.node: problem.code for problem in check(graph, CATALOGUE) if problem.severity == "error"}

    assert found == {"branch_1": "fallback_without_path"}


def test_an_error_that_does_not_exist_cannot_be_tried_again():
    assert "unknown_code" in codes(drawn(Policy(retry_codes=("model_bussy",))))
    assert "unknown_code" not in codes(drawn(Policy(retry_codes=("model_busy",))))


def test_a_path_that_is_never_taken_and_one_that_leads_nowhere_are_warned_of():
    wired = f"{DRAWING}\nprompt_1.error -> answer_1"

    assert codes(drawn(Policy(on_error="fail"), wired)) == ["error_path_unused"]
    assert codes(drawn(Policy(on_error="port"))) == ["error_path_missing"]
    assert codes(drawn(Policy(on_error="port"), wired)) == []
    assert codes(drawn(Policy(), wired)) == []


def test_words_of_a_step_that_may_go_on_with_something_else_are_not_shown_before_it_is_done():
    fold = AnswerFold(compile_answers(drawn(FULL), CATALOGUE))
    fold.event("node_started", "start_1", {"attempt": 1})
    fold.event("node_succeeded", "start_1", {"output": {"query": "hi"}, "port": "out"})
    fold.event("node_started", "prompt_1", {"attempt": 1})
    fold.delta("prompt_1", 1, 0, "The sky is")

    assert fold.text == ""

    error = {"code": "model_busy", "message": "Busy."}
    fold.event(
        "node_failed", "prompt_1", {"error": error, "port": "out", "default": True, "output": FULL.default}
    )
    assert fold.text == "Sorry."


def test_a_plan_stored_before_there_were_defaults_is_read():
    plan = compile_answers(drawn(Policy()), CATALOGUE)
    stored = plan.to_json()

    assert all("default" not in node for node in stored["nodes"])
    assert AnswerPlan.from_json(stored) == plan
    with_default = compile_answers(drawn(FULL), CATALOGUE)
    assert AnswerPlan.from_json(with_default.to_json()) == with_default
