"""Connections to models elsewhere, models on this server, and which of them a workspace uses by default."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Workspace, WorkspaceRows
from backend.accounts.sealed import SealedTextField

LOCAL = "gguf"
"""What the ids of models on this server begin with: `gguf/<slug>`."""


class Kind(models.TextChoices):
    """How a model is spoken to: by a provider that LiteLLM knows, or at any OpenAI-compatible address."""

    LITELLM = "litellm"
    OPENAI_COMPATIBLE = "openai_compatible"


class ModelConnection(models.Model):
    """An account with a provider, or an address. `name` begins the ids of its models: `<name>/<model>`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.SlugField(max_length=40)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    provider = models.CharField(max_length=40, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    settings = models.JSONField(default=dict)  # further fields that are not secret
    key = SealedTextField(blank=True)  # never leaves the server
    secrets = SealedTextField(blank=True)  # further secret fields as JSON
    model_names = models.JSONField(default=list)  # chat models, as the provider knows them
    embedding_names = models.JSONField(default=list)  # models that make vectors
    rerank_names = models.JSONField(default=list)  # models that put passages in order
    transcription_names = models.JSONField(default=list)  # models that write down what is said
    speech_names = models.JSONField(default=list)  # models that say texts aloud
    image_names = models.JSONField(default=list)  # models that draw
    is_ready = models.BooleanField(default=False)  # the last test came back with an answer
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_connection_per_name"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="connection_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def model_ids(self) -> list[str]:
        """The ids by which nodes name this connection's models, kind after kind."""
        names = (
            *self.model_names,
            *self.embedding_names,
            *self.rerank_names,
            *self.transcription_names,
            *self.speech_names,
            *self.image_names,
        )
        return [f"{self.name}/{model}" for model in names]


class WorkspaceModels(models.Model):
    """The models that a workspace's nodes use when they name none; "" is the one that comes along.

    Only those for chat and for vectors do: of the others "" is none.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    default = models.CharField(max_length=300, blank=True)  # for chat
    embedding = models.CharField(max_length=300, blank=True)
    rerank = models.CharField(max_length=300, blank=True)
    transcription = models.CharField(max_length=300, blank=True)
    speech = models.CharField(max_length=300, blank=True)
    image = models.CharField(max_length=300, blank=True)

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return self.default or "practice"


class ModelRules(models.Model):
    """How a workspace uses a model: how much of it, at what price, and which models stand in for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    model = models.CharField(max_length=300)  # the id by which nodes name it
    at_once = models.PositiveIntegerField(null=True)  # calls; None is as many as one likes, here and below
    requests_a_minute = models.PositiveIntegerField(null=True)
    tokens_a_minute = models.PositiveIntegerField(null=True)
    prompt_price = models.FloatField(null=True)  # US dollars a million tokens
    completion_price = models.FloatField(null=True)
    unit_price = models.FloatField(null=True)  # a picture, a minute listened to, a million characters said
    stand_ins = models.JSONField(default=list)  # ids of models of the same kind, the first one first

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "model"], name="one_rule_per_model")]

    def __str__(self) -> str:
        return self.model


class CheckState(models.TextChoices):
    """How far the check of a model's tool calls is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Verdict(models.TextChoices):
    """What a check says of a model's tool calls: dependable, so only when guided, or weak even so."""

    OK = "ok"
    GUIDED = "guided"
    WEAK = "weak"


class ToolCheck(models.Model):
    """The latest check of how a model calls tools. The verdict of the one before holds until it is done.

    A worker that checks holds it until `held_until`; then any other may go on with question number `done`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    model = models.CharField(max_length=300)  # the id by which nodes name it
    state = models.CharField(max_length=20, choices=CheckState.choices)
    is_guided = models.BooleanField(default=False)  # whether the questions are asked so now
    done = models.PositiveSmallIntegerField(default=0)  # of the questions of this way of asking
    fits = models.PositiveSmallIntegerField(default=0)  # calls that fit their tool
    right = models.PositiveSmallIntegerField(default=0)  # calls of the right tool
    verdict = models.CharField(max_length=20, choices=Verdict.choices, blank=True)
    error = models.JSONField(null=True)  # {code, message, hint}
    held_by = models.CharField(max_length=100, blank=True)
    held_until = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "model"], name="one_tool_check_per_model"),
            models.CheckConstraint(condition=Q(state__in=CheckState.values), name="tool_check_state_known"),
        ]

    def __str__(self) -> str:
        return self.model


class LocalState(models.TextChoices):
    """Where a model file is on its way to being used."""

    DOWNLOADING = "downloading"
    PAUSED = "paused"
    CHECKING = "checking"
    READY = "ready"
    FAILED = "failed"


class LocalModel(models.Model):
    """A GGUF file on this server, or on its way here: from an address with a known hash, or at a path.

    A worker that fetches or checks it holds it until `held_until`; then any other may go on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    slug = models.CharField(max_length=60)
    title = models.CharField(max_length=100)
    url = models.CharField(max_length=1000, blank=True)
    path = models.CharField(max_length=1000, blank=True)  # chosen by the instance's owner
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(default=0)  # 0 while it is not known
    done_bytes = models.BigIntegerField(default=0)
    etag = models.CharField(max_length=200, blank=True)  # of what was fetched so far
    licence = models.CharField(max_length=60, blank=True)
    languages = models.JSONField(default=list)
    header = models.JSONField(default=dict)  # what the file says of itself, once it was looked at
    state = models.CharField(max_length=20, choices=LocalState.choices)
    error = models.JSONField(null=True)  # {code, message, hint}
    held_by = models.CharField(max_length=100, blank=True)
    held_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="one_local_model_per_slug"),
            models.CheckConstraint(condition=Q(state__in=LocalState.values), name="local_model_state_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def model_id(self) -> str:
        """The id by which nodes name it."""
        return f"{LOCAL}/{self.slug}"
