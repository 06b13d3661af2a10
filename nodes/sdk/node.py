"""A node type: what it needs, what it gives, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_new
from functools import lru_cache
from types import UnionType
from typing import Any, ClassVar, Final, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator
from pydantic import Field as PydanticField
from pydantic_core import PydanticUndefined

from nodes.sdk.context import NodeContext
from nodes.sdk.graph import Port
from nodes.sdk.resolve import Scope, resolve
from nodes.sdk.values import Json, to_text

Effects = Literal["none", "read", "write"]
Telling = Literal["nothing", "what", "names"]
"""What is told of a tool at work: nothing, that something is looked up or done, its name as well."""

RAW: Mapping[str, bool] = {"raw": True}
"""Validation context for a config whose refs are not filled in yet: a text must then be a text."""


def Field(
    default: Any = PydanticUndefined,
    *,
    title: str,
    help: str = "",
    widget: str = "",
    placeholder: str = "",
    one_line: bool = False,
    more: bool = False,
    scope: Literal["", "inside"] = "",
    kind: Literal["", "embedding", "rerank", "transcription", "speech", "image"] = "",
    practice: str = "",
    choices: Mapping[str, str] | None = None,
    show_when: Mapping[str, Any] | None = None,
    default_factory: Callable[[], Any] | None = None,
    **limits: Any,
) -> Any:
    """A field of a config or an output, and how the form shows it.

    `one_line` is for a text with information in it that never has several lines, such as an address.
    `more` puts it behind "More options"; `show_when` is `{"field": name, "is": value}`; `choices` gives the
    values of a Literal their titles. `scope="inside"` is for a type with steps inside: the field keeps its
    refs as drawn, may name those steps, and is filled in after each pass over them (`Turn.fields`). With the
    widget `model`, `kind` lets choose models that do something else than write (`models.Task`); `practice`
    says what to know when the practice model is used. An output's widget `remark` is for
    {code, message, hint} or None. `limits` are pydantic's own, such as `ge`, `le`, `max_length`.
    """
    hints: dict[str, Any] = {
        "widget": widget,
        "placeholder": placeholder,
        "oneLine": one_line,
        "more": more,
        "scope": scope,
        "kind": kind,
        "practice": practice,
    }
    x_ui = {name: hint for name, hint in hints.items() if hint}
    if show_when is not None:
        x_ui["showWhen"] = dict(show_when)
    extra: dict[str, Any] = {"x-ui": x_ui} if x_ui else {}
    if choices is not None:
        extra["oneOf"] = [{"const": value, "title": name} for value, name in choices.items()]
    if default_factory is not None:
        limits["default_factory"] = default_factory
    elif default is not PydanticUndefined:
        limits["default"] = default
    return PydanticField(
        title=title,
        description=help or None,
        json_schema_extra=extra or None,
        **limits,
    )


class NodeConfig(BaseModel):
    """What a node is told. Use it for parts of a config too, so that texts inside them read well."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _read_as_text(cls, given: Any, info: ValidationInfo) -> Any:
        """A ref that stands alone keeps its value's type; a text field shows that value as text."""
        if info.context is RAW or not isinstance(given, (dict, Mapping)):
            return cast("object", given)
        drawn = read = cast("Mapping[str, Any]", given)
        for name, may_be_none in _text_fields(cls):
            value = drawn.get(name, "")
            if not (isinstance(value, str) or (value is None and may_be_none)):
                read = {**read, name: to_text(value)}
        return read


class NodeOutput(BaseModel):
    """What a node gives to those after it."""

    model_config = ConfigDict(extra="forbid")


@lru_cache(maxsize=1_000)
def _text_fields(config: type[NodeConfig]) -> list[tuple[str, bool]]:
    """The names of the fields that hold a text, and whether each may hold None instead."""
    found: list[tuple[str, bool]] = []
    for name, field in config.model_fields.items():
        kind = field.annotation
        is_optional = get_origin(kind) in (Union, UnionType) and set(get_args(kind)) == {str, type(None)}
        if kind is str or is_optional:
            found.append((field.alias or name, is_optional))
    return found


@lru_cache(maxsize=1_000)
def inside_fields(config: type[NodeConfig]) -> frozenset[str]:
    """The names of the fields that are filled in after each pass over the steps inside."""
    return frozenset(name for name, hints in _hints(config) if hints.get("scope") == "inside")


@lru_cache(maxsize=10_000)
def fields_with_widget(config: type[NodeConfig], widget: str) -> frozenset[str]:
    """The names of the fields that are shown with this widget."""
    return frozenset(name for name, hints in _hints(config) if hints.get("widget") == widget)


