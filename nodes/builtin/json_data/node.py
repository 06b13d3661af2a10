"""Turns a text into data and data into a text, builds data, and picks a part of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.json_text import NotData, data_in
from nodes.sdk.parts import part_of, part_ref
from nodes.sdk.templates import TemplateError, holds_ref
from nodes.sdk.values import to_text


class JsonData(Node):
    """Reads data out of a text, builds data, or writes it down as JSON."""

    type, title, group, effects = "json_data", "Read or build data", "Advanced", "none"
    fails_with = ("text_not_json", "part_missing")
    sentence = "{does}."

    class Config(NodeConfig):
        does: Literal["read", "build", "write"] = Field(
            "read",
            title="What to do",
            choices={
                "read": "Read data out of a text",
                "build": "Build data",
                "write": "Write data down as text",
            },
        )
        text: Json = Field(
            None,
            title="Text or data",
            help="Words around the data, as AI models like to add them, do no harm.",
            widget="template",
            show_when={"field": "does", "is": ["read", "write"]},
        )
        data: Json = Field(
            None,
            title="Data",
            help='As JSON; information goes where a value stands, such as {"name": "{{ start_1.name }}"}.',
            widget="json",
            show_when={"field": "does", "is": "build"},
        )
        pick: str = Field(
            "",
            title="Only this part",
            help="Empty: all of it. Otherwise where the part stands, such as orders[0].status.",
            placeholder="orders[0].status",
            max_length=300,
            more=True,
        )
        indent: bool = Field(
            True,
            title="Over several lines, for people to read",
            show_when={"field": "does", "is": "write"},
            more=True,
        )

    class Output(NodeOutput):
        data: Any = Field(None, title="Data")
        text: str = Field(title="As text")

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        schema = super().output_schema(config)
        built = config.get("data")
        if config.get("does") == "build" and isinstance(built, dict) and not config.get("pick"):
            fields = {name: {"title": name} for name in built}
            schema["properties"]["data"] = {"type": "object", "title": "Data", "properties": fields}
        return schema

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        pick = config.get("pick")
        if not isinstance(pick, str) or not pick.strip() or holds_ref(pick):
            return ()
        try:
            part_ref(pick)
        except TemplateError:
            message = f"{pick[:60]!r} is not a part of data."
            hint = "Write where it stands, such as orders[0].status."
            return [Problem("bad_data_part", message, hint, field="pick", values={"part": pick[:60]})]
        return ()

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        data = config.data if config.does == "build" else config.text
        if isinstance(data, str) and config.does == "read":
            data = _read(data)
        if config.pick.strip():
            data = _picked(data, config.pick)
        if config.does == "write":
            text = json.dumps(data, ensure_ascii=False, indent=2 if config.indent else None)
            return self.Output(data=data, text=text)
        return self.Output(data=data, text=to_text(data))


def _read(text: str) -> Json:
    try:
        return data_in(text)
    except NotData:
        raise NodeError(
            "text_not_json",
            "There is no data in the text.",
            "Look at what the earlier step gave; a model can be told the shape of its reply.",
        ) from None


def _picked(data: Json, path: str) -> Json:
    try:
        part = part_of(data, path)
    except TemplateError:
        raise NodeError(
            "bad_config",
            f"{path[:60]!r} is no part of data.",
            "Write where it stands, such as orders[0].status.",
        ) from None
    if part is None:
        raise NodeError(
            "part_missing",
            f"The data has no {path[:60]!r}.",
            "Look at the data in the step's last result, and correct the part to pick.",
        )
    return part
