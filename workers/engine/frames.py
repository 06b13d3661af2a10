"""A workflow run inside a run: its own query, inputs, history, variables, scope and ids.

A frame's id is what the paths inside begin with, such as "sub_workflow_1[0].". Whatever is known by node id
is known per frame: the same id may stand in the workflow and in one that it uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from nodes.sdk.answers import AnswerFold
from nodes.sdk.errors import NodeError
from nodes.sdk.live_text import LiveText
from nodes.sdk.models import ChatMessage
from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, ENV, VARS

if TYPE_CHECKING:
    from workers.engine.context import RunContext
    from workers.engine.events import Event
    from workers.engine.plan import Plan

FRAME: Final = "#frame"
"""Where a scope holds its frame. No ref can name it; the workflow itself has none, and so pays nothing."""

MAX_CALL_DEPTH: Final = 8


@dataclass
class Frame:
    """One call of a workflow. `variables` holds its run variables, and refs see this very object.

    It is given with what is known of them already, those of the conversation under `conversation.` and name.
    """

    prefix: str
    plan: Plan
    query: str
    inputs: Mapping[str, Json]
    history: tuple[ChatMessage, ...]
    variables: dict[str, Json]
    depth: int
    env: dict[str, Json]
    """Those of the whole run: all its workflows are of one workspace."""
    conversation: dict[str, Json] = field(init=False)
    """What it says a conversation remembers: it begins anew with each call, and ends with it."""
    declared: dict[str, dict[str, dict[str, Json]]] = field(init=False)
    scope: dict[str, Json] = field(init=False)

    def __post_init__(self) -> None:
        self.declared, self.conversation = {}, {}
        known = dict(self.variables)
        self.variables.clear()
        for one in self.plan.variables:
            scope, name = str(one["scope"]), str(one["name"])
            self.declared.setdefault(scope, {})[name] = one
            (self.conversation if scope == CONVERSATION else self.variables)[name] = one["default"]
        for name, value in known.items():
            kept = name.startswith(f"{CONVERSATION}.")
            (self.conversation if kept else self.variables)[name.removeprefix(f"{CONVERSATION}.")] = value
        self.scope = {VARS: self.variables, CONVERSATION: self.conversation, ENV: self.env}
        self.scope[FRAME] = cast(Json, self)


def frame_of(scope: Mapping[str, Json]) -> Frame | None:
    """The frame that a scope belongs to; None for the workflow itself."""
    return cast("Frame | None", scope.get(FRAME))


class Call:
    """Listens to what happens inside one call: its answer so far is the live text of the node that calls."""

    def __init__(self, prefix: str, plan: Plan, env: Mapping[str, Json]) -> None:
        self.prefix = prefix
        self.fold = AnswerFold(plan.answers)
        self.fold.share(env)
        self._context: RunContext | None = None
        self._live: LiveText | None = None

    @property
    def answer(self) -> str:
        """What the called workflow says, by the facts and the live text so far."""
        return self.fold.text

    def begin(self, context: RunContext) -> None:
        """An attempt of the calling node starts: from now on the answer is its live text."""
        self._context, self._live = context, LiveText(context.say)
        self._tell()

    def event(self, event: Event) -> None:
        """Takes in a fact from inside."""
        self.fold.event(event.type, event.path[len(self.prefix) :], event.data)
        self._tell()

    def delta(self, path: str, attempt: int, offset: int, text: str) -> None:
        """Takes in live text from inside."""
        self.fold.delta(path[len(self.prefix) :], attempt, offset, text)
        self._tell()

    def _tell(self) -> None:
        context, live = self._context, self._live
        if context is not None and live is not None and not context.is_closed:
            live.tell(self.fold.text)


class Calls:
    """The calls under way, by frame, and the facts that earlier claims left of them."""

    def __init__(self) -> None:
        self._open: dict[str, Call] = {}
        self._past: dict[str, list[Event]] = {}

    def remember(self, events: Sequence[Event]) -> None:
        """Keeps what the journal holds from inside of calls, until they are begun again."""
        for event in events:
            for prefix in prefixes(event.path):
                self._past.setdefault(prefix, []).append(event)

    def get(self, prefix: str, plan: Plan, env: Mapping[str, Json]) -> Call:
        """The call at `prefix`, with all that happened inside so far."""
        call = self._open.get(prefix)
        if call is None:
            call = self._open[prefix] = Call(prefix, plan, env)
            for event in self._past.pop(prefix, ()):
                call.event(event)
        return call

    def at(self, path: str) -> Call | None:
        """The open call of the node at `path`."""
        return self._open.get(f"{path}[0].")

    def around(self, path: str) -> Call | None:
        """The innermost open call that `path` lies in."""
        if self._open:
            for prefix in reversed(prefixes(path)):
                if prefix in self._open:
                    return self._open[prefix]
        return None

    def forget(self, path: str) -> None:
        """The node at `path` came to its end."""
        if self._open or self._past:
            self._open.pop(f"{path}[0].", None)
            self._past.pop(f"{path}[0].", None)


def prefixes(path: str) -> list[str]:
    """What `path` begins with, from the outside in: "a_1[0]." and "a_1[0].b_1[2]." of "a_1[0].b_1[2].c_1"."""
    return [path[: i + 1] for i, char in enumerate(path) if char == "."]


def locate(plan: Plan, path: str) -> tuple[Plan, str]:
    """The plan of the frame that the node at `path` stands in, and the node's id."""
    node_id = path.rpartition(".")[2]
    if plan.calls:
        for part in path.split(".")[:-1]:
            called = plan.calls.get(part.partition("[")[0])
            plan = called if called is not None else plan
    return plan, node_id


def too_deep() -> NodeError:
    """Workflows use one another too deep."""
    return NodeError(
        "too_deep",
        f"Apps use one another more than {MAX_CALL_DEPTH} levels deep.",
        "Let an app further up do some of the work itself.",
        retry=False,
    )
