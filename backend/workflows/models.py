"""Workflows: the draft a person edits, and the frozen versions that runs are pinned to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Language, Workspace, WorkspaceRows
from nodes.sdk.environment import ENV_KINDS


def empty_graph() -> dict:
    """The JSON of a graph with nothing in it."""
    return {"nodes": [], "edges": []}


class WorkflowRows(WorkspaceRows):
    """Workflows of a workspace."""

    def for_people(self, workspace: "Workspace | uuid.UUID") -> "WorkflowRows":
        """Only those of `workspace` that its members made."""
        return self.filter(workspace=workspace, is_hidden=False)


class Workflow(models.Model):
    """What a user draws and names. `revision` grows with each save of the draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="workflows")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60)
    description = models.TextField(blank=True, max_length=2000)
    draft = models.JSONField(default=empty_graph)
    draft_hash = models.CharField(
        max_length=64, default=""
    )  # as Version.graph_hash, to compare without reading
    revision = models.PositiveIntegerField(default=1)
    suggestions = models.JSONField(default=list)  # questions to try in the chat beside the canvas
    # Made by the server for its own one-node runs (testing a model); no list shows it.
    is_hidden = models.BooleanField(default=False)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.EN)
    # The slug of the template that it was made from, if it was.
    made_from = models.CharField(max_length=60, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = WorkflowRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="one_workflow_per_slug")]
        indexes = [models.Index(fields=["workspace", "-updated_at"])]

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A frozen graph. Published versions have a number; a trial run of a draft pins one without."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(null=True)
    is_published = models.BooleanField(default=False)
    graph = models.JSONField()
    graph_hash = models.CharField(max_length=64)
    answer_plan = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "number"],
                condition=Q(number__isnull=False),
                name="one_version_per_number",
            ),
            # Two trial runs at once of one draft share the version.
            models.UniqueConstraint(
                fields=["workflow", "graph_hash"],
                condition=Q(number__isnull=True),
                name="one_unnumbered_version_per_graph",
            ),
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(number__isnull=False),
                name="published_version_has_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.number or 'draft'}"


class Pin(models.Model):
    """What stands in for running a step of a draft in its trial runs: an output that was there once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="pins", db_index=False)
    node_id = models.CharField(max_length=50)
    output = models.JSONField(null=True)
    port = models.CharField(max_length=50)
    from_run = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "node_id"], name="one_pin_per_step")]

    def __str__(self) -> str:
        return self.node_id


class EnvironmentVariable(models.Model):
    """A value that all apps of a workspace may use by its name. No secret: whoever sees a run may see it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    type = models.CharField(max_length=10, choices=[(kind, kind) for kind in ENV_KINDS])
    value = models.JSONField()
    description = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_environment_variable_per_name"),
            models.CheckConstraint(condition=Q(type__in=ENV_KINDS), name="environment_variable_type_known"),
        ]

    def __str__(self) -> str:
        return self.name
