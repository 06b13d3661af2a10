"""What the workflow routes take and give."""

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import Annotated  # noqa: UP035

from backend.accounts.bodies import Answer, Body, ErrorDetail
from backend.workflows.offers import PublicationAnswer
from nodes.sdk.notes import Colour
from nodes.sdk.template_info import TemplateGroup

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class PositionAnswer(Answer):
    """Where a node stands on the canvas."""

    x: float
    y: float


class EdgeAnswer(Answer):
    """After `source` leaves by `port`, `target` may run."""

    source: str
    port: str
    target: str


class PolicyAnswer(Answer):
    """How often a node is tried and for how long; what is left out follows the type."""

    max_attempts: int | None = None
    backoff_s: float | None = None
    timeout_s: float | None = None
    retry_codes: list[str] | None = None
    on_error: Literal["fail", "port", "default"] | None = None
    default: Any = None


class ToolUseAnswer(Answer):
    """What an agent's model is told of a step inside it, and how far it may use it by itself."""

    name: str | None = None
    description: str | None = None
    use: Literal["off", "ask", "auto"] | None = None


class NodeAnswer(Answer):
    """One node of a graph."""

    id: str
    type: str
    version: int
    title: str
    config: dict[str, Any]
    policy: dict[str, Any]
    position: PositionAnswer
    body: "GraphAnswer | None"
    tool: ToolUseAnswer | None = None


class GraphAnswer(Answer):
    """A graph: nodes and the edges between them."""

    nodes: list[NodeAnswer]
    edges: list[EdgeAnswer]


class VariableAnswer(Answer):
    """A piece of information that an app remembers."""

    name: str
    scope: str
    type: str
    default: Any = None
    title: str = ""


class RunLimitsAnswer(Answer):
    """What one run may take at most: steps, seconds, tokens and US dollars; None sets no limit."""

    steps: int | None = None
    wall_s: float | None = None
    tokens: int | None = None
    cost: float | None = None


class SizeAnswer(Answer):
    """How large a note is on the canvas."""

    width: float
    height: float


class NoteAnswer(Answer):
    """A text in Markdown that people left on the canvas; no run sees it."""

    id: str
    text: str
    colour: Colour
    position: PositionAnswer
    size: SizeAnswer


class GroupAnswer(Answer):
    """A frame with a name around nodes of one graph; no run sees it."""

    id: str
    title: str
    colour: Colour
    nodes: list[str]


class WholeGraphAnswer(GraphAnswer):
    """A workflow's own graph: also what the app remembers, what a run may take, and notes on the canvas."""

    variables: list[VariableAnswer] = []
    limits: RunLimitsAnswer | None = None
    notes: list[NoteAnswer] = []
    groups: list[GroupAnswer] = []


class PortAnswer(Answer):
    """A way out of a node."""

    name: str
    title: str


class ShapeAnswer(Answer):
    """The ways out of a node and the JSON Schema of its output, as its config makes them.

    `own`: by name, the JSON Schemas of what this node's own config may refer to besides earlier nodes.
    `inside`: the JSON Schema of what steps inside may refer to, where it hangs on the config.
    `attempts`: how often it is tried where its policy does not say; None: once.
    """

    ports: list[PortAnswer]
    output: dict[str, Any]
    own: dict[str, dict[str, Any]] = {}
    attempts: int | None = None
    inside: dict[str, Any] | None = None


class ProblemAnswer(Answer):
    """Something to put right in a graph; `values` are the words its message mentions."""

    code: str
    message: str
    hint: str
    node: str | None
    field: str | None
    severity: Literal["error", "warning"]
    values: dict[str, str]


class WorkflowSummary(Answer):
    """A workflow in the list."""

    id: uuid.UUID
    name: str
    slug: str
    updated_at: datetime
    is_published: bool
    chat_url: str | None


class WorkflowsAnswer(Answer):
    """All workflows, the one changed last first."""

    workflows: list[WorkflowSummary]


class DraftAnswer(Answer):
    """What saving a draft comes back with."""

    revision: int
    shapes: dict[str, ShapeAnswer]
    problems: list[ProblemAnswer]
    updated_at: datetime


class BothLanguages(Answer):
    """A text in the languages there are."""

    en: str = ""
    zh: str = ""


