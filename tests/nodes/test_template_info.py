"""What a template says of itself: its set-up and its trials are held against the steps that it has."""

import pytest

from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import GraphError

TEMPLATE = """
treadle: 1
name: Greet
template:
  order: 1
  title: {{en: Greet, zh: 问候}}
  summary: {{en: Greets, zh: 问候}}
  suggestions: {{en: [Hi], zh: [你好]}}
  {more}
nodes:
  start_1: {{type: start}}
  each_1:
    type: each
    config: {{items: "a, b"}}
    body:
      nodes: {{template_1: {{type: template, config: {{text: Hello}}}}}}
edges: [start_1 -> each_1]
"""
BOTH = "{en: How?, zh: 怎样？}"


def read(more: str):
    return workflow_from_yaml(TEMPLATE.format(more=more)).template


def question(step: str = "each_1", field: str = "items", label: str = BOTH) -> str:
    return f"{{step: {step}, field: {field}, label: {label}, example: {BOTH}}}"


def test_a_set_up_asks_for_settings_of_steps_at_any_depth():
    template = read(f"setup: [{question()}, {question('template_1', 'text')}]")

    assert [(one.step, one.field) for one in template.setup] == [("each_1", "items"), ("template_1", "text")]
    assert template.setup[0].label == {"en": "How?", "zh": "怎样？"}


def test_what_is_not_said_is_nothing():
    template = read("")

    assert (template.group, template.needs_model, template.setup, template.trials) == ("basics", (), (), ())


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        (f"setup: [{question(step='nobody_1')}]", "unknown_node", "template.setup[0].step"),
        (f"setup: [{question(field='nothing')}]", "unknown_field", "template.setup[0].field"),
        (f"setup: [{question(field='[a]')}]", "wrong_type", "template.setup[0].field"),
        (f"setup: [{question(label='{en: How?}')}]", "missing_field", "template.setup[0].label"),
        (f"setup: [{', '.join([question()] * 4)}]", "out_of_range", "template.setup"),
        ("setup: {}", "wrong_type", "template.setup"),
        ("setup: [{step: each_1}]", "missing_field", "template.setup[0]"),
        ("group: others", "wrong_type", "template.group"),
        ("needs_model: [fr]", "wrong_type", "template.needs_model"),
        ("trials: [{expects: x}]", "missing_field", "template.trials[0]"),
        (
            f"trials: [{{question: {BOTH}, given: {{nobody_1: {{}}}}}}]",
            "unknown_node",
            "template.trials[0].given",
        ),
        (f"trials: [{{question: {BOTH}, given: []}}]", "wrong_type", "template.trials[0].given"),
    ],
)
def test_what_does_not_fit_the_steps_is_refused_where_it_stands(more: str, code: str, field: str):
    with pytest.raises(GraphError) as raised:
        read(more)

    assert (raised.value.code, raised.value.field) == (code, field)
    assert raised.value.message.endswith(".")


def test_too_many_questions_are_counted():
    with pytest.raises(GraphError, match="has 4 questions; at most 3 are asked"):
        read(f"setup: [{', '.join([question()] * 4)}]")
