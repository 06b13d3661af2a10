"""What a person is told about a graph before it runs."""

import pytest

from nodes.sdk import Field, Node, NodeConfig
from nodes.sdk.catalogue import Catalogue, load_catalogue
from nodes.sdk.check import check, require_known_types, roots, shapes
from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode
from tests.nodes.graphs import cases, graph

CATALOGUE = load_catalogue()
START, ANSWER = {"start_1": {}}, {"answer_1": {"text": "Hello"}}


def found(drawn, catalogue=CATALOGUE):
    return [(problem.code, problem.node, problem.field) for problem in check(drawn, catalogue)]


def with_prompt(config, **more):
    return graph(
        {**START, "prompt_1": config, "answer_1": {"text": "{{ prompt_1.text }}"}, **more},
        "start_1 -> prompt_1",
        "prompt_1 -> answer_1",
    )


def test_a_good_graph_has_no_problems():
    assert found(with_prompt({"user": "{{ start_1.query }}"})) == []


@pytest.mark.parametrize(
    ("drawn", "problem"),
    [
        (graph(ANSWER), ("no_start", None, None)),
        (graph({**START, "start_2": {}, **ANSWER}, "start_1 -> answer_1"), ("many_starts", "start_2", None)),
        (
            graph(
                {**START, "template_1": {"text": "x"}, **ANSWER},
                "template_1 -> start_1",
                "start_1 -> answer_1",
            ),
            ("edge_into_start", "start_1", None),
        ),
        (graph({**START, **ANSWER}), ("unreachable", "answer_1", None)),
        (graph(START), ("no_answer", None, None)),
        (graph({**START, **ANSWER}, "start_1.left -> answer_1"), ("bad_port", "start_1", None)),
        (
            graph({**START, "x_1": ("quantum", {}), **ANSWER}, "start_1 -> x_1", "x_1 -> answer_1"),
            ("unknown_type", "x_1", None),
        ),
        (with_prompt({}), ("missing_config", "prompt_1", "user")),
        (with_prompt({"user": " "}), ("missing_config", "prompt_1", "user")),
        (with_prompt({"user": 7}), ("bad_config", "prompt_1", "user")),
        (with_prompt({"user": "x", "temperature": 9}), ("bad_config", "prompt_1", "temperature")),
        (with_prompt({"user": "x", "temperature": "warm"}), ("bad_config", "prompt_1", "temperature")),
        (with_prompt({"user": "x", "colour": "red"}), ("unknown_field", "prompt_1", "colour")),
        (with_prompt({"user": "{{ start_1.query"}), ("bad_template", "prompt_1", "user")),
        (with_prompt({"user": "{{ nobody.text }}"}), ("unknown_ref", "prompt_1", "user")),
        (with_prompt({"user": "{{ start_1.qeury }}"}), ("unknown_ref", "prompt_1", "user")),
        (with_prompt({"user": "{{ start_1.query.length }}"}), ("unknown_ref", "prompt_1", "user")),
        (with_prompt({"user": "{{ answer_1.text }}"}), ("ref_not_upstream", "prompt_1", "user")),
        (with_prompt({"user": "{{ prompt_1.text }}"}), ("ref_not_upstream", "prompt_1", "user")),
        (with_prompt({"user": "x", "schema": {"$ref": "http://x/y"}}), ("bad_schema", "prompt_1", "schema")),
        (with_prompt({"user": "x", "schema": {"pattern": "(a+)+$"}}), ("bad_schema", "prompt_1", "schema")),
        (
            graph({**START, "branch_1": {"cases": [{"name": "a b"}]}}, "start_1 -> branch_1"),
            ("bad_case_name", "branch_1", "cases[0].name"),
        ),
        (
            graph({**START, "branch_1": {"cases": [{"name": "else"}]}}, "start_1 -> branch_1"),
            ("bad_case_name", "branch_1", "cases[0].name"),
        ),
        (
            graph({**START, "branch_1": cases("yes", "yes")}, "start_1 -> branch_1"),
            ("bad_case_name", "branch_1", "cases[1].name"),
        ),
        (
            graph({**START, "branch_1": {"cases": [{"name": "a", "conditions": []}]}}, "start_1 -> branch_1"),
            ("empty_case", "branch_1", "cases[0].conditions"),
        ),
        (
            graph(
                {**START, "branch_1": {"cases": [{"name": "a", "conditions": [{"left": "x"}]}]}},
                "start_1 -> branch_1",
            ),
            ("empty_condition", "branch_1", "cases[0].conditions[0].right"),
        ),
        (
            graph(
                {
                    **START,
                    "branch_1": {
                        "cases": [{"name": "a", "conditions": [{"operator": "equals", "right": 1}]}]
                    },
                },
                "start_1 -> branch_1",
            ),
            ("bad_config", "branch_1", "cases[0].conditions[0].operator"),
        ),
        (
            graph({"start_1": {"inputs": [{"name": "query"}]}}),
            ("duplicate_input", "start_1", "inputs[0].name"),
        ),
        (
            graph({"start_1": {"inputs": [{"name": "My name"}]}}),
            ("bad_input_name", "start_1", "inputs[0].name"),
        ),
        (
            graph({"start_1": {"inputs": [{"name": "size", "type": "choice"}]}}),
            ("no_choices", "start_1", "inputs[0].options"),
        ),
        (
            graph({"start_1": {"inputs": [{"name": "topics", "type": "list", "default": "sun"}]}}),
            ("bad_default", "start_1", "inputs[0].default"),
        ),
        (
            graph(
                {
                    "start_1": {
                        "inputs": [{"name": "a", "type": "list", "default": ["x"], "max_items": "many"}]
                    }
                }
            ),
            ("bad_config", "start_1", "inputs[0].max_items"),
        ),
        (graph({"start_1": {"inputs": "many"}}), ("bad_config", "start_1", "inputs")),
    ],
)
def test_a_problem_is_found_where_it_is(drawn, problem):
    assert problem in found(drawn)


