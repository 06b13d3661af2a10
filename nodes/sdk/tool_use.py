"""What an agent's model is told of a step that stands inside it, and how far it may use it by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from nodes.sdk.strict import GraphError, check_plain_json, read_object, shorten, wrong_type
from nodes.sdk.values import Json

Use = Literal["off", "ask", "auto"]

USES: Final[tuple[Use, ...]] = ("off", "ask", "auto")
LONGEST_DESCRIPTION: Final = 1_000
TOOL_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}\Z")

_FIELDS = frozenset({"name", "description", "use"})


@dataclass(frozen=True)
class ToolUse:
    """A step as a tool. Empty words are the step's own; None for `use` follows what it does to the world."""

    name: str = ""
    description: str = ""
    use: Use | None = None


def tool_use_to_json(tool: ToolUse) -> dict[str, Json]:
    """Only what is said."""
    said: dict[str, Json] = {"name": tool.name, "description": tool.description, "use": tool.use}
    return {field: value for field, value in said.items() if value not in ("", None)}


def tool_use_from_json(value: Json, at: str) -> ToolUse:
    """Reads it strictly. Raises GraphError."""
    fields = read_object(value, at, _FIELDS)
    name, description, use = fields.get("name", ""), fields.get("description", ""), fields.get("use")
    for field, text in (("name", name), ("description", description)):
        if not isinstance(text, str):
            raise wrong_type(f"{at}.{field}", "a text")
        check_plain_json(text, f"{at}.{field}")
    if use is not None and use not in USES:
        raise GraphError(
            "wrong_type",
            f"{at}.use is {shorten(use)!r}, which it cannot be.",
            f"It is one of: {', '.join(USES)}.",
            f"{at}.use",
        )
    name, description = cast("str", name), cast("str", description)
    if name and not TOOL_NAME.match(name):
        raise GraphError(
            "out_of_range",
            f"{at}.name is {shorten(name)!r}, which no tool can be called.",
            "Begin with a letter, go on with letters, digits, _ and -, at most 64.",
            f"{at}.name",
        )
    if len(description) > LONGEST_DESCRIPTION:
        raise GraphError(
            "out_of_range",
            f"{at}.description has more than {LONGEST_DESCRIPTION:,} characters.",
            "Shorten it.",
            f"{at}.description",
        )
    return ToolUse(name, description, use)