def _hints(config: type[NodeConfig]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in config.model_fields.items():
        extra = cast("object", field.json_schema_extra)
        hints = cast("Mapping[str, Any]", extra).get("x-ui") if isinstance(extra, dict) else None
        if hints:
            yield field.alias or name, hints


@lru_cache(maxsize=1_000)
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _copied(value: Any) -> Any:
    """A JSON value of one's own. `deepcopy`, which also knows what is no JSON, takes ten times as long."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_copied(one) for one in cast("list[Any]", value)]
    return value


@dataclass(frozen=True)
class NodeResult:
    """What a node run leaves behind: its output, and the port the flow leaves by."""

    output: Json
    port: str = "out"

    def __init__(self, output: Json, port: str = "out") -> None:
        # The one that is made for a frozen class takes twice as long, and every step has such a result.
        own = self.__dict__
        own["output"], own["port"] = output, port


STOP: Final = "#stop"
"""A way out that ends the pass at once, up to the nearest loop, and that loop. No edge can leave by it."""

NEXT: Final = "#next"
"""The same, but that loop goes on with its next round."""

END: Final = "#end"
"""A way out that ends the whole workflow at once, whatever stands around: what uses it as a step goes on, or
fails. The output says `message` and `status`, "succeeded" or "failed"."""

ENDS_PASS: Final = frozenset({STOP, NEXT, END})


@dataclass(frozen=True)
class Turn(NodeResult):
    """One pass over the steps inside: what the step gave that ended it, and by which port.

    Where several steps ended it, the output is an object of theirs by id. `fields` holds the config fields
    with `scope="inside"`, filled in from this pass.
    """

    fields: Mapping[str, Json] = made_new(default_factory=dict[str, Json])

    def __init__(self, output: Json, port: str = "out", fields: Mapping[str, Json] | None = None) -> None:
        super().__init__(output, port)
        self.__dict__["fields"] = {} if fields is None else fields


GIVEN: Final = "given_by_agent"
"""The name by which settings refer to what an agent gives when it uses the step as a tool."""


class Left(BaseException):
    """A step inside has ended the workflow: the node around it leaves by END too, whatever it was at.

    No error, so that no `except Exception` of a node keeps it.
    """

    def __init__(self, result: NodeResult) -> None:
        super().__init__()
        self.result = NodeResult(result.output, END)


@dataclass(frozen=True)
class Called:
    """What a workflow that was run inside this one came to: what it says, and what its last step gave."""

    answer: str
    result: Json


@dataclass(frozen=True)
class Problem:
    """Something that a person has to put right in a workflow. An error keeps it from running.

    `field` is a path inside the node's config, such as `cases[0].conditions[1].left`; `values` are the
    words that the message mentions, for those who say it in another language.
    """

    code: str
    message: str
    hint: str = ""
    node: str | None = None
    field: str | None = None
    severity: Literal["error", "warning"] = "error"
    values: Mapping[str, str] = made_new(default_factory=dict[str, str])

    def to_json(self) -> dict[str, Json]:
        """As the HTTP interface and the command line show it."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "node": self.node,
            "field": self.field,
            "severity": self.severity,
            "values": dict(self.values),
        }


