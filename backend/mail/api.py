"""/api/mail: the mail server through which the workspace's apps send e-mail."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.mail import services
from backend.mail.models import MailServer

router = Router(tags=["mail"])
_owner = ConsoleAuth("owner")


class MailServerAnswer(Answer):
    """The server; its password is not told, only whether there is one."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    has_password: bool
    sender: str
    sender_name: str
    changed_at: datetime


class MailAnswer(Answer):
    """How the workspace sends e-mail; null: it does not."""

    server: MailServerAnswer | None


class MailServerBody(Body):
    """The server to send through. `password` null keeps the one that is there."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(ge=1, le=65535)
    security: Literal["tls", "starttls", "none"]
    username: str = Field("", max_length=254)
    password: str | None = Field(None, max_length=1000)
    sender: str = Field(min_length=3, max_length=254)
    sender_name: str = Field("", max_length=100)


@router.get("/mail", response=MailAnswer)
def get_server(request: HttpRequest) -> dict:
    """How the workspace sends e-mail."""
    row = MailServer.objects.for_workspace(request.auth.workspace_id).first()
    return {"server": _shown(row) if row else None}


@router.put("/mail", auth=_owner, response={200: MailAnswer, 422: ErrorAnswer})
def set_server(request: HttpRequest, body: MailServerBody) -> dict:
    """Sends through this server from now on."""
    row = services.set_server(workspace_id=request.auth.workspace_id, **body.model_dump())
    return {"server": _shown(row)}


@router.delete("/mail", auth=_owner, response={204: None, 404: ErrorAnswer})
def remove_server(request: HttpRequest) -> Status:
    """Sends no more e-mail."""
    services.remove_server(request.auth.workspace_id)
    return Status(204, None)


def _shown(row: MailServer) -> dict:
    return {
        "host": row.host,
        "port": row.port,
        "security": row.security,
        "username": row.username,
        "has_password": bool(row.password),
        "sender": row.sender,
        "sender_name": row.sender_name,
        "changed_at": row.changed_at,
    }
