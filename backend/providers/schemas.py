"""What /api/models takes and gives."""

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.accounts.bodies import Answer, Body
from backend.providers.known import FIELD_LENGTH

MOST_STAND_INS = 5

TaskName = Literal["chat", "embedding", "rerank", "transcription", "speech", "image"]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
FieldValue = Annotated[str, StringConstraints(max_length=FIELD_LENGTH)]


class ModelAnswer(Answer):
    """A model that nodes can name by its id.

    `kind`: "chat" writes, "embedding" makes vectors for search and sorting, "rerank" puts what a search found
    in order, "transcription" writes down what is said, "speech" says texts aloud, "image" draws.
    `is_practice`: the small one that comes along; `is_local`: it runs on this server, so that nothing leaves
    it. `connection` is the name of the connection it comes from.
    """

    id: str
    title: str
    kind: TaskName
    is_practice: bool
    is_local: bool
    connection: str | None


class KindAnswer(Answer):
    """The model that steps use for a kind of work when they name none; "" is none."""

    kind: TaskName
    default: str


class FieldAnswer(Answer):
    """One field of a provider's form, drawn as it is described here; `pattern` is a whole-text match or "".

    Titles and helps come in English and Chinese. What is secret is typed into a password field, kept
    encrypted, and never sent back.
    """

    name: str
    title: str
    title_zh: str
    help: str
    help_zh: str
    placeholder: str
    pattern: str
    is_secret: bool
    is_required: bool


class ProviderAnswer(Answer):
    """A provider one can connect. `kinds`: what its models can do; `examples`: model names by kind.

    `key_page` is where the provider hands out keys, or "".
    """

    id: str
    title: str
    title_zh: str
    help: str
    help_zh: str
    key_page: str
    kinds: list[TaskName]
    examples: dict[TaskName, list[str]]
    fields: list[FieldAnswer]


class PresetAnswer(Answer):
    """A server that speaks OpenAI's protocol and the address it usually has, to fill the form with."""

    id: str
    title: str
    base_url: str
    examples: dict[TaskName, list[str]]


class ConnectionAnswer(Answer):
    """A connection. `fields` are those that are not secret; `filled` names the secret ones that are kept."""

    id: uuid.UUID
    name: str
    kind: Literal["litellm", "openai_compatible"]
    provider: str
    base_url: str
    fields: dict[str, str]
    filled: list[str]
    models: list[str]
    embedding_models: list[str]
    rerank_models: list[str]
    transcription_models: list[str]
    speech_models: list[str]
    image_models: list[str]
    is_ready: bool


class RulesAnswer(Answer):
    """How a model is used. None is no limit, or the price that is known without this.

    `at_once` calls, over all workers; prices are US dollars a million tokens, `unit_price` those a picture
    ("image"), a minute listened to ("transcription") or a million characters that are said ("speech");
    `stand_ins` are the ids of models of its kind that answer when this one does not, the first one first.
    """

    model: str
    at_once: int | None
    requests_a_minute: int | None
    tokens_a_minute: int | None
    prompt_price: float | None
    completion_price: float | None
    unit_price: float | None
    stand_ins: list[str]


class FaultAnswer(Answer):
    """Why something did not work, in a stable code and in words."""

    code: str
    message: str
    hint: str


class ToolCheckAnswer(Answer):
    """How a model calls tools. `state` is that of the latest check: `done` of `total` questions so far.

    `verdict`: "ok" calls tools by itself, "guided" does well when it is led from question to question, "weak"
    chooses badly even so; "" is not known yet. `fits` and `right`: calls that fit their tool, and calls of
    the right tool, of those asked in the way of `is_guided`.
    """

    model: str
    state: Literal["running", "done", "cancelled", "failed"]
    is_guided: bool
    done: int
    total: int
    fits: int
    right: int
    verdict: Literal["", "ok", "guided", "weak"]
    error: FaultAnswer | None


class ModelsAnswer(Answer):
    """All that the page Models shows, except the local models (/api/models/local).

    `default` is the default for chat (as in `kinds`); `compatible` describes the form of an OpenAI-compatible
    address, `presets` the servers to fill it with. A private address works only if the administrator allows
    it (TREADLE_ALLOWED_HOSTS_PRIVATE, host:port).
    """

    models: list[ModelAnswer]
    default: str
    kinds: list[KindAnswer]
    connections: list[ConnectionAnswer]
    providers: list[ProviderAnswer]
    compatible: list[FieldAnswer]
    presets: list[PresetAnswer]
    rules: list[RulesAnswer]
    tool_checks: list[ToolCheckAnswer]


