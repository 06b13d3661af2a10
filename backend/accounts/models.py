"""People, their workspaces, and the keys that open doors. Every other row of ours hangs on a workspace."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from backend.accounts.sealed import SealedTextField


class Role(models.TextChoices):
    """What a member may do: a viewer reads, an editor changes apps, an owner also people, keys and money."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Language(models.TextChoices):
    """The languages of the console."""

    EN = "en", "English"
    ZH = "zh", "中文"


class WorkspaceRows(models.QuerySet):
    """Rows that belong to a workspace: ask for one's own, never filter afterwards."""

    def for_workspace(self, workspace: "Workspace | uuid.UUID") -> "WorkspaceRows":
        """Only the rows of `workspace`."""
        return self.filter(workspace=workspace)


class UserRows(BaseUserManager):
    """Users, found by their address whatever its case."""

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """A person who can sign in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)  # in lower case, as the constraint says
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.EN)
    is_active = models.BooleanField(default=True)
    # Counted up to end all sessions; part of what a session must match.
    sessions_ended = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserRows()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case")
        ]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must match: the password, and that its person has not ended it since."""
        password = super()._get_session_auth_hash(secret)
        if not self.sessions_ended:
            return password
        said = f"{password}:{self.sessions_ended}"
        return salted_hmac("treadle.sessions", said, secret=secret, algorithm="sha256").hexdigest()


class Workspace(models.Model):
    """A tenant: what is in it is seen by its members and nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A user in a workspace, and what they may do there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_user"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.workspace_id}: {self.role}"


class Invite(models.Model):
    """A link that lets one person join a workspace, once. Only the hash of its token is kept.

    With an `email` it is for the person with that address alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    email = models.EmailField(blank=True)  # in lower case
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invite_role_known"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invite_email_lower_case"),
        ]

    def __str__(self) -> str:
        return f"invitation to {self.workspace_id} as {self.role}"


class SignInLink(models.Model):
    """A link that signs its user in once, within half an hour. Only the hash of its token is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"


class FailedSignIn(models.Model):
    """A wrong password, counted for a while so that guessing gets slow."""

    account = models.CharField(max_length=64)  # a hash: what was typed may be a password in the wrong field
    address = models.GenericIPAddressField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["account", "at"]), models.Index(fields=["address", "at"])]

    def __str__(self) -> str:
        return f"failed sign-in from {self.address}"


class ApiKey(models.Model):
    """A key with which a program talks to one published app. Shown once; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    # The layer above owns workflows; an id is all this layer may know of one.
    workflow_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = WorkspaceRows.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Secret(models.Model):
    """A key for a service elsewhere, kept under a name. It leaves to its hosts and nowhere else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    value = SealedTextField()
    hosts = models.JSONField(default=list)  # as `bound_hosts.read_host` spells them
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_secret_per_name")]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what to which thing, when and from where. Written once: the database refuses to change a row.

    People and things are named as they were then, by plain ids: what is deleted later, be it the workspace,
    stays in the log.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, related_name="+", db_constraint=False)
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=40)  # one of `audit.ACTIONS`
    who_id = models.UUIDField(null=True)  # null for what nobody signed in has done
    who = models.CharField(max_length=254)
    thing_id = models.CharField(max_length=64, blank=True)
    thing = models.CharField(max_length=254, blank=True)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=32, blank=True)

    objects = WorkspaceRows.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.who}: {self.action} {self.thing}"
