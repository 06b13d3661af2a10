"""Goes on along the first path whose conditions hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeOutput, NodeResult, Port, Problem
from nodes.sdk.conditions import Condition, Match, incomplete, rule_holds
from nodes.sdk.named_rows import name_fault, row_ports

ELSE = "else"
RESERVED = frozenset({ELSE, "error", "out"})


class Case(NodeConfig):
    """One path, taken when all or any of its conditions hold."""

    name: str = Field(title="Name", help="Letters, digits, _ and -; connections leave by this name.")
    title: str = Field("", title="Title")
    match: Match = Field("all", title="When")
    conditions: list[Condition] = Field([], title="Conditions", max_length=50)


class Branch(Node):
    """Takes the first path whose conditions hold, or else the last one."""

    type, title, group, effects = "branch", "Decide", "Decide", "none"
    fails_with = ()
    sentence = "Chooses between {cases}."

    class Config(NodeConfig):
        cases: list[Case] = Field(
            [],
            title="Paths",
            help="They are tried from the top. When none fits, the flow goes on by “Otherwise”.",
            widget="conditions",
            max_length=50,
        )

    class Output(NodeOutput):
        case: str = Field(title="Name of the path")
        title: str = Field(title="Title of the path")

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> Sequence[Port]:
        ports = row_ports(config.get("cases"))
        return [*ports, Port(ELSE, "Otherwise")]

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        ports = cls.ports(config)
        if len(ports) > 1:
            schema["properties"]["case"]["oneOf"] = [{"const": p.name, "title": p.title} for p in ports]
        return schema

    @classmethod
    def port_of(cls, output: Json) -> str:
        case = output.get("case") if isinstance(output, dict) else None
        return case if isinstance(case, str) else ELSE

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems: list[Problem] = []
        seen: set[str] = set()
        cases = config.get("cases")
        for i, case in enumerate(cases if isinstance(cases, list) else []):
            if not isinstance(case, dict) or not isinstance(case.get("name"), str):
                continue
            name, at = str(case["name"]), f"cases[{i}]"
            label = str(case.get("title") or name)
            fault = name_fault("path", name, seen, RESERVED)
            if fault:
                problems.append(
                    Problem(
                        "bad_case_name", fault, "Rename the path.", field=f"{at}.name", values={"case": name}
                    )
                )
            seen.add(name)
            conditions = case.get("conditions")
            if not conditions:
                message = f"The path {label!r} has no condition, so it is never taken."
                problems.append(
                    Problem(
                        "empty_case",
                        message,
                        "Add a condition.",
                        field=f"{at}.conditions",
                        values={"case": label},
                    )
                )
            for k in incomplete(conditions):
                message = f"A condition of the path {label!r} has nothing to compare with."
                where = f"{at}.conditions[{k}].right"
                problems.append(
                    Problem("empty_condition", message, "Fill it in.", field=where, values={"case": label})
                )
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        for case in config.cases:
            if rule_holds(case.match, case.conditions):
                output: dict[str, Json] = {"case": case.name, "title": case.title or case.name}
                return NodeResult(output, case.name)
        return NodeResult({"case": ELSE, "title": ""}, ELSE)
