"""Where a workspace's tools come from, and the tools as a person approved them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, Workspace, WorkspaceRows
from backend.accounts.sealed import SealedTextField


class SourceKind(models.TextChoices):
    """What is spoken with a source."""

    MCP = "mcp"
    OPENAPI = "openapi"
    STDIO = "stdio"  # MCP too, with a program in the administrator's file


class SourceAuth(models.TextChoices):
    """How we say who is asking."""

    NONE = "none"
    WITH_SECRET = "secret"  # noqa: S105 - a way, and no password
    SIGNED_IN = "oauth"


class SourceState(models.TextChoices):
    """What is known of a source's tools."""

    LOOKING = "looking"
    READY = "ready"
    FAILED = "failed"
    SIGN_IN = "sign_in"


class Effect(models.TextChoices):
    """What a tool does to the world. Said by a person: what a source says of itself is a hint."""

    READ = "read"
    WRITE = "write"


class ToolSource(models.Model):
    """A server, or a web service with a description, whose tools a workspace may use.

    `address` is where the server is, or where the description comes from: empty for one that was pasted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    address = models.CharField(max_length=2_000, blank=True, default="")
    # Of a described service: where it is called, and what it says of itself (`openapi.Described`).
    base_address = models.CharField(max_length=2_000, blank=True, default="")
    service = models.JSONField(null=True)
    server = models.CharField(max_length=60, blank=True, default="")  # its name in the administrator's file
    auth = models.CharField(max_length=10, choices=SourceAuth.choices, default=SourceAuth.NONE)
    # Which secret of the workspace goes along, and where: as `nodes.sdk.SecretUse`.
    secret = models.CharField(max_length=60, blank=True, default="")
    secret_place = models.CharField(max_length=10, blank=True, default="")
    secret_field = models.CharField(max_length=100, blank=True, default="")
    second = models.JSONField(null=True)  # another that goes along with it: {secret, place, field}
    state = models.CharField(max_length=10, choices=SourceState.choices, default=SourceState.LOOKING)
    error = models.JSONField(null=True)  # {code, message, hint}
    notices = models.JSONField(default=list)  # what could not be taken in, [{code, message, values}]
    looked_at = models.DateTimeField(null=True)
    # Who of the workers looks at it, and until when nobody else may.
    lease_owner = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_tool_source_per_name"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="tool_source_kind_known"),
            models.CheckConstraint(condition=Q(auth__in=SourceAuth.values), name="tool_source_auth_known"),
            models.CheckConstraint(condition=Q(state__in=SourceState.values), name="tool_source_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called_at(self) -> str:
        """Where its tools are called, and its key goes."""
        return self.base_address or self.address


class SourceTool(models.Model):
    """One tool. `title` to `request` are as they were approved; `offered` is what the source says now,
    where that is something else.

    It is used only while `digest`, that of what the source says, is `approved_digest`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    source = models.ForeignKey(ToolSource, models.CASCADE, related_name="tools")
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    input_schema = models.JSONField(default=dict)
    says_reads = models.BooleanField(default=False)  # a hint: what counts is `effect`
    request = models.JSONField(
        null=True
    )  # of a described service: which request it is (`Definition.request`)
    digest = models.CharField(max_length=64)
    approved_digest = models.CharField(max_length=64, blank=True, default="")
    offered = models.JSONField(null=True)  # as `Definition.to_json`
    effect = models.CharField(max_length=5, choices=Effect.choices, default=Effect.WRITE)
    is_enabled = models.BooleanField(default=True)
    is_gone = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="one_tool_per_name"),
            models.CheckConstraint(condition=Q(effect__in=Effect.values), name="tool_effect_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        """Whether a run may call it."""
        return self.is_enabled and not self.is_gone and self.digest == self.approved_digest


class SignInPhase(models.TextChoices):
    """How far a sign-in is: what a worker has to do next, or what is waited for."""

    IDLE = "idle"
    PREPARING = "preparing"  # a worker finds out where one signs in
    WAITING = "waiting"  # for the person, who is at the other server
    ARRIVED = "arrived"  # a worker makes tokens of the code that came back
    LEAVING = "leaving"  # a worker has the tokens revoked


class SourceSignIn(models.Model):
    """An account at a source that a person lent this workspace: the client that we are there, the tokens that
    we got, and the attempt that is under way (ADR 53).

    Without a source it only stays until its tokens are revoked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    source = models.OneToOneField(ToolSource, models.SET_NULL, null=True, related_name="sign_in")
    # The client that we are there: registered by ourselves, or as a person typed it.
    client_id = models.CharField(max_length=500, blank=True, default="")
    client_secret = SealedTextField(blank=True, default="")
    is_typed = models.BooleanField(default=False)
    server = models.JSONField(default=dict)  # where one signs in, as `workers.tools.oauth_places` found it
    # JSON {access, refresh, client, server}: they stay those of the client and server they came from.
    tokens = SealedTextField(blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    generation = models.PositiveIntegerField(default=0)  # counted up with each new pair of tokens
    signed_in_by = models.CharField(max_length=254, blank=True, default="")
    signed_in_at = models.DateTimeField(null=True)
    phase = models.CharField(max_length=10, choices=SignInPhase.choices, default=SignInPhase.IDLE)
    error = models.JSONField(null=True)  # of the last attempt: {code, message, hint}
    begun_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(null=True)
    session_hash = models.CharField(max_length=64, blank=True, default="")
    state_hash = models.CharField(max_length=64, blank=True, default="")
    attempt = SealedTextField(blank=True, default="")  # JSON {verifier, redirect, address, code}
    # Who of the workers is at the attempt; and, apart from that, who renews the tokens.
    lease_owner = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    renewing_by = models.CharField(max_length=100, blank=True, default="")
    renewing_until = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(phase__in=SignInPhase.values), name="sign_in_phase_known"),
        ]

    def __str__(self) -> str:
        return self.signed_in_by
