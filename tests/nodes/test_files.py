"""Workflow files: read strictly, written the same every time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.sdk.files import WorkflowFile, in_language, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import Edge, Graph, GraphError, GraphNode, Policy
from nodes.sdk.template_info import SetUpQuestion, TemplateInfo, Trial
from nodes.sdk.yaml_text import read_yaml

SMALL = """\
treadle: 1
name: Small
nodes:
  start_1: {type: start, config: {}}
  branch_1:
    type: branch
    title: What is it?
    config:
      cases: []
  answer_1: {type: answer, config: {text: "Hi"}}
edges:
  - start_1 -> branch_1
  - branch_1.else -> answer_1
layout:
  branch_1: [320, -10.5]
"""


def test_a_file_is_read():
    file = workflow_from_yaml(SMALL)

    assert file.name == "Small"
    assert list(file.graph.nodes) == ["start_1", "branch_1", "answer_1"]
    assert file.graph.edges == (Edge("start_1", "out", "branch_1"), Edge("branch_1", "else", "answer_1"))
    assert file.graph.nodes["branch_1"].position == (320, -10.5)
    assert file.graph.nodes["branch_1"].title == "What is it?"


def test_a_file_is_written_in_blocks_by_id():
    assert (
        workflow_to_yaml(workflow_from_yaml(SMALL))
        == """\
treadle: 1
name: Small
nodes:
  answer_1:
    type: answer
    config:
      text: Hi
  branch_1:
    type: branch
    title: What is it?
    config:
      cases: []
  start_1:
    type: start
    config: {}
edges:
  - branch_1.else -> answer_1
  - start_1 -> branch_1
layout:
  answer_1: [0, 0]
  branch_1: [320, -10.5]
  start_1: [0, 0]
