"""One field that a person is asked to fill in: by the start of an app, or by a step that asks on the way."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from nodes.sdk.errors import NodeError
from nodes.sdk.filters import apply_filter
from nodes.sdk.inputs import FILE_KINDS, InputKind, is_empty, wrong_with
from nodes.sdk.node import Field, NodeConfig, Problem
from nodes.sdk.uploads import FileKind
from nodes.sdk.values import Json, to_text

NAME = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")

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


def input_problems(inputs: Json, at: str, taken: Collection[str] = ()) -> list[Problem]:
    """What is wrong in a drawn list of inputs, which is the config field `at`. `taken` are names in use."""
    problems: list[Problem] = []
    seen: set[str] = set(taken)
    for i, one in enumerate(inputs if isinstance(inputs, list) else []):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not isinstance(one, dict):
            continue
        field, values = f"{at}[{i}]", {"name": name}
        if not NAME.match(name):
            hint = "Begin with a small letter, go on with small letters, digits and _."
            message = f"{name!r} cannot be the name of an input."
            problems.append(Problem("bad_input_name", message, hint, field=f"{field}.name", values=values))
        elif name in seen:
            message = f"Two inputs are called {name!r}."
            problems.append(
                Problem("duplicate_input", message, "Rename one.", field=f"{field}.name", values=values)
            )
        seen.add(name)
        if one.get("type") == "choice" and not one.get("options"):
            message = f"The input {name!r} has no choices."
            problems.append(
                Problem("no_choices", message, "Add some.", field=f"{field}.options", values=values)
            )
        problems += _wrong_default(one, field)
    return problems


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


def read_inputs(
    asked: Sequence[Input], given: Mapping[str, Json], *, is_whole: bool = True
) -> dict[str, Json]:
    """What steps see of a form: each field's value as its kind, else what it says for that, else None.

    Raises NodeError("info_missing") for what is of no use and, if it `is_whole`, for what must be there.
    """
    found: dict[str, Json] = {}
    for one in asked:
        value = given.get(one.name)
        if is_empty(value) and not is_empty(one.default):
            value = one.default
        if is_empty(value) and one.required and is_whole:
            raise NodeError(
                "info_missing",
                f"{one.label or one.name!r} is missing.",
                "Fill it in and send the message again.",
            )
        found[one.name] = _read(value, one)
    return found


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
