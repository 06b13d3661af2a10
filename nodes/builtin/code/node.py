"""Runs code that a person wrote, shut in by the server."""

from collections.abc import Mapping, Sequence
from typing import Any

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, NodeResult, Problem
from nodes.sdk.code import CODE_ERRORS, Language, why_off
from nodes.sdk.kinds import KINDS, Kind, as_kind, kind_schema
from nodes.sdk.node import GIVEN
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.variables import VARIABLE_NAME

PRINTED = "printed"


class CodeOutput(NodeConfig):
    """Something that the code gives."""

    name: str = Field(title="Name", help="As main returns it; letters, digits and _.")
    type: Kind = Field(
        "text",
        title="Kind",
        choices={
            "text": "Text",
            "number": "Number",
            "boolean": "Yes or no",
            "object": "Object",
            "list": "List",
            "list_text": "List of texts",
            "list_number": "List of numbers",
            "list_object": "List of objects",
            "any": "Anything",
        },
    )


class Code(Node):
    """Runs code of yours, in Python or JavaScript, shut in so that it can only compute."""

    type, title, group, effects = "code", "Run code", "Advanced", "read"
    fails_with = CODE_ERRORS
    sentence = "Runs {language} code."
    is_tool = True

    class Config(NodeConfig):
        language: Language = Field(
            "python",
            title="Language",
            choices={
                "python": "Python",
                "javascript": "JavaScript",
                "full_python": "Python with its whole standard library",
            },
        )
        source: str = Field(
            "",
            title="Code",
            help="A function called main: what goes in are its arguments, what it returns comes out.",
            widget="code",
            placeholder="def main(text):\n    return {'words': len(text.split())}",
            max_length=100_000,
        )
        inputs: dict[str, Json] = Field(
            {}, title="What goes in", help="Each by the name it has in the code.", widget="key-value"
        )
        outputs: list[CodeOutput] = Field(
            [],
            title="What comes out",
            help="Left empty, all that main returns comes out as one piece.",
            widget="rows",
            max_length=50,
        )
        time_s: float = Field(10, title="Seconds it may take", widget="number", ge=0.1, le=60, more=True)

    class Output(NodeOutput):
        result: Any = Field(None, title="What main returned")
        printed: str = Field("", title="What it printed")

    @classmethod
    def tool_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        """What goes in and is empty as drawn; the code itself is its owner's."""
        names = _open_inputs(config)
        return {
            "type": "object",
            "properties": {name: {"description": f"The argument {name} of main."} for name in names},
            "required": names,
            "additionalProperties": False,
        }

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        inputs = config.get("inputs")
        drawn: dict[str, Json] = inputs if isinstance(inputs, dict) else {}
        told: dict[str, Json] = {
            name: f"{{{{ {GIVEN}.{name} }}}}" for name in _open_inputs(config) if name in given
        }
        return {**config, "inputs": {**drawn, **told}}

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        """The code stays as it is written: information reaches it as values, never as part of it."""
        filled = resolve({name: value for name, value in config.items() if name != "source"}, scope)
        return {**config, **filled}

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        rows = config.get("outputs")
        if isinstance(rows, list) and rows:
            named = [(row.get("name"), row.get("type", "text")) for row in rows if isinstance(row, dict)]
            fields = {
                name: kind_schema(kind if kind in KINDS else "any", name)
                for name, kind in named
                if isinstance(name, str) and isinstance(kind, str)
            }
            schema["properties"] = {**fields, PRINTED: schema["properties"][PRINTED]}
            schema["required"] = list(fields)
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        problems = list(_name_problems(config))
        source = config.get("source")
        if not isinstance(source, str) or not source.strip():
            hint = "Write a function called main."
            problems.append(Problem("no_code", "There is no code yet.", hint, field="source"))
        if why := why_off():
            hint = "Ask an administrator: code needs a Linux system that can shut it in."
            problems.append(Problem("code_off", f"Code cannot be run here: {why}.", hint))
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        done = await ctx.code.run(config.language, config.source, config.inputs, time_s=config.time_s)
        if not config.outputs:
            return NodeResult({"result": done.value, PRINTED: done.printed})
        if not isinstance(done.value, dict):
            raise _unfit("main did not return an object with names.")
        given: dict[str, Json] = {}
        for row in config.outputs:
            if row.name not in done.value:
                raise _unfit(f"main returned no {row.name!r}.")
            try:
                given[row.name] = as_kind(done.value[row.name], row.type)
            except NodeError:
                raise _unfit(f"{row.name!r} is of another kind than the step says.") from None
        return NodeResult({**given, PRINTED: done.printed})


def _open_inputs(config: Mapping[str, Json]) -> list[str]:
    """The names in the code of what nobody has filled in."""
    inputs = config.get("inputs")
    drawn = inputs if isinstance(inputs, dict) else {}
    return [name for name, value in drawn.items() if value in (None, "") and VARIABLE_NAME.match(name)]


def _name_problems(config: Mapping[str, Json]) -> list[Problem]:
    hint = "Use letters, digits and _, a letter first, and each name once."
    inputs, rows = config.get("inputs"), config.get("outputs")
    problems = [
        Problem("bad_code_name", f"{name[:60]!r} is no name in code.", hint, field="inputs")
        for name in (inputs if isinstance(inputs, dict) else {})
        if not VARIABLE_NAME.match(name)
    ]
    seen = {PRINTED}
    for i, row in enumerate(rows if isinstance(rows, list) else []):
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str) or not VARIABLE_NAME.match(name) or name in seen:
            said = f"{str(name or '')[:60]!r} cannot come out under this name."
            problems.append(Problem("bad_code_name", said, hint, field=f"outputs[{i}].name"))
        else:
            seen.add(name)
    return problems


def _unfit(what: str) -> NodeError:
    return NodeError("code_bad_output", what, "Correct what main returns, or what comes out of the step.")