"""
    )


def test_everything_survives_the_file():
    inner = Graph({"c": GraphNode("c", "answer", config={"text": "x"}, position=(1, 2))})
    nodes = {
        "a": GraphNode("a", "start", 2, "Beginning", {"x": [1, 2]}, Policy(2, 0.5, 9.5), None, (0, 0.25)),
        "b": GraphNode("b", "loop", config={"n": None, "t": True, "f": 1.0}, body=inner),
    }
    both = {"en": "A", "zh": "甲"}
    template = TemplateInfo(
        1,
        both,
        {"en": "B", "zh": "乙"},
        {"en": ("?",), "zh": ()},
        {"zh": {"A": "甲"}},
        "team",
        ("zh",),
        (SetUpQuestion("a", "x", both, both),),
        (Trial(both), Trial(both, both, {"b": {"fields": {"n": 1}}})),
    )
    file = WorkflowFile("All", Graph(nodes, (Edge("a", "error", "b"),)), "Says: much", template)

    assert workflow_from_yaml(workflow_to_yaml(file)) == file


plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(
        [
            "yes",
            "no",
            "null",
            "~",
            "1e3",
            "0x1F",
            "1:30",
            "2026-01-01",
            " a",
            "a ",
            "- a",
            "#",
            "a\nb\n",
            "\n",
            "<<",
            "\x85",
            "a\r\nb",
            "\u2028a\n",
            "\ufeffa",
            "a \n b",
            "  a\nb",
            "a\tb\n\t",
            "\x7f",
            "\U0001f642\n",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab :#\n\x85?-", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), plain_json, max_size=4))
def test_any_config_survives_the_file_exactly(config):
    file = WorkflowFile("x", Graph({"a": GraphNode("a", "template", config=config)}))

    read = workflow_from_yaml(workflow_to_yaml(file))

    assert read == file
    assert repr(read.graph.nodes["a"].config) == repr(config)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("True", "True"),
        ("null", None),
        ("", None),
        ("'null'", "null"),
        ("12", 12),
        ("012", "012"),
        ("0x1f", "0x1f"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", ".5"),
        (".nan", ".nan"),
        ("12345678901234567890", 1.2345678901234567e19),
        ("{1: a}", {"1": "a"}),
        ("<<: 1", {"<<": 1}),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_only_what_json_has_is_anything_but_text(text, value):
    assert read_yaml(text) == value


def lines(**more):
    return SMALL + "".join(f"{key}: {value}\n" for key, value in more.items())


BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"
BAD = {
    "nothing": ("", "not_a_workflow"),
    "a list": ("[1, 2]", "not_a_workflow"),
    "another file": ("version: 3\nservices: {}\n", "not_a_workflow"),
    "no YAML": ("a: [1, 2", "bad_yaml"),
    "a tab": ("a:\n\tb: 1", "bad_yaml"),
    "a NUL": ("treadle: 1\nname: a\0b\n", "bad_yaml"),
    "half a character": ("treadle: 1\nname: '\ud800'\n", "bad_yaml"),
    "an escaped NUL": ('treadle: 1\nname: "a\\0b"\nnodes: {}\n', "bad_text"),
    "two documents": (SMALL + "---\n" + SMALL, "many_documents"),
    "an alias bomb": (BOMB, "alias"),
    "an anchor": ("treadle: &x 1\n", "alias"),
    "a Python object": ("treadle: !!python/object/apply:os.system [id]\n", "bad_yaml"),
    "a binary": ("treadle: !!binary aGk=\n", "bad_yaml"),
    "a depth bomb": ("a: " + "[" * 10_000, "too_deep"),
    "a depth bomb of maps": ("{a: " * 10_000, "too_deep"),
    "a name that is a list": ("? [a]\n: 1\n", "wrong_type"),
    "the same key twice": (SMALL + "name: Again\n", "duplicate_key"),
    "the same node twice": (SMALL.replace("  branch_1:\n", "  start_1:\n", 1), "duplicate_key"),
    "a newer format": (SMALL.replace("treadle: 1", "treadle: 2"), "newer_file"),
    "a format that is a text": (SMALL.replace("treadle: 1", "treadle: one"), "wrong_type"),
    "no name": (SMALL.replace("name: Small\n", ""), "missing_field"),
    "a name that is a number": (SMALL.replace("name: Small", "name: 7"), "wrong_type"),
    "an unknown field": (lines(colour="red"), "unknown_field"),
    "a description that is a list": (lines(description="[]"), "wrong_type"),
    "no nodes": ("treadle: 1\nname: x\n", "missing_field"),
    "nodes as a list": ("treadle: 1\nname: x\nnodes: []\n", "wrong_type"),
    "a node that is a text": ("treadle: 1\nname: x\nnodes: {a: start}\n", "wrong_type"),
    "a node without a type": ("treadle: 1\nname: x\nnodes: {a: {config: {}}}\n", "missing_field"),
    "an unknown field of a node": (
        "treadle: 1\nname: x\nnodes: {a: {type: start, id: b}}\n",
        "unknown_field",
    ),
    "a bad id": ("treadle: 1\nname: x\nnodes: {A-1: {type: start}}\n", "bad_name"),
    "an edge that is no edge": (SMALL.replace("- start_1 -> branch_1", "- start_1 to branch_1"), "bad_edge"),
    "an edge that is a mapping": (SMALL.replace("- start_1 -> branch_1", "- {a: b}"), "bad_edge"),
    "an edge to nowhere": (SMALL.replace("- start_1 -> branch_1", "- start_1 -> nowhere"), "dangling_edge"),
    "a cycle": (SMALL.replace("- start_1 -> branch_1", "- answer_1 -> branch_1"), "cycle"),
    "edges as a text": ("treadle: 1\nname: x\nnodes: {}\nedges: a\n", "wrong_type"),
    "a place of a step that is not there": (SMALL + "  nowhere: [1, 2]\n", "unknown_node"),
    "a place of three numbers": (SMALL + "  start_1: [1, 2, 3]\n", "wrong_type"),
    "a layout that is a list": (SMALL.split("layout:")[0] + "layout: []\n", "wrong_type"),
    "a giant number": (SMALL.replace('text: "Hi"', "text: 9007199254740993"), "number_too_large"),
    "a number beyond all": (SMALL.replace('text: "Hi"', "text: 1e999"), "not_finite"),
    "a template without words": (lines(template="{order: 1}"), "missing_field"),
    "too large": ("#" * 5_000_001, "file_too_large"),
    "bodies too deep": (
        "treadle: 1\nname: x\nnodes: "
        + "".join(f"{{n{i}: {{type: a, body: {{nodes: " for i in range(12))
        + "{}"
        + "}}}" * 12,
        "too_deep",
    ),
}


@pytest.mark.parametrize(("text", "code"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_a_code_and_a_sentence(text, code):
    with pytest.raises(GraphError) as raised:
        workflow_from_yaml(text)

    assert raised.value.code == code
    assert raised.value.message.endswith(".")
    assert len(raised.value.message) < 400


def test_an_error_in_a_step_names_the_step():
    with pytest.raises(GraphError) as raised:
        workflow_from_yaml("treadle: 1\nname: x\nnodes: {ok: {type: a}, bad_1: {type: a, version: x}}\n")

    assert raised.value.field == "nodes.bad_1.version"
    assert raised.value.message == "nodes.bad_1.version must be a whole number."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{nodes: {x: {type: a}, y: {type: a, version: x}}}", "nodes.ok.body.nodes.y.version"),
        ("{nodes: {x: {type: a}}, edges: [x -> ]}", "nodes.ok.body.edges[0]"),
        ("{nodes: {x: {type: a}}, layout: {z: [0, 0]}}", "nodes.ok.body.layout"),
        ("{nodes: {x: {type: a, body: {nodes: {y: {}}}}}}", "nodes.ok.body.nodes.x.body.nodes.y"),
        ("{nodes: {x: {type: a, body: {nodes: {ok: {type: a}}}}}}", "nodes.ok.id"),
        ("{nodes: [x]}", "nodes.ok.body.nodes"),
    ],
)
def test_an_error_inside_a_body_names_its_place(body, field):
    with pytest.raises(GraphError) as raised:
        workflow_from_yaml(f"treadle: 1\nname: x\nnodes: {{ok: {{type: a, body: {body}}}}}\n")

    assert raised.value.field == field


@given(st.text(alphabet="abc:-[]{}&*!|>'\"#\n \t,%@`?1.", max_size=80))
def test_any_text_is_read_or_refused(text):
    for start in ("", "treadle: 1\nname: x\nnodes:\n"):
        try:
            workflow_from_yaml(start + text)
        except GraphError:
            continue


def test_a_file_of_the_greatest_size_is_read():
    head = "treadle: 1\nname: x\nnodes:\n  a:\n    type: template\n    config:\n      words:\n"
    line = "        - some words that a person may have written\n"
    text = head + line * ((5_000_000 - len(head)) // len(line))

    assert len(workflow_from_yaml(text).graph.nodes["a"].config["words"]) > 90_000


def test_a_template_speaks_the_language_of_who_takes_it():
    template = TemplateInfo(
        1,
        {"en": "Sort", "zh": "分类"},
        {"en": "", "zh": ""},
        {"en": (), "zh": ()},
        {"zh": {"Billing": "账单"}},
    )
    node = GraphNode("a", "branch", title="Billing", config={"cases": [{"title": "Billing", "name": "b"}, 7]})
    inner = Graph({"c": GraphNode("c", "template", title="Billing", config={"text": "Billing"})})
    nodes = {"a": node, "b": GraphNode("b", "each", body=inner)}
    file = WorkflowFile("Sort", Graph(nodes), template=template)
    taken = in_language(file, "zh")
    inside = taken.graph.nodes["b"].body

    assert taken.name == "分类"
    assert taken.graph.nodes["a"].title == "账单"
    assert taken.graph.nodes["a"].config == {"cases": [{"title": "账单", "name": "b"}, 7]}
    assert (inside.nodes["c"].title, inside.nodes["c"].config) == ("账单", {"text": "账单"})
    assert in_language(file, "en").graph == file.graph


WITH_NOTES = (
    SMALL
    + """\
