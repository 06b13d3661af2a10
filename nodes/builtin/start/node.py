"""Where a run begins."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from nodes.sdk import (
    Field,
    Json,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeOutput,
    NodeResult,
    Problem,
    to_text,
)
from nodes.sdk.filters import apply_filter
from nodes.sdk.inputs import FILE_KINDS, InputKind, input_schema, is_empty, wrong_with
from nodes.sdk.uploads import FileKind

NAME = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")
TAKEN = frozenset({"query"})

_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class Input(NodeConfig):
    """One piece of information that is asked for besides the message."""

    name: str = Field(title="Name", help="Small letters, digits and _; steps refer to it by this name.")
    label: str = Field("", title="Label", help="What the visitor reads.")
    type: InputKind = Field("text", title="Kind")
    required: bool = Field(False, title="Must be filled in")
    default: Json = Field(None, title="If empty, use")
    options: list[str] = Field([], title="Choices")
    max_length: int | None = Field(
        None, title="Longest text", help="How many characters a text may have.", ge=1, le=32_000
    )
    max_items: int | None = Field(
        None, title="Longest list", help="How many entries a list may have.", ge=1, le=1_000
    )
    accepts: list[FileKind] = Field(
        [], title="Kinds of files", help="document, image, audio, video. Left empty, any file is taken."
    )
    max_mb: int | None = Field(
        None, title="Largest file (MB)", help="How large a file may be.", ge=1, le=1_000
    )


class Start(Node):
    """Begins with the message that a visitor writes."""

    type, title, group, effects, starts = "start", "Visitor message", "Talk", "none", True
    fails_with = ()
    sentence = "Begins with the visitor's message."

    class Config(NodeConfig):
        inputs: list[Input] = Field(
            [],
            title="More to ask for",
            help="Asked before the conversation begins.",
            widget="inputs",
            max_length=50,
            more=True,
        )

    class Output(NodeOutput):
        query: str = Field(title="Message")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        for one in cls.Config.model_validate(config).inputs:
            schema["properties"][one.name] = input_schema(one.model_dump())
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        inputs = config.get("inputs")
        problems: list[Problem] = []
        seen: set[str] = set(TAKEN)
        for i, one in enumerate(inputs if isinstance(inputs, list) else []):
            name = one.get("name") if isinstance(one, dict) else None
            if not isinstance(name, str) or not isinstance(one, dict):
                continue
            at = f"inputs[{i}]"
            values = {"name": name}
            if not NAME.match(name):
                hint = "Begin with a small letter, go on with small letters, digits and _."
                message = f"{name!r} cannot be the name of an input."
                problems.append(Problem("bad_input_name", message, hint, field=f"{at}.name", values=values))
            elif name in seen:
                message = f"Two inputs are called {name!r}."
                problems.append(
                    Problem("duplicate_input", message, "Rename one.", field=f"{at}.name", values=values)
                )
            seen.add(name)
            if one.get("type") == "choice" and not one.get("options"):
                message = f"The input {name!r} has no choices."
                problems.append(
                    Problem("no_choices", message, "Add some.", field=f"{at}.options", values=values)
                )
            problems += _wrong_default(one, at)
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> NodeResult:
        output: dict[str, Json] = {"query": ctx.query}
        for one in config.inputs:
            given = ctx.inputs.get(one.name)
            if is_empty(given) and not is_empty(one.default):
                given = one.default
            if is_empty(given) and one.required:
                raise NodeError(
                    "info_missing",
                    f"{one.label or one.name!r} is missing.",
                    "Fill it in and send the message again.",
                )
            output[one.name] = _read(given, one)
        return NodeResult(output)


def _wrong_default(one: Mapping[str, Any], at: str) -> list[Problem]:
    """What is used when nothing is sent has to be a choice, a list or an object; a file is only ever sent."""
    try:
        asked = Input.model_validate(one)
    except ValidationError:
        return []  # said already, of the field that is wrong
    if asked.type not in ("choice", "list", "object", *FILE_KINDS) or is_empty(asked.default):
        return []
    if not (wrong := wrong_with(asked.model_dump(), asked.default)):
        return []
    values = {"name": asked.name}
    message = f"What {asked.name!r} is when it is left empty {wrong}."
    return [Problem("bad_default", message, "Change it.", field=f"{at}.default", values=values)]


def _read(value: Json, one: Input) -> Json:
    """`value` as the kind of information that was asked for; what is not there stays None."""
    if value is None or value == "":
        return None
    label = one.label or one.name
    if one.type == "number":
        number = apply_filter("number", value, ())
        if number is None:
            raise NodeError("info_missing", f"{label!r} must be a number.", "Write digits only.")
        return number
    if one.type == "boolean":
        word = to_text(value).strip().lower()
        if word not in _YES and word not in _NO:
            raise NodeError("info_missing", f"{label!r} must be yes or no.", "Choose one of the two.")
        return word in _YES
    kept = value if one.type in ("list", "object", *FILE_KINDS) else to_text(value)
    if wrong := wrong_with(one.model_dump(), kept):
        raise NodeError("info_missing", f"{label!r} {wrong}.", "Change it and send the message again.")
    return kept
