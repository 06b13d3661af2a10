"""Works on a text: splits, joins, finds, replaces, cuts and tidies."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.builtin.text.patterns import MAX_PATTERN, PatternFault, find, looked_for, replace
from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.filters import TooLong, apply_filter
from nodes.sdk.templates import holds_ref
from nodes.sdk.values import lines, to_text

Task = Literal["split", "join", "find", "replace", "cut", "tidy", "upper", "lower", "title"]
LOOKS = ["find", "replace"]
GIVES_TEXT = {"join", "replace", "cut", "tidy", "upper", "lower", "title"}
GIVES_ITEMS = {"split", "find"}


class TextNode(Node):
    """Splits, joins, finds, replaces or cuts a text."""

    type, title, group, effects = "text", "Work on a text", "Advanced", "none"
    fails_with = ()
    sentence = "{does}: {text}"

    class Config(NodeConfig):
        does: Task = Field(
            "split",
            title="What to do",
            choices={
                "split": "Split it into a list",
                "join": "Join a list into a text",
                "find": "Find in it",
                "replace": "Replace in it",
                "cut": "Keep a piece of it",
                "tidy": "Take away needless spaces and empty lines",
                "upper": "Capital letters",
                "lower": "Small letters",
                "title": "A capital at the beginning of each word",
            },
        )
        text: Json = Field(
            None, title="Text", help="To join, a list from an earlier step.", widget="template"
        )
        between: str = Field(
            "",
            title="What stands between",
            help="Such as a comma. Left empty, each line is an item.",
            max_length=100,
            show_when={"field": "does", "is": ["split", "join"]},
        )
        what: str = Field(
            "",
            title="What to look for",
            widget="template",
            max_length=100_000,
            show_when={"field": "does", "is": LOOKS},
        )
        instead: str = Field(
            "",
            title="Put in its place",
            help="Left empty, it is taken out. Of a pattern, \\1 is its first part in brackets.",
            widget="template",
            max_length=100_000,
            show_when={"field": "does", "is": "replace"},
        )
        is_pattern: bool = Field(
            False,
            title="It is a pattern",
            help="Such as [0-9]+ for a number. The help of this step shows more.",
            show_when={"field": "does", "is": LOOKS},
        )
        ignores_case: bool = Field(
            True, title="Capitals do not matter", show_when={"field": "does", "is": LOOKS}
        )
        start: int = Field(
            1, title="From character", ge=1, le=10_000_000, show_when={"field": "does", "is": "cut"}
        )
        length: int = Field(
            1_000, title="So many characters", ge=0, le=10_000_000, show_when={"field": "does", "is": "cut"}
        )

    class Output(NodeOutput):
        text: str = Field("", title="Text")
        items: list[str] = Field([], title="Items")
        parts: list[dict[str, Any]] = Field([], title="Named parts")
        count: int = Field(0, title="How many")
        found: bool = Field(False, title="Whether it was found")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        does, gives = config.get("does", "split"), schema["properties"]
        if does not in GIVES_TEXT:
            del gives["text"]
        if does not in GIVES_ITEMS:
            del gives["items"]
        if does != "find" or not config.get("is_pattern"):
            del gives["parts"]
        if does not in LOOKS:
            del gives["found"]
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        what = config.get("what", "")
        if config.get("does", "split") not in LOOKS or not isinstance(what, str):
            return ()
        if not what:
            return [
                Problem("nothing_to_find", "It is not said what to look for.", "Fill it in.", field="what")
            ]
        if config.get("is_pattern") is not True or holds_ref(what):
            return ()
        try:
            looked_for(what, True, False)
        except PatternFault as fault:
            message = f"The pattern cannot be read: {fault}."
            hint = "Look into the help of this step, or look for plain words."
            return [Problem("bad_pattern", message, hint, field="what", values={"fault": str(fault)})]
        return ()

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        text = config.text if isinstance(config.text, str) else to_text(config.text)
        match config.does:
            case "split":
                items = _split(text, config.between)
                return self.Output(items=items, count=len(items))
            case "join":
                given = config.text if isinstance(config.text, list) else lines(text)
                return self._of(_joined(given, config.between))
            case "find":
                found, parts = find(_looked_for(config), text)
                return self.Output(items=found, parts=parts, count=len(found), found=bool(found))
            case "replace":
                replaced, count = replace(_looked_for(config), text, config.instead, config.is_pattern)
                return self.Output(text=replaced, count=count, found=count > 0)
            case "cut":
                return self._of(text[config.start - 1 :][: config.length])
            case "tidy":
                return self._of(_tidy(text))
            case "upper":
                return self._of(text.upper())
            case "lower":
                return self._of(text.lower())
            case "title":
                return self._of(" ".join(word[:1].upper() + word[1:] for word in text.split(" ")))

    def _of(self, text: str) -> Output:
        return self.Output(text=text, count=len(text))


def _split(text: str, between: str) -> list[str]:
    parts = text.split(between) if between else text.splitlines()
    return [part.strip() for part in parts if part.strip()]


def _joined(items: list[Json], between: str) -> str:
    try:
        return to_text(apply_filter("join", items, (between or "\n",)))
    except TooLong:
        raise NodeError("bad_config", "The text would be too long.", "Join fewer items.") from None


def _tidy(text: str) -> str:
    """One space between words, no space at the ends of lines, at most one empty line."""
    tidied: list[str] = []
    for line in text.strip().splitlines():
        said = " ".join(line.split())
        if said or (tidied and tidied[-1]):
            tidied.append(said)
    return "\n".join(tidied)


def _looked_for(config: TextNode.Config) -> Any:
    most = MAX_PATTERN if config.is_pattern else 100_000
    if not config.what or len(config.what) > most:
        raise NodeError(
            "bad_config",
            "There is nothing to look for." if not config.what else f"The pattern is longer than {most:,}.",
            "Look at what the earlier step gave.",
        )
    try:
        return looked_for(config.what, config.is_pattern, config.ignores_case)
    except PatternFault as fault:
        raise NodeError(
            "bad_config",
            f"The pattern cannot be read: {fault}.",
            "Correct the pattern, or look for plain words.",
        ) from None