class Node:
    """One node type. Subclass it, say what it needs and gives, and run.

    `effects` says what running it does to the world: "none" can always be repeated, "read" looks at it,
    "write" may change it; where that depends on the config, `effects_of` tells. `starts` marks the type
    with which a run begins. `streams` names the output field whose text is shown live; `answers` the config
    template that is shown to the person; `sources` the output field with the passages (`Passage.to_json`)
    that the person may look up; `hands_over` the field, of config and output alike, with files that go along
    with the answer.

    A type with steps inside gives `Inside`: what those may refer to by this node's id. `is_loop` marks one
    whose round ends when a step inside leaves by STOP or NEXT, and with STOP so does it; any other passes
    them on. `ends_loop` marks a type that leaves by one of them, `ends_run` one that leaves by END.
    `is_tool` marks a type that may be given to an AI agent as a tool (`tools.py`); `tool_fields` names what
    the agent may give then, by default the texts of its config that are not behind "More options".
    `takes_tools` marks one whose steps inside are tools, of which it uses what it will (`ctx.use`).
    `called_inputs` names the field that holds what the workflow asks for that it `calls`.
    `for_anything` marks one that does what no other type is made for: it is offered to who searches in vain.
    `fails_with` names the codes of errors it may end with that hang on more than its settings, so that a
    person may choose which of them are tried again; None for a type that does not say.
    `writes_in` names the one `ctx.step` in which a type writes that does more than that: once it is
    remembered, a crash leaves nothing unknown, and a person who settles it says what became of that alone.
    `inside_known` says of some of them how they are known before the steps start, so that an answer inside
    need not wait: "place" or "number" of the pass, or by a config field "field:x", "item:x", "count:x".
    """

    type: ClassVar[str]
    title: ClassVar[str]
    group: ClassVar[str] = "Other"
    version: ClassVar[int] = 1
    effects: ClassVar[Effects] = "write"
    sentence: ClassVar[str] = ""
    starts: ClassVar[bool] = False
    streams: ClassVar[str | None] = None
    answers: ClassVar[str | None] = None
    sources: ClassVar[str | None] = None
    hands_over: ClassVar[str | None] = None
    is_loop: ClassVar[bool] = False
    ends_loop: ClassVar[bool] = False
    ends_run: ClassVar[bool] = False
    is_tool: ClassVar[bool] = False
    tool_fields: ClassVar[Sequence[str]] = ()
    takes_tools: ClassVar[bool] = False
    called_inputs: ClassVar[str | None] = None
    for_anything: ClassVar[bool] = False
    fails_with: ClassVar[Sequence[str] | None] = None
    writes_in: ClassVar[str | None] = None
    inside_known: ClassVar[Mapping[str, str]] = {}
    examples: ClassVar[Sequence[Mapping[str, Any]]] = ()
    i18n: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    Config: ClassVar[type[NodeConfig]] = NodeConfig
    Output: ClassVar[type[NodeOutput]] = NodeOutput
    Inside: ClassVar[type[NodeOutput] | None] = None

    @classmethod
    def ports(cls, config: Mapping[str, Json]) -> Sequence[Port]:
        """The ways out, given the config as drawn. `error` is always legal and not listed."""
        return (Port("out"),)

    @classmethod
    def effects_of(cls, config: Mapping[str, Json]) -> Effects:
        """What running it does to the world, given the config as drawn; `effects` is the most it may do."""
        return cls.effects

    @classmethod
    def may_repeat(cls, config: Mapping[str, Json]) -> bool:
        """Whether what it writes may be written again, given the config as drawn: because the other side
        knows the `idempotency_key`, or because twice is as good as once. Otherwise a run whose worker died
        while it was at work waits until a person has said what became of it."""
        return False

    @classmethod
    def calls(cls, config: Mapping[str, Json]) -> str | None:
        """The workflow that it runs inside this run, as `<id>@latest` or `<id>@<version number>`, given the
        config as drawn; None for a type that runs none, and while none is chosen."""
        return None

    @classmethod
    def sends_mail(cls, config: Mapping[str, Json]) -> bool:
        """Whether it needs the workspace's mail server, given the config as drawn."""
        return False

    @classmethod
    def tells(cls, config: Mapping[str, Json]) -> Telling:
        """What whoever talks with the app sees while a tool inside is at work, given the config as drawn, of
        a type that `takes_tools`. Never what is sent to it, nor what it gives."""
        return "nothing"

    @classmethod
    def keeps(cls, config: Mapping[str, Json]) -> bool:
        """Whether it keeps something of its own with the conversation (`ctx.keep`), as drawn."""
        return False

    @classmethod
    def own_refs(cls, config: Mapping[str, Json]) -> Mapping[str, dict[str, Any]]:
        """What refs in this config may name besides earlier nodes: names with the JSON Schema of each."""
        return {}

    @classmethod
    def loop_variables(cls, config: Mapping[str, Json]) -> Mapping[str, str]:
        """What steps inside may change from one pass to the next and refer to by this node's id, given the
        config as drawn: names with their kinds. It must `hold` them before the first pass."""
        return {}

    @classmethod
    def check_variable(cls, config: Mapping[str, Json], kind: str) -> Sequence[Problem]:
        """What is wrong in a config that changes a variable (widget `variable`) declared to be of `kind`."""
        return ()

    @classmethod
    def fill(cls, config: Mapping[str, Json], scope: Scope) -> dict[str, Json]:
        """`config` with its refs filled in, as it is run and written down. Raises NodeError."""
        return resolve(config, scope)

    @classmethod
    def tool_schema(cls, config: Mapping[str, Json]) -> dict[str, Any] | None:
        """The JSON Schema of what an agent gives, where the config says it; None: its `tool_fields`."""
        return None

    @classmethod
    def tool_config(cls, config: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        """`config` with references to what an agent gives, by name. Raises NodeError for what cannot be."""
        return {**config, **{name: f"{{{{ {GIVEN}.{name} }}}}" for name in given}}

    @classmethod
    def port_of(cls, output: Json) -> str:
        """The port that goes with an output that was given instead of running."""
        return "out"

    @classmethod
    def output_schema(cls, config: Mapping[str, Json]) -> dict[str, Any]:
        """The JSON Schema of the output, given the config as drawn. The caller may change what it gets."""
        return _copied(_schema_of(cls.Output))

    @classmethod
    def migrate(cls, config: dict[str, Json], version: int) -> dict[str, Json]:
        """A config written for an older `version` of this type, brought up to date."""
        return config

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        """What is wrong in a config beyond its field types. `node` is filled in by the caller."""
        return ()

    @classmethod
    def runs_side_by_side(cls, config: Mapping[str, Json]) -> bool:
        """Whether passes over the steps inside may run at the same time, given the config as drawn."""
        return False

    @classmethod
    def sets_failures_aside(cls, config: Mapping[str, Json]) -> bool:
        """Whether it goes on when a pass over the steps inside has failed, given the config as drawn."""
        return False

    @classmethod
    def check_side_by_side(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        """What else is wrong in a config where this step may run side by side with itself."""
        return ()

    async def run(self, config: Any, ctx: NodeContext) -> NodeOutput | NodeResult:
        """Does the work. Raises NodeError when it cannot."""
        raise NotImplementedError
