"""What the run routes take and give."""

import uuid
from typing import Any, Literal

from pydantic import Field

from backend.accounts.bodies import Answer, Body
from backend.workflows.schemas import WholeGraphAnswer

Status = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled", "timed_out"]


class NewRun(Body):
    """A message to a draft."""

    query: str = Field(max_length=100_000)
    inputs: dict[str, Any] = Field(default_factory=dict)
    conversation_id: uuid.UUID | None = Field(None, strict=False)


class EditBody(Body):
    """What is changed of a step: what it gave and by which way it left, or fields of what came into it."""

    output: Any = None
    port: str | None = Field(None, max_length=50)
    config: dict[str, Any] | None = None


class ForkBody(Body):
    """From which step of a run to go on, and what is changed. Without `query` or `inputs` it keeps its own.

    `only` runs that one step and nothing else; `version` says on which drawing the new run runs.
    """

    from_: str = Field(alias="from", max_length=1_000)
    edits: dict[str, EditBody] = Field(default_factory=dict)
    query: str | None = Field(None, max_length=100_000)
    inputs: dict[str, Any] | None = None
    version: Literal["origin", "draft"] = "origin"
    only: bool = False


class PinBody(Body):
    """What is to stand in for a step: its output, and the way out if that does not follow from it."""

    output: Any
    port: str | None = Field(None, max_length=50)
    from_run: uuid.UUID | None = Field(None, strict=False)


class PinAnswer(Answer):
    """What stands in for a step, since when, and from which run it was taken."""

    output: Any
    port: str
    from_run: uuid.UUID | None
    at: str


class PinsAnswer(Answer):
    """By the ids of steps, also of some that the draft has no more."""

    pins: dict[str, PinAnswer]


class SettleBody(Body):
    """What became of a step that may have acted before its worker stopped."""

    path: str = Field(max_length=1_000)
    action: Literal["done", "again", "fail"]
    output: dict[str, Any] | None = None


class RatingBody(Body):
    """What whoever asked thinks of the answer, and why; null takes it back."""

    rating: Literal["good", "bad"] | None
    reason: str = Field("", max_length=500)


class RatingAnswer(Answer):
    """What whoever asked thought of the answer; null: they did not say."""

    rating: Literal["good", "bad"] | None
    reason: str


class AnswerBody(Body):
    """An answer to a step that asks a person: which button was pressed, and what stands in the form."""

    path: str = Field(max_length=1_000)
    action: str = Field("", max_length=50)
    fields: dict[str, Any] = Field(default_factory=dict)


class LinkBody(Body):
    """Which question a link is to be for, and for how many hours at most."""

    path: str = Field(max_length=1_000)
    hours: int = Field(168, ge=1, le=720)


class LinkAnswer(Answer):
    """An address where one question may be answered once, without an account."""

    url: str
    expires_at: str


class AskFieldAnswer(Answer):
    """One field of a form, as the step declares it."""

    name: str
    label: str = ""
    type: str = "text"
    required: bool = False
    default: Any = None
    options: list[str] = Field(default_factory=list)
    max_length: int | None = None
    max_items: int | None = None
    accepts: list[str] = Field(default_factory=list)
    max_mb: int | None = None


class AskActionAnswer(Answer):
    """A button under a form."""

    name: str
    title: str = ""
    needs_form: bool = True


class AskAnswer(Answer):
    """A question to a person that is open."""

    path: str
    who: Literal["visitor", "team"]
    title: str
    message: str
    fields: list[AskFieldAnswer]
    actions: list[AskActionAnswer]
    since: str | None
    until: str | None


class InboxItem(Answer):
    """Something that waits for a person: a question (`ask`), or a step of which nobody knows what became."""

    id: int
    reason: Literal["ask_human", "outcome_unknown"]
    run_id: uuid.UUID
    workflow_id: uuid.UUID
    app: str
    query: str
    audience: Literal["member", "visitor", "key"]
    is_paused: bool
    path: str
    title: str
    who: Literal["visitor", "team"]
    ask: AskAnswer | None
    since: str
    until: str | None


class InboxAnswer(Answer):
    """A page of what waits, the longest first, and how much there is. `next` is the next page's `after`."""

    items: list[InboxItem]
    count: int
    next: int | None


class CallbackBody(Body):
    """Which step's callback address is wanted."""

    path: str = Field(max_length=1_000)


class CallbackAnswer(Answer):
    """An address that another service may call once, by POST."""

    url: str
    expires_at: str | None


class RunErrorAnswer(Answer):
    """Why a run ended badly."""

    code: str
    message: str
    hint: str = ""


