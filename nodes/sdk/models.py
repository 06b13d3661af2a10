"""What a node says to models and hears from them, and the door to models."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from nodes.sdk.values import Json

Role = Literal["system", "user", "assistant", "tool"]

ToolChoice = Literal["auto", "required", "none"]
"""Whether a model may call a tool or answer, must call one, or must answer."""

_TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class ToolSpec:
    """A tool that a model may call. `parameters` is the JSON Schema of an object.

    Raises ValueError for a name that services do not take: letters, digits, _ and -, at most 64.
    """

    name: str
    description: str
    parameters: Mapping[str, Json]

    def __post_init__(self) -> None:
        if not _TOOL_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name[:80]!r} is no name for a tool.")


@dataclass(frozen=True)
class ToolCall:
    """A model's wish to have a tool called. `id` tells it from the others of its conversation.

    It names a tool that was offered. That the arguments fit its schema is the caller's to see to.
    """

    id: str
    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True)
class ImageContent:
    """A picture that a model is to look at: `content` is the file's bytes, `mime` one of PICTURE_TYPES.

    It lives as long as the request. Journals know the file it came from by its id, and never hold the bytes.
    """

    mime: str
    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class ChatMessage:
    """One message of a conversation. `images` come with the words of a user.

    `tool_calls` are what a message of the assistant wished for. A message of the role "tool" says in
    `content` what came of the call with the id `answers`.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    answers: str = ""
    images: tuple[ImageContent, ...] = ()


@dataclass(frozen=True)
class InLine:
    """That `ahead` other questions are before one at a model of this machine, which answers `at_once` of them
    at a time. None ahead: it is the turn of this one."""

    ahead: int
    at_once: int


@dataclass(frozen=True)
class ChatRequest:
    """A question to a chat model. None leaves a setting to the model; model "" is the workspace's default.

    What the same app was answered to exactly the same within `reuse_s` seconds may be the answer, if no tools
    are offered. `on_place` hears how the question moves up, should it have to wait; of most models nobody can
    tell.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Json] | None = None
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = "auto"
    reuse_s: int | None = None
    on_place: Callable[[InLine], None] | None = field(default=None, compare=False, repr=False)

    @property
    def has_images(self) -> bool:
        return any(message.images for message in self.messages)


@dataclass(frozen=True)
class Usage:
    """What model calls used up. `cost` is in US dollars, None where no price is known."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        known = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            sum(known) if known else None,
        )


@dataclass(frozen=True)
class Price:
    """What a token costs in US dollars: one that is read, and one that is written.

    `unit` is for models that are not paid by tokens: a picture, a minute that is listened to, or a million
    characters that are said aloud.
    """

    prompt: float = 0.0
    completion: float = 0.0
    unit: float = 0.0

    @property
    def is_free(self) -> bool:
        return self.prompt == 0 and self.completion == 0 and self.unit == 0


@dataclass(frozen=True)
class CallText:
    """A piece of the arguments of a reply's call number `index`, as the model writes them: text to be shown.

    It is JSON only once the call is whole, and a reply that breaks off has no call.
    """

    index: int
    name: str
    text: str


@dataclass(frozen=True)
class ChatChunk:
    """A piece of a model's reply. `usage`, `finish` and `model` come with the last pieces.

    So do `tool_calls`, whole, with the finish "tool_calls"; `call_text` shows what they will be. Of an answer
    that is taken again, `answered_at` says when it was given.
    """

    text: str = ""
    reasoning: str = ""
    usage: Usage | None = None
    finish: str | None = None
    model: str | None = None
    call_text: CallText | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    answered_at: datetime | None = None


EmbedKind = Literal["query", "passage"]
"""What a text is to a search: what somebody looks for, or what is found. Some models tell them apart."""


class Vectors(list[list[float]]):
    """Vectors of unit length, one a text in the texts' order; which model made them, and what that used up.

    Only vectors of the same `model` can be compared.
    """

    def __init__(
        self, vectors: Iterable[list[float]] = (), *, model: str = "", usage: Usage | None = None
    ) -> None:
        super().__init__(vectors)
        self.model = model
        self.usage = usage or Usage()


Task = Literal["chat", "embedding", "rerank", "transcription", "speech", "image"]
"""What a model is wanted for: to write, to make vectors, to put texts in order, to write down what is said,
to say a text aloud, or to draw. Each has a default."""

MediaTask = Literal["transcription", "speech", "image"]
"""Those that hear, speak and draw."""


@dataclass(frozen=True)
class Ranking:
    """How well each text fits a question: a number in [0, 1] for each, in the texts' order.

    Only those of one ranking can be compared. `model` gave them.
    """

    scores: tuple[float, ...] = ()
    model: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True)
class Recording:
    """A sound that somebody is to be heard in: the file's bytes, what they are, and what it is called."""

    mime: str
    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording. `units` are the minutes that count."""

    text: str
    model: str = ""
    usage: Usage = Usage()
    units: float = 0.0


@dataclass(frozen=True)
class Made:
    """A sound or a picture that a model made. `mime` was found out from the content.

    `units` is what counts where such a model is not paid by tokens (`Price.unit`).
    """

    mime: str
    content: bytes = field(repr=False)
    model: str = ""
    usage: Usage = Usage()
    units: float = 0.0


PRACTICE = "practice"
"""The id of the small model that comes along, for trying things out."""


class Models(Protocol):
    """The models of the workspace. Raises NodeError with a `model_…` code when one cannot answer."""

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]: ...

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        """The meaning of each text as a vector; model "" is the workspace's default for embeddings."""
        ...

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        """How well each text answers the question; model "" is the workspace's default, if it has one."""
        ...

    async def transcribe(self, recording: Recording, *, language: str = "", model: str = "") -> Transcript:
        """What is said in it; `language` as "en" helps, "" has the model find out."""
        ...

    async def speak(self, text: str, *, voice: str = "", model: str = "") -> Made:
        """The text said aloud, by a voice that the service knows; "" is one that most know."""
        ...

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        """A picture of what the words say; `size` as "1024x1024", "" leaves it to the model."""
        ...

    async def which(self, model: str = "") -> str:
        """The id of the model that `chat` would ask; `practice` for the one that comes along."""
        ...

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        """What the model costs that would be asked for the task; None if nobody knows it."""
        ...