class SetUpAnswer(Answer):
    """A question that makes an app one's own; its answer is the setting `field` of the step `step`."""

    step: str
    field: str
    label: BothLanguages
    example: BothLanguages


class WorkflowAnswer(DraftAnswer):
    """A workflow with its draft; `maximum` is what any run may take here, whatever its graph says.

    `setup`: what the template that it was made from asks. `needs_model`: whether the practice model is
    not enough for that template in the app's language.
    """

    id: uuid.UUID
    name: str
    slug: str
    description: str
    graph: WholeGraphAnswer
    suggestions: list[str]
    setup: list[SetUpAnswer]
    needs_model: bool
    publication: PublicationAnswer | None
    maximum: RunLimitsAnswer


class CurrentDraftAnswer(DraftAnswer):
    """The draft as it is, for whoever tried to save an older one."""

    graph: WholeGraphAnswer


class StaleAnswer(Answer):
    """The refusal of a save that came too late."""

    error: ErrorDetail
    current: CurrentDraftAnswer


class VersionAnswer(Answer):
    """A published version."""

    id: uuid.UUID
    number: int
    note: str
    is_published: bool
    created_at: datetime


class WholeVersionAnswer(VersionAnswer):
    """A published version with what was published."""

    graph: WholeGraphAnswer


class VersionsAnswer(Answer):
    """All published versions, the newest first."""

    versions: list[VersionAnswer]


class UsableVersion(Answer):
    """A published version of an app that may run as a step of another.

    `closes_circle`: it comes to use the app that was asked for.
    """

    number: int
    note: str
    created_at: datetime
    closes_circle: bool


class UsableApp(Answer):
    """An app that may run as a step of another. `latest`: the number that is published now, if one is."""

    id: uuid.UUID
    name: str
    slug: str
    latest: int | None
    versions: list[UsableVersion]


class UsableAppsAnswer(Answer):
    """All apps of the workspace but the one asked for, by name."""

    apps: list[UsableApp]


class AskedField(Answer):
    """Something an app asks for besides the message, as its starting step declares it."""

    name: str
    label: str = ""
    type: str = "text"
    required: bool = False
    default: Any = None
    options: list[str] = []
    max_length: int | None = None
    max_items: int | None = None
    accepts: list[str] = []
    max_mb: int | None = None


class AskedAnswer(Answer):
    """What version `number` of an app asks for besides the message."""

    number: int
    inputs: list[AskedField]


class UserOfApp(Answer):
    """An app that uses another: in its draft, in what is published of it, or both."""

    id: uuid.UUID
    name: str
    in_draft: bool
    is_published: bool


class UsersAnswer(Answer):
    """The apps that use one, by name."""

    apps: list[UserOfApp]


class SuggestionsAnswer(Answer):
    """Questions to try, by language."""

    en: list[str] = []
    zh: list[str] = []


class TemplateNode(Answer):
    """A node of a template's little picture."""

    id: str
    type: str
    position: PositionAnswer


class TemplateAnswer(Answer):
    """Something to begin with.

    `needs_model`: the languages in which the practice model is not enough. `questions`: how many there are
    in its set-up.
    """

    slug: str
    group: TemplateGroup
    title: BothLanguages
    summary: BothLanguages
    suggestions: SuggestionsAnswer
    needs_model: list[str]
    questions: int
    nodes: list[TemplateNode]
    edges: list[EdgeAnswer]


class TemplatesAnswer(Answer):
    """All templates, in their order."""

    templates: list[TemplateAnswer]


class TryTemplate(Body):
    """Which template is tried, and in which language."""

    template: str = Field(max_length=60)
    language: Literal["en", "zh"] = "en"


class TriedTemplateAnswer(Answer):
    """The app in which a template is tried, and what its steps give."""

    id: uuid.UUID
    graph: WholeGraphAnswer
    shapes: dict[str, ShapeAnswer]


class NewWorkflow(Body):
    """Which template to begin with, and how to call it."""

    template: str = Field(max_length=60)
    name: Name | None = None
    language: Literal["en", "zh"] = "en"


class WorkflowChange(Body):
    """A new name."""

    name: Name


class DraftSave(Body):
    """The graph as drawn, and the revision it was drawn from."""

    revision: int = Field(ge=1, le=2_147_483_647)
    graph: dict[str, Any]
