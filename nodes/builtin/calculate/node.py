"""Computes with numbers of earlier steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.builtin.calculate.formula import FormulaError, check_formula, compute
from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.conditions import number
from nodes.sdk.resolve import Scope, evaluate
from nodes.sdk.templates import Expression, TemplateError, parse_template
from nodes.sdk.values import to_text


class Calculate(Node):
    """Computes a number from numbers of earlier steps."""

    type, title, group, effects = "calculate", "Calculate", "Advanced", "none"
    fails_with = ("not_a_number", "divided_by_zero", "number_overflow")
    sentence = "Calculates: {formula}"
    is_tool = True

    class Config(NodeConfig):
        formula: str = Field(
            title="Formula",
            help="Numbers and information with + - * / % ^ and brackets; also round, min, max, sum, average"
            " and others.",
            widget="template",
            placeholder="round({{ start_1.price }} * 1.19, 2)",
            max_length=20_000,
        )

    class Output(NodeOutput):
        number: float | int = Field(title="Result")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        return {"type": "object", "properties": {"number": {"type": "number", "title": "Result"}}}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        formula = config.get("formula")
        return {**config, "formula": _filled(formula, scope) if isinstance(formula, str) else formula}

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        """An agent gives the whole formula, in which nothing is filled in any more."""
        if "{{" in to_text(given.get("formula")):
            raise NodeError(
                "bad_config", "The formula may name no information.", "Write the numbers themselves."
            )
        return {**config, **given}

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        formula = config.get("formula")
        if not isinstance(formula, str):
            return ()
        if not formula.strip():
            return [Problem("no_formula", "There is no formula.", "Fill it in.", field="formula")]
        try:
            # Any number will do to see whether the formula can be read.
            pieces = parse_template(formula)
        except TemplateError:
            return ()  # said by whoever reads the texts
        fault = check_formula("".join(p if isinstance(p, str) else "(1)" for p in pieces))
        if not fault:
            return ()
        hint = "Write it as in (2 + 3) * 4, or round(10 / 3, 2)."
        return [
            Problem(
                "bad_formula",
                f"The formula cannot be read: {fault}.",
                hint,
                field="formula",
                values={"fault": fault},
            )
        ]

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        try:
            return self.Output(number=compute(config.formula))
        except FormulaError as error:
            raise NodeError(
                "bad_config",
                f"The formula cannot be computed: {error}.",
                "Look at the formula, and at the numbers that go in.",
            ) from None


def _filled(formula: str, scope: Scope) -> str:
    """The formula with numbers in place of information, each whole in its brackets; a list as its numbers.

    Raises NodeError where information is no number.
    """
    try:
        pieces = parse_template(formula)
    except TemplateError as error:
        raise NodeError("bad_config", error.message, "Correct the formula.") from None
    return "".join(_in_formula(piece, scope) for piece in pieces)


def _in_formula(piece: str | Expression, scope: Scope) -> str:
    if isinstance(piece, str):
        return piece
    value = evaluate(piece, scope)
    if isinstance(value, list):
        return ", ".join(_bracketed(item) for item in value)
    return _bracketed(value)


def _bracketed(value: Json) -> str:
    found = None if isinstance(value, bool) else number(value)
    if found is None:
        said = to_text(value).strip()[:40]
        raise NodeError(
            "not_a_number",
            f"{said!r} is not a number, so it cannot be computed with."
            if said
            else "There is nothing to compute with where a number belongs.",
            "Look at what the earlier step gave, or give a number for that case with | default(0).",
        )
    return f"({found!r})"
