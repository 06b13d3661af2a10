"""Remembers something for the rest of the run."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult, Problem
from nodes.sdk.filters import apply_filter
from nodes.sdk.kinds import KIND_WORDS, empty_of
from nodes.sdk.strict import NODE_ID
from nodes.sdk.templates import holds_ref
from nodes.sdk.variables import (
    ARITHMETIC,
    ENV,
    IN_ANY_ORDER,
    OPERATORS,
    VARIABLE_NAME,
    VARS,
    WITHOUT_VALUE,
    Operator,
    change_as,
)

TITLES: dict[Operator, str] = {
    "set": "Set to",
    "append": "Add to the list",
    "extend": "Add all to the list",
    "clear": "Empty it",
    "add": "Add the number",
    "subtract": "Subtract the number",
    "multiply": "Multiply by",
    "divide": "Divide by",
    "remove_first": "Take away the first item",
    "remove_last": "Take away the last item",
}


class SetVariable(Node):
    """Sets or changes something that is remembered until the run ends."""

    type, title, group, effects = "set_variable", "Set information", "Decide", "none"
    fails_with = ("bad_variable", "divided_by_zero", "number_overflow", "list_too_long")
    sentence = "Changes {name}."

    class Config(NodeConfig):
        name: str = Field(
            title="Name",
            help="Later steps find it under this name. What a repeating step around it keeps is offered"
            " too, such as loop_1.total.",
            widget="variable",
            max_length=101,
        )
        operator: Operator = Field("set", title="What to do", choices=cast("Mapping[str, str]", TITLES))
        value: Json = Field(
            None,
            title="Value",
            widget="template",
            show_when={"field": "operator", "is": [o for o in OPERATORS if o not in WITHOUT_VALUE]},
        )

    class Output(NodeOutput):
        value: Any = Field(None, title="What was set, added, computed or taken away")
        length: int | None = Field(None, title="Number of items in the list")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        name, operator, value = config.get("name"), config.get("operator", "set"), config.get("value")
        if isinstance(name, str) and name.startswith(f"{ENV}."):
            problems.append(
                Problem(
                    "environment_read_only",
                    f"{name!r} is shared information: steps use it and cannot change it.",
                    "Change other information, or change it under Settings ▸ Shared information.",
                    field="name",
                    values={"name": name},
                )
            )
        elif isinstance(name, str) and name.strip() and not _is_name(name):
            problems.append(
                Problem(
                    "bad_variable_name",
                    f"{name!r} cannot be the name of information to remember.",
                    "Begin with a letter, go on with letters, digits and _.",
                    field="name",
                    values={"name": name},
                )
            )
        needs_value = operator in OPERATORS and operator not in WITHOUT_VALUE and operator != "set"
        if needs_value and (value is None or value == "" or value == []):
            problems.append(
                Problem("no_value", "There is no value to change it by.", "Fill it in.", field="value")
            )
        elif operator in ARITHMETIC and not _may_be_number(value):
            problems.append(
                Problem(
                    "not_a_number",
                    f"{value!r} is not a number, so it cannot be computed with.",
                    "Give a number.",
                    field="value",
                    values={"value": str(value)},
                )
            )
        return problems

    @classmethod
    def check_variable(cls, config: Mapping[str, Json], kind: str) -> Sequence[Problem]:
        operator, value = config.get("operator", "set"), config.get("value")
        if kind == "any" or operator not in OPERATORS or cls.check(config):
            return ()
        try:
            change_as(kind, empty_of(kind), operator, _example(operator, kind) if holds_ref(value) else value)
        except NodeError:
            return [
                Problem(
                    "other_kind",
                    f"That does not go with the kind of {config.get('name')!r}, which is {KIND_WORDS[kind]}.",
                    "Change what is given or what to do, or the kind of the information.",
                    field="value" if operator == "set" else "operator",
                    values={"name": str(config.get("name"))},
                )
            ]
        return ()

    @classmethod
    def check_side_by_side(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        if config.get("operator", "set") in IN_ANY_ORDER:
            return ()
        return [
            Problem(
                "change_side_by_side",
                "Several items are worked on at the same time here; each would overwrite what another did.",
                "Add to a list or to a number instead, or work on one item at a time.",
                field="operator",
            )
        ]

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        return NodeResult(dict(await ctx.change_variable(config.name, config.operator, config.value)))


def _is_name(name: str) -> bool:
    scope, dot, own = name.rpartition(".")
    may_be_scope = not dot or (NODE_ID.match(scope) is not None and scope not in (VARS, ENV))
    return may_be_scope and VARIABLE_NAME.match(own) is not None


def _example(operator: str, kind: str) -> Json:
    """A value that fits if any does: what information turns out to be is seen when it is there."""
    if operator in ARITHMETIC:
        return 1
    if operator == "append":
        return empty_of(kind.removeprefix("list_")) if kind.startswith("list_") else None
    return empty_of(kind)


def _may_be_number(value: Json) -> bool:
    """Whether a value as drawn is a number, or information that may turn out to be one."""
    if isinstance(value, str) and "{{" in value:
        return True
    return not isinstance(value, (bool, list, dict)) and apply_filter("number", value, ()) is not None
