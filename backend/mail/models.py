"""The mail server through which a workspace's apps send e-mail."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Workspace, WorkspaceRows
from backend.accounts.sealed import SealedTextField


class Security(models.TextChoices):
    """How the way to the server is kept private."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailServer(models.Model):
    """Where a workspace's e-mail goes, and from which address. No row: it sends none."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=10, choices=Security.choices)
    username = models.CharField(max_length=254, blank=True, default="")
    password = SealedTextField(blank=True, default="")  # never leaves the server
    sender = models.CharField(max_length=254)
    sender_name = models.CharField(max_length=100, blank=True, default="")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(security__in=Security.values), name="mail_security_known"),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="mail_port_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
