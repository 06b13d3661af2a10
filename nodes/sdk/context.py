"""What a running node may ask of the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from nodes.sdk.code import Code
from nodes.sdk.databases import Databases
from nodes.sdk.errors import NodeError
from nodes.sdk.http import Http
from nodes.sdk.knowledge import Knowledge
from nodes.sdk.mail import AnswerLink, Mail
from nodes.sdk.memory import Memory
from nodes.sdk.models import ChatMessage, Models
from nodes.sdk.tool_sources import ToolSources
from nodes.sdk.uploads import Files
from nodes.sdk.values import Json
from nodes.sdk.variables import Operator

if TYPE_CHECKING:
    from nodes.sdk.node import Called, NodeResult, Turn
    from nodes.sdk.tools import OfferedTool

T = TypeVar("T")


class NodeContext(Protocol):
    """The world as one node run sees it. Everything here is safe across a crash.

    `path` is where the node stands in the run ("loop_1[2].prompt_1"); `attempt` counts from 1;
    `idempotency_key` is the same on every attempt, for outside services. `query` is the visitor's message
    and `inputs` what came with it; `history` is this conversation before that message, oldest first.
    """

    @property
    def path(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Json]: ...
    @property
    def history(self) -> tuple[ChatMessage, ...]: ...
    @property
    def models(self) -> Models: ...
    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def http(self) -> Http: ...
    @property
    def files(self) -> Files: ...
    @property
    def databases(self) -> Databases: ...
    @property
    def code(self) -> Code: ...
    @property
    def tool_sources(self) -> ToolSources: ...

    async def emit(self, delta: str) -> None:
        """Shows a piece of live text of the field that the node type `streams`. Not kept."""
        ...

    async def step(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        """The result of `do`, done once and remembered under `name` for every later attempt."""
        ...

    async def body(self, key: str | int, **inputs: Json) -> Turn:
        """One pass over the steps inside, remembered under `key`; `inputs` is what they see of this node."""
        ...

    async def bodies(
        self, inputs: Sequence[Mapping[str, Json]], *, at_once: int = 1, stops_on_error: bool = False
    ) -> Sequence[Turn | NodeError]:
        """A pass for each of `inputs`, at most `at_once` side by side, keyed 0, 1, …; shows the progress.

        Gives what came of each, in their order. But the first (as it was written down) that leaves by STOP or
        NEXT, or with `stops_on_error` fails, ends the others: then it alone is given.
        """
        ...

    async def call(
        self, query: str, inputs: Mapping[str, Json], history: Sequence[ChatMessage] = ()
    ) -> Called:
        """Runs the workflow that the node type `calls`, within this run; its words are shown live.

        It sees what it is given and nothing else of this run. Raises NodeError with the failure of the step
        inside that ended it.
        """
        ...

    @property
    def tools(self) -> Sequence[OfferedTool]:
        """The steps inside as tools, in the order of the drawing, for a type that `takes_tools`."""
        ...

    async def think(self, number: int, do: Callable[[NodeContext], Awaitable[Json]]) -> Json:
        """What `do` gives, in a step of its own in the trace, once for the round `number`: `do` gets the
        context of that step, with whose models it is to ask. Raises NodeError when it failed for good."""
        ...

    async def ask(self, number: int, step: str, do: Callable[[NodeContext], Awaitable[Json]]) -> Json:
        """The same of a question whether the step inside may be called in that round; None where it was."""
        ...

    async def use(self, number: int, step: str, arguments: Mapping[str, Json]) -> NodeResult:
        """What the step inside gives that is called with `arguments`, once for the round `number`; by the
        port "error" why it could not. Raises NodeError where no settings can be made of them."""
        ...

    async def side_by_side(self, work: Sequence[Callable[[], Awaitable[T]]]) -> Sequence[T]:
        """What each of `work` gives, at the same time, in their order. Those that wait hold up no other."""
        ...

    def say(self, offset: int, text: str) -> None:
        """Shows live text that begins at `offset` of what was shown: what stood there is said anew."""
        ...

    async def outset(self) -> Mapping[str, Json]:
        """Those fields with `scope="inside"` that name nothing inside, filled in before the first pass."""
        ...

    async def change_variable(self, name: str, operator: Operator, value: Json = None) -> Mapping[str, Json]:
        """Changes a variable, once in this node run, and says what came of it (`variables.change`).

        `name` is that of a run variable, or begins with "conversation." or the id of a loop around.
        """
        ...

    @property
    def kept(self) -> Json:
        """What this step kept with the conversation last; {} or None if nothing."""
        ...

    async def keep(self, value: Json) -> None:
        """Keeps an object with the conversation for this step's next runs, once in this node run.

        Its type says by `keeps` that it does. Its owner sees it with what the conversation remembers."""
        ...

    async def hold(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        """The `loop_variables` of this node: they begin with `values`, and what is given here follows the
        changes that steps inside make. Raises NodeError("bad_variable") where a value is not of its kind."""
        ...

    async def wait_for(
        self,
        name: str,
        *,
        reason: str = "event",
        until: datetime | None = None,
        about: Mapping[str, Json] | None = None,
    ) -> Json:
        """Waits for a note of that name from outside and gives what it says; None when `until` passed first.

        Meanwhile the run holds no worker. Then `run` is called anew, and comes here again: what it did before
        is to stand in `step`s. The first note of a name counts. `about` is told to those who may answer.
        """
        ...

    def callback_url(self, name: str) -> str:
        """An address where the web can leave the note `name` for this step, once: a POST to it is what
        `wait_for(name, reason="event")` gives, as {"body", "received_at"}."""
        ...

    async def answer_link(self, expires_at: datetime) -> AnswerLink:
        """A link by which whoever has it answers what this step asks (`wait_for("answer",
        reason="ask_human")`), once. The same again for the same time; it must not be written down."""
        ...

    def progress(self, done: int, total: int | None = None) -> None:
        """Shows how far this node is. Not kept."""
        ...

    def now(self) -> datetime:
        """The time, aware and in UTC; the same again when this node run is replayed."""
        ...

    def random(self) -> float:
        """A number in [0, 1); the same again when this node run is replayed."""
        ...