groups:
  group_1: {title: Sorting, nodes: [branch_1, answer_1]}
notes:
  note_10: {at: [0, -200], size: [300, 120], text: "**Ask Mei** before you change this."}
  note_2: {colour: pink}
"""
)


def test_notes_and_groups_survive_the_file():
    file = workflow_from_yaml(WITH_NOTES)
    written = workflow_to_yaml(file)

    assert workflow_to_yaml(workflow_from_yaml(written)) == written
    assert [(note.id, note.colour) for note in file.graph.notes] == [("note_10", "amber"), ("note_2", "pink")]
    assert file.graph.groups[0].nodes == ("branch_1", "answer_1")
    assert written.endswith("""\
groups:
  group_1:
    title: Sorting
    nodes:
      - branch_1
      - answer_1
notes:
  note_2:
    colour: pink
    at: [0, 0]
    size: [240, 160]
    text: ""
  note_10:
    at: [0, -200]
    size: [300, 120]
    text: '**Ask Mei** before you change this.'
""")


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("notes: [x]", "wrong_type"),
        ("notes: {note_1: x}", "wrong_type"),
        ("notes: {note_1: {at: [1]}}", "wrong_type"),
        ("notes: {note_1: {at: 7}}", "wrong_type"),
        ("notes: {note_1: {size: [1, 1]}}", "out_of_range"),
        ("notes: {note_1: {id: note_2}}", "unknown_field"),
        ("notes: {Note 1: {}}", "bad_name"),
        ("groups: []", "wrong_type"),
        ("groups: {group_1: {}}", "missing_field"),
        ("groups: {group_1: {nodes: [nobody_1]}}", "unknown_node"),
        ("groups: {group_1: {nodes: [start_1], collapsed: true}}", "unknown_field"),
    ],
)
def test_notes_and_groups_of_a_file_are_read_strictly(block, code):
    with pytest.raises(GraphError) as raised:
        workflow_from_yaml(SMALL + block + "\n")

    assert raised.value.code == code