def test_a_ref_that_does_not_lie_upstream_is_a_problem():
    """Edges order, refs carry data: what stands beside, behind, or in a body beside gives nothing."""
    refs = {"itself": "template_1", "beside": "template_2", "behind": "answer_1", "before": "start_1"}
    problems = {
        where: found(
            graph(
                {
                    **START,
                    "template_1": {"text": f"{{{{ {id}.{'query' if id == 'start_1' else 'text'} }}}}"},
                    "template_2": {"text": "x"},
                    "answer_1": {"text": "{{ template_1.text }}{{ template_2.text }}"},
                },
                "start_1 -> template_1",
                "start_1 -> template_2",
                "template_1 -> answer_1",
                "template_2 -> answer_1",
            )
        )
        for where, id in refs.items()
    }

    not_upstream = [("ref_not_upstream", "template_1", "text")]
    assert problems == {"itself": not_upstream, "beside": not_upstream, "behind": not_upstream, "before": []}


def test_every_problem_is_said_in_a_sentence_with_what_to_do():
    drawn = graph(
        {**START, "start_2": {}, "prompt_1": {"user": "{{ a.b }}", "x": 1}, "y_1": ("quantum", {})},
        "start_1.b -> prompt_1",
    )

    problems = check(drawn, CATALOGUE)
    assert {"many_starts", "unknown_ref", "unknown_field", "unknown_type", "bad_port"} <= {
        problem.code for problem in problems
    }
    for problem in problems:
        assert problem.message.endswith(".")
        assert problem.hint.endswith(".")
        assert problem.to_json()["severity"] in ("error", "warning")


def test_errors_come_before_warnings():
    severities = [problem.severity for problem in check(graph({**START, "prompt_1": {}}), CATALOGUE)]

    assert severities == sorted(severities)
    assert {"error", "warning"} == set(severities)


def test_a_setting_filled_by_a_ref_is_judged_when_it_is_filled():
    drawn = with_prompt({"user": "x", "temperature": "{{ start_1.query | number }}"})

    assert found(drawn) == []


