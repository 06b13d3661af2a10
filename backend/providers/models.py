"""Connections to models elsewhere, and which model a workspace uses when a node names none."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Workspace, WorkspaceRows
from backend.accounts.sealed import SealedTextField


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
    key = SealedTextField(blank=True)  # never leaves the server
    model_names = models.JSONField(default=list)  # as the provider knows them
    is_ready = models.BooleanField(default=False)  # a test has come back with an answer
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
        """The ids by which nodes name this connection's models."""
        return [f"{self.name}/{model}" for model in self.model_names]


class WorkspaceModels(models.Model):
    """The model that a workspace's nodes use when they name none; "" is the practice model."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    default = models.CharField(max_length=300, blank=True)

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return self.default or "practice"