AtOnce = Annotated[int, Field(ge=1, le=10_000)]
AMinute = Annotated[int, Field(ge=1, le=1_000_000_000)]
PriceOfAMillion = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class NewRules(Body):
    """How a model shall be used: replaces what was said before. With nothing said there are no rules."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    at_once: AtOnce | None = None
    requests_a_minute: AMinute | None = None
    tokens_a_minute: AMinute | None = None
    prompt_price: PriceOfAMillion | None = None
    completion_price: PriceOfAMillion | None = None
    unit_price: PriceOfAMillion | None = None
    stand_ins: Annotated[list[str], Field(max_length=MOST_STAND_INS)] = []


class NewConnection(Body):
    """A connection: `fields` by the names that the provider's form has. Keys are kept encrypted.

    `models` are chat models, `embedding_models` those that make vectors, `rerank_models` those that put
    passages in order, `transcription_models` those that write down what is said, `speech_models` those that
    say texts aloud and `image_models` those that draw, as the provider names them; at least one of any.
    """

    name: str = Field(min_length=1, max_length=40)
    kind: Literal["litellm", "openai_compatible"]
    provider: str = Field("", max_length=40)
    fields: dict[str, FieldValue] = Field(default_factory=dict, max_length=20)
    models: list[ModelName] = Field(default_factory=list, max_length=50)
    embedding_models: list[ModelName] = Field(default_factory=list, max_length=50)
    rerank_models: list[ModelName] = Field(default_factory=list, max_length=50)
    transcription_models: list[ModelName] = Field(default_factory=list, max_length=50)
    speech_models: list[ModelName] = Field(default_factory=list, max_length=50)
    image_models: list[ModelName] = Field(default_factory=list, max_length=50)


class ConnectionChange(Body):
    """What is to change; what is left out stays. A secret field that is left out keeps its value.

    With another address, the secret fields must be entered again.
    """

    fields: dict[str, FieldValue] | None = Field(None, max_length=20)
    models: list[ModelName] | None = Field(None, max_length=50)
    embedding_models: list[ModelName] | None = Field(None, max_length=50)
    rerank_models: list[ModelName] | None = Field(None, max_length=50)
    transcription_models: list[ModelName] | None = Field(None, max_length=50)
    speech_models: list[ModelName] | None = Field(None, max_length=50)
    image_models: list[ModelName] | None = Field(None, max_length=50)


class DefaultModel(Body):
    """The id of a model, and for which kind of work it is to be the default; "" is none, for those of
    which none comes along."""

    model: str = Field(max_length=300)
    kind: TaskName = "chat"


class CheckedModel(Body):
    """The model whose tool calls are to be checked, or are no longer to be."""

    model: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ModelTest(Body):
    """What to test: a model by its id, or a saved connection (all its models' kinds, one model each)."""

    model: str = Field("", max_length=300)
    connection: uuid.UUID | None = Field(None, strict=False)


class TestedModel(Answer):
    """A model that answered, how long that took, and what it said (chat models)."""

    model: str
    kind: TaskName
    took_ms: int
    answer: str


class TestAnswer(Answer):
    """The models that were tested; all of them answered, or the route says 422."""

    tested: list[TestedModel]


class LocalModelAnswer(Answer):
    """A model file on this server, or one that is offered (`state` "available").

    `state`: available → downloading (⇄ paused) → checking → ready, or failed with an `error` (download again
    goes on where it stopped). `progress` is 0 to 1, `done_bytes` of `size_bytes` (0: not known).
    `model` is the id by which steps name it once it is ready. `memory_bytes` is what it uses now if it is
    running (`is_running`), else about what it will need, else null. `path` is set for a file that lies on the
    server already. `header`: what the file says of itself (architecture, context_length, name).
    """

    id: str
    title: str
    model: str
    is_offered: bool
    url: str
    path: str
    sha256: str
    size_bytes: int
    done_bytes: int
    progress: float
    licence: str
    languages: list[str]
    header: dict[str, str | int | bool]
    state: Literal["available", "downloading", "paused", "checking", "ready", "failed"]
    error: FaultAnswer | None
    is_running: bool
    memory_bytes: int | None


class LocalModelsAnswer(Answer):
    """The local models. `may_change`: whether this person may bring model files to the server."""

    models: list[LocalModelAnswer]
    may_change: bool
    free_bytes: int


class NewLocalModel(Body):
    """A GGUF file by its path on the server, or by its address and SHA-256."""

    title: str = Field(min_length=1, max_length=100)
    path: str = Field("", max_length=1000)
    url: str = Field("", max_length=1000)
    sha256: str = Field("", max_length=64)