def test_a_ref_to_parts_of_a_shaped_reply_is_known():
    shape = {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array"}}}
    good = with_prompt({"user": "x", "schema": shape}, template_1={"text": "{{ prompt_1.data.name }}"})
    edges = (*good.edges, Edge("prompt_1", "out", "template_1"))

    assert found(Graph(good.nodes, edges)) == []
    bad = dict(good.nodes)
    bad["template_1"] = GraphNode("template_1", "template", config={"text": "{{ prompt_1.data.nmae }}"})
    assert found(Graph(bad, edges)) == [("unknown_ref", "template_1", "text")]


def test_the_error_of_a_step_may_be_used_where_it_is_connected():
    drawn = graph(
        {
            **START,
            "prompt_1": {"user": "x"},
            "answer_1": {"text": "{{ prompt_1.message }} {{ prompt_1.code }}"},
        },
        "start_1 -> prompt_1",
        "prompt_1.error -> answer_1",
    )

    assert found(drawn) == []


def test_hand_made_graphs_with_cycles_or_loose_edges_are_problems_and_no_crash():
    nodes = {name: GraphNode(name, "template", config={"text": "x"}) for name in "ab"}

    assert found(Graph(nodes, (Edge("a", "out", "b"), Edge("b", "out", "a"))))[0][0] == "cycle"
    assert found(Graph(nodes, (Edge("a", "out", "z"),)))[0][0] == "dangling_edge"


def test_an_unknown_type_can_be_refused_outright_in_bodies_too():
    inner = Graph({"b": GraphNode("b", "quantum")})

    with pytest.raises(GraphError) as raised:
        require_known_types(Graph({"a": GraphNode("a", "template", body=inner)}), CATALOGUE)
    assert raised.value.code == "unknown_type"


def test_a_body_may_use_what_comes_before_its_container():
    inner = Graph(
        {
            "template_1": GraphNode(
                "template_1", "template", config={"text": "{{ start_1.query }}{{ a.item }}"}
            )
        }
    )
    nodes = {
        "start_1": GraphNode("start_1", "start"),
        "a": GraphNode("a", "each", config={"items": "{{ start_1.query }}"}, body=inner),
        "answer_1": GraphNode("answer_1", "answer", config={"text": "{{ template_1.text }}"}),
    }
    drawn = Graph(nodes, (Edge("start_1", "out", "a"), Edge("a", "out", "answer_1")))

    assert found(drawn) == [("ref_into_body", "answer_1", "text")]


def test_a_type_whose_own_code_fails_gives_a_problem_and_no_crash():
    class Fragile(Node):
        type, title = "fragile", "Fragile"

        class Config(NodeConfig):
            text: str = Field("", title="Text")

        @classmethod
        def ports(cls, config):
            raise RuntimeError("secret")

        @classmethod
        def output_schema(cls, config):
            raise RuntimeError("secret")

        @classmethod
        def check(cls, config):
            raise RuntimeError("secret")

    catalogue = Catalogue({**CATALOGUE.types, "fragile": Fragile}, {})
    drawn = graph({**START, "fragile_1": {}, **ANSWER}, "start_1 -> fragile_1", "fragile_1 -> answer_1")

    assert found(drawn, catalogue) == [("bad_config", "fragile_1", None)]
    assert shapes(drawn, catalogue)["fragile_1"] == {
        "ports": [{"name": "out", "title": ""}],
        "output": {},
        "own": {},
        "attempts": 1,
    }


def test_an_old_config_is_brought_up_to_date_before_it_is_judged():
    class Renamed(Node):
        type, title, version = "renamed", "Renamed", 2

        class Config(NodeConfig):
            text: str = Field(title="Text")

        @classmethod
        def migrate(cls, config, version):
            return {"text": config["words"]}

    catalogue = Catalogue({**CATALOGUE.types, "renamed": Renamed}, {})

    def drawn(version, config):
        node = GraphNode("r_1", "renamed", version=version, config=config)
        nodes = {"start_1": GraphNode("start_1", "start"), "r_1": node}
        return Graph(nodes, (Edge("start_1", "out", "r_1"),))

    assert found(drawn(1, {"words": "x"}), catalogue) == [("no_answer", None, None)]
    assert ("newer_version", "r_1", None) in found(drawn(3, {"text": "x"}), catalogue)


def test_shapes_follow_the_config():
    drawn = graph(
        {
            "start_1": {
                "inputs": [{"name": "size", "label": "Size", "type": "choice", "options": ["s", "l"]}]
            },
            "branch_1": {"cases": [{"name": "big", "title": "Big one"}, {"title": "no name yet"}]},
            "prompt_1": {
                "user": "x",
                "schema": {"type": "object", "properties": {"age": {"type": "integer"}}},
            },
        }
    )
    now = shapes(drawn, CATALOGUE)

    assert now["start_1"]["output"]["properties"]["size"] == {
        "type": "string",
        "title": "Size",
        "enum": ["s", "l"],
    }
    assert now["branch_1"]["ports"] == [
        {"name": "big", "title": "Big one"},
        {"name": "else", "title": "Otherwise"},
    ]
    assert now["prompt_1"]["output"]["properties"]["data"]["properties"] == {"age": {"type": "integer"}}


def test_a_run_begins_at_the_start_and_nowhere_else():
    assert roots(graph({**START, **ANSWER, "template_1": {"text": "x"}}), CATALOGUE) == ["start_1"]
    assert roots(graph({**ANSWER, "template_1": {"text": "x"}}), CATALOGUE) == ["answer_1", "template_1"]


def test_a_graph_of_the_greatest_size_is_checked():
    nodes = {"start_1": {}, "template_0": {"text": "x"}, "answer_1": {"text": "{{ template_0.text }}"}}
    nodes |= {f"template_{i}": {"text": f"{{{{ template_{i - 1}.text }}}}"} for i in range(1, 997)}
    edges = ["start_1 -> template_0", "template_996 -> answer_1"]
    edges += [f"template_{i} -> template_{i + 1}" for i in range(996)]

    assert found(graph(nodes, *edges)) == []


def test_an_app_that_ends_with_a_message_says_something():
    assert found(graph({**START, "stop_1": {"message": "Bye"}}, "start_1 -> stop_1")) == []
