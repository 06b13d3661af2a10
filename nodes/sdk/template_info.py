"""How a template is offered: its place, its words, what it asks to become one's own, and how it is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args

from nodes.sdk.graph import Graph, GraphError, GraphNode
from nodes.sdk.shapes import all_nodes
from nodes.sdk.strict import (
    NODE_ID,
    check_text,
    read_list,
    read_name,
    read_object,
    read_title,
    read_whole,
    shorten,
    wrong_type,
)
from nodes.sdk.values import Json

LANGUAGES: Final = ("en", "zh")
MOST_SETUP: Final = 3
"""Questions of a set-up; who is asked more goes away."""

TemplateGroup = Literal["customers", "team", "texts", "agents", "basics"]
GROUPS: Final[tuple[TemplateGroup, ...]] = get_args(TemplateGroup)

_FIELDS: Final = frozenset(
    {"order", "group", "title", "summary", "suggestions", "needs_model", "setup", "trials", "words"}
)


@dataclass(frozen=True)
class SetUpQuestion:
    """What makes a template one's own: the answer is the setting `field` of the step `step`.

    What stands there already is a working answer. `example` is another one, by language.
    """

    step: str
    field: str
    label: Mapping[str, str]
    example: Mapping[str, str]


@dataclass(frozen=True)
class Trial:
    """A question that tells whether an app does its work, by language, and what its answer must hold.

    `expects` is empty where a model words the answer. `given`: what a person fills in where a step asks for
    it, by the step's id, as its output.
    """

    question: Mapping[str, str]
    expects: Mapping[str, str] = field(default_factory=dict[str, str])
    given: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class TemplateInfo:
    """How a template is offered: its place, and its words by language.

    `words` says for a language what texts inside the workflow become, such as {"zh": {"Billing": "账单"}}.
    `needs_model`: languages in which it is of use only with a better model than the practice model.
    """

    order: int
    title: Mapping[str, str]
    summary: Mapping[str, str]
    suggestions: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    group: TemplateGroup = "basics"
    needs_model: tuple[str, ...] = ()
    setup: tuple[SetUpQuestion, ...] = ()
    trials: tuple[Trial, ...] = ()


def read_template(value: Json, graph: Graph) -> TemplateInfo:
    """Reads the section `template` of a file that holds `graph`. Raises GraphError."""
    fields = read_object(value, "template", _FIELDS, required=("order", "title", "summary", "suggestions"))
    suggestions = read_object(fields["suggestions"], "template.suggestions", frozenset(LANGUAGES), LANGUAGES)
    words = read_object(fields.get("words", {}), "template.words", frozenset(LANGUAGES))
    return TemplateInfo(
        order=read_whole(fields["order"], "template.order", 0, 10_000),
        title=_words(fields["title"], "template.title"),
        summary=_words(fields["summary"], "template.summary"),
        suggestions={
            language: tuple(
                read_title(one, f"template.suggestions.{language}")
                for one in read_list(suggestions[language], f"template.suggestions.{language}")
            )
            for language in LANGUAGES
        },
        words={language: _texts(texts, f"template.words.{language}") for language, texts in words.items()},
        group=cast("TemplateGroup", _one_of(fields.get("group", "basics"), "template.group", GROUPS)),
        needs_model=tuple(
            _one_of(one, "template.needs_model", LANGUAGES)
            for one in read_list(fields.get("needs_model", []), "template.needs_model")
        ),
        setup=_setup(fields.get("setup", []), graph),
        trials=tuple(
            _trial(one, f"template.trials[{i}]", graph)
            for i, one in enumerate(read_list(fields.get("trials", []), "template.trials"))
        ),
    )


def template_to_block(template: TemplateInfo) -> dict[str, Json]:
    """The section of a file, such that `read_template` gives the same again."""
    block: dict[str, Json] = {"order": template.order}
    if template.group != "basics":
        block["group"] = template.group
    block["title"] = dict(template.title)
    block["summary"] = dict(template.summary)
    block["suggestions"] = {language: list(said) for language, said in template.suggestions.items()}
    if template.needs_model:
        block["needs_model"] = list(template.needs_model)
    if template.setup:
        block["setup"] = [
            {"step": one.step, "field": one.field, "label": dict(one.label), "example": dict(one.example)}
            for one in template.setup
        ]
    if template.trials:
        block["trials"] = [_trial_to_block(one) for one in template.trials]
    if template.words:
        block["words"] = {language: dict(words) for language, words in template.words.items()}
    return block


def _trial_to_block(trial: Trial) -> dict[str, Json]:
    return {
        "question": dict(trial.question),
        **({"expects": dict(trial.expects)} if trial.expects else {}),
        **({"given": dict(trial.given)} if trial.given else {}),
    }


def _setup(value: Json, graph: Graph) -> tuple[SetUpQuestion, ...]:
    questions = read_list(value, "template.setup")
    if len(questions) > MOST_SETUP:
        message = f"template.setup has {len(questions)} questions; at most {MOST_SETUP} are asked."
        raise GraphError("out_of_range", message, "Leave some out.", "template.setup")
    return tuple(_question(one, f"template.setup[{i}]", graph) for i, one in enumerate(questions))


def _question(value: Json, at: str, graph: Graph) -> SetUpQuestion:
    known = ("step", "field", "label", "example")
    fields = read_object(value, at, frozenset(known), required=known)
    node = _node(fields["step"], f"{at}.step", graph)
    setting = fields["field"]
    if not isinstance(setting, str):
        raise wrong_type(f"{at}.field", "a text")
    if setting not in node.config:
        raise GraphError(
            "unknown_field",
            f"{at} asks for {shorten(setting)!r}, which the step {node.id!r} does not set.",
            "Name a setting of that step, and give it a value that works.",
            f"{at}.field",
        )
    return SetUpQuestion(
        node.id, setting, _words(fields["label"], f"{at}.label"), _words(fields["example"], f"{at}.example")
    )


def _trial(value: Json, at: str, graph: Graph) -> Trial:
    fields = read_object(value, at, frozenset({"question", "expects", "given"}), required=("question",))
    given = fields.get("given", {})
    if not isinstance(given, dict):
        raise wrong_type(f"{at}.given", "an object")
    for step in given:
        _node(step, f"{at}.given", graph)
    expects = fields.get("expects")
    return Trial(
        question=_words(fields["question"], f"{at}.question"),
        expects={} if expects is None else _words(expects, f"{at}.expects"),
        given=given,
    )


def _node(value: Json, at: str, graph: Graph) -> GraphNode:
    name = read_name(value, at, NODE_ID)
    node = next((one for one in all_nodes(graph) if one.id == name), None)
    if node is None:
        raise GraphError("unknown_node", f"{at} names {name!r}, which is no step.", field=at)
    return node


def _one_of(value: Json, at: str, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        hint = f"It is one of: {', '.join(choices)}."
        raise GraphError("wrong_type", f"{at} is {shorten(value)!r}, which it cannot be.", hint, at)
    return value


def _texts(value: Json, at: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise wrong_type(at, "an object")
    texts: dict[str, str] = {}
    for key, text in value.items():
        if not isinstance(text, str):
            raise wrong_type(f"{at}.{key}", "a text")
        check_text(text, f"{at}.{key}")
        texts[key] = text
    return texts


def _words(value: Json, at: str) -> dict[str, str]:
    """A text in each language."""
    words = read_object(value, at, frozenset(LANGUAGES), LANGUAGES)
    return {language: read_title(words[language], f"{at}.{language}") for language in LANGUAGES}