class UsageAnswer(Answer):
    """What the models of a run used. The cost is in US dollars, None where nobody knows it.

    `at_least`: a worker ended while a model may have been at it, and what that call used is not known.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float | None
    at_least: bool = False


class SourceAnswer(Answer):
    """A passage of a document that a run found: `[n]` in its text. The chunk opens at this passage."""

    n: int
    document: str
    heading: str
    page: int | None
    text: str
    knowledge_id: str = ""
    document_id: str
    chunk_id: int | None


class OriginAnswer(Answer):
    """The step of another run that this one goes on from."""

    run: uuid.UUID
    path: str


class SeenOriginAnswer(OriginAnswer):
    """How that step was called, "" if by its type alone, and whether the other run is still there."""

    title: str = ""
    type: str = ""
    is_kept: bool


class FileAlongAnswer(Answer):
    """A file that a reply gave along; `mime` is what its content shows, `size` in bytes."""

    file_id: str
    name: str
    mime: str
    size: int


class RunAnswer(Answer):
    """A run."""

    id: uuid.UUID
    status: Status
    answer: str
    outputs: dict[str, Any]
    error: RunErrorAnswer | None
    usage: UsageAnswer
    sources: list[SourceAnswer]
    files: list[FileAlongAnswer]
    handled_errors: int
    conversation_id: uuid.UUID | None
    origin: OriginAnswer | None = None
    created_at: str
    finished_at: str | None


class RunStateAnswer(Answer):
    """What a run is doing at the moment, why, and at which step; `until` is when that changes by itself."""

    kind: Literal[
        "queued", "working", "stopping", "pausing", "paused", "waiting", "recovered", "stuck", "ended"
    ]
    reason: Literal["", "behind", "no_worker", "worker_gone", "outcome_unknown", "ask_human", "time", "event"]
    path: str
    title: str
    since: str | None
    until: str | None


class RunSummary(Answer):
    """A run in the list. `recoveries`: how often it went on after its worker was gone."""

    id: uuid.UUID
    status: Status
    state: RunStateAnswer
    query: str
    answer: str
    audience: Literal["member", "visitor", "key"]
    version: int | None
    error: RunErrorAnswer | None
    usage: UsageAnswer
    handled_errors: int
    recoveries: int
    conversation_id: uuid.UUID | None
    origin: SeenOriginAnswer | None = None
    created_at: str
    finished_at: str | None
    elapsed_ms: int | None


class RunsAnswer(Answer):
    """A page of runs, the newest first. `next` is the `before` of the page after it, if there is one."""

    runs: list[RunSummary]
    next: uuid.UUID | None


class EventAnswer(Answer):
    """One fact of a run's journal."""

    seq: int
    type: str
    path: str
    at: str
    data: dict[str, Any]


class PinnedVersionAnswer(Answer):
    """The version a run belongs to; a trial run's has no number."""

    id: uuid.UUID
    number: int | None


class UsedWorkflowAnswer(Answer):
    """An app that ran inside a run, in the version that was found for it."""

    workflow_id: uuid.UUID
    name: str
    number: int | None
    graph: WholeGraphAnswer


class UsedWorkflowsAnswer(Answer):
    """The apps that ran inside a run, by `<id>@latest` or `<id>@<number>`, without those deleted since."""

    workflows: dict[str, UsedWorkflowAnswer]


class WholeRunAnswer(RunAnswer):
    """A run with the graph it ran on, and its journal."""

    origin: SeenOriginAnswer | None = None
    query: str
    state: RunStateAnswer
    recoveries: int
    rated: RatingAnswer
    elapsed_ms: int | None
    workflow_id: uuid.UUID
    version: PinnedVersionAnswer
    graph: WholeGraphAnswer
    workflows: dict[str, UsedWorkflowAnswer]
    events: list[EventAnswer]


class MessageAnswer(Answer):
    """Something that was said, and what became of its run."""

    role: Literal["user", "assistant"]
    text: str
    run_id: uuid.UUID
    status: Status
    sources: list[SourceAnswer]
    files: list[FileAlongAnswer]
    error: RunErrorAnswer | None
    rating: Literal["good", "bad"] | None


class ConversationAnswer(Answer):
    """A conversation and all that was said in it."""

    id: uuid.UUID
    messages: list[MessageAnswer]


class RememberedVariable(Answer):
    """A piece of what a conversation remembers. One that is not kept has the value it begins with.

    One that is not declared was left by an older version of the app; nothing reads it now.
    """

    name: str
    title: str
    type: str
    value: Any
    is_kept: bool
    is_declared: bool


class RememberedAnswer(Answer):
    """All that a conversation remembers beside its messages."""

    variables: list[RememberedVariable]


class FileAnswer(Answer):
    """A file that was stored; `id` names it in the inputs of a run. `created_at` in seconds since 1970."""

    id: uuid.UUID
    name: str
    size: int
    extension: str
    mime_type: str
    created_at: int
