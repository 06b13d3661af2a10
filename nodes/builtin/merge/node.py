"""Brings paths together again: of several pieces of information, the first that is there."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeOutput, NodeResult, Problem
from nodes.sdk.conditions import is_empty
from nodes.sdk.strict import PORT_NAME

VALUE = "value"
"""What is given under no name of its own."""


class Candidate(NodeConfig):
    """One piece of information that is taken where it is the first of its name that is not empty."""

    value: Json = Field(None, title="Information", widget="template")
    into: str = Field(
        "",
        title="Given as",
        help="Several with the same name are one choice. Left empty: value.",
        placeholder=VALUE,
        max_length=64,
        more=True,
    )


class Merge(Node):
    """Takes the first information that is there, such as the answer of whichever path was taken."""

    type, title, group, effects = "merge", "First that is there", "Decide", "none"
    fails_with = ()
    sentence = "Takes the first of these that is there: {candidates}"

    class Config(NodeConfig):
        candidates: list[Candidate] = Field(
            [],
            title="Information",
            help="They are looked at from the top. What is empty, or on a path not taken, is passed over.",
            widget="rows",
            max_length=50,
        )

    class Output(NodeOutput):
        value: Any = Field(None, title="What was found")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        names = _names(config.get("candidates")) or [VALUE]
        titles = {VALUE: cls.Output.model_fields[VALUE].title}
        return {"type": "object", "properties": {name: {"title": titles.get(name, name)} for name in names}}

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        rows = config.get("candidates")
        rows = rows if isinstance(rows, list) else []
        problems = [] if rows else [_nothing_to_choose()]
        for i, row in enumerate(rows):
            into = row.get("into", "") if isinstance(row, dict) else ""
            if isinstance(into, str) and into and not PORT_NAME.match(into):
                problems.append(
                    Problem(
                        "bad_result_name",
                        f"{into!r} cannot be the name of a result.",
                        "Use letters, digits, _ and -.",
                        field=f"candidates[{i}].into",
                        values={"name": into},
                    )
                )
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        found: dict[str, Json] = {}
        for candidate in config.candidates:
            name = candidate.into or VALUE
            if is_empty(found.get(name)):
                found[name] = None if is_empty(candidate.value) else candidate.value
        return NodeResult(found or {VALUE: None})


def _names(rows: Json) -> list[str]:
    """The names that are given, in the order of their first row."""
    names: dict[str, None] = {}
    for row in rows if isinstance(rows, list) else []:
        into = row.get("into") if isinstance(row, dict) else None
        names[into if isinstance(into, str) and into else VALUE] = None
    return list(names)


def _nothing_to_choose() -> Problem:
    return Problem(
        "no_candidates",
        "There is nothing to choose from.",
        "Add the information that may be there.",
        field="candidates",
    )
