"""/api/session: who is signed in, and how one comes in and goes out."""

import uuid
from typing import Literal

from django.contrib.auth import logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Status
from pydantic import Field

from backend.accounts import services
from backend.accounts.auth import ConsoleAuth, Principal, member_of
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.models import Workspace

router = Router(tags=["session"])
_anyone = ConsoleAuth("viewer")


class UserAnswer(Answer):
    """A person."""

    id: uuid.UUID
    email: str
    name: str
    language: str


class WorkspaceAnswer(Answer):
    """A workspace."""

    id: uuid.UUID
    name: str


class SessionAnswer(Answer):
    """Who is signed in, where, and as what."""

    user: UserAnswer
    workspace: WorkspaceAnswer
    role: Literal["owner", "editor", "viewer"]
    has_password: bool


class PasswordSignIn(Body):
    """An address and its password."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class LinkSignIn(Body):
    """The token behind the # of a sign-in link."""

    token: str = Field(min_length=1, max_length=200)


class NewPassword(Body):
    """A new password."""

    password: str = Field(min_length=1, max_length=1024)


class PersonChange(Body):
    """What one may change about oneself."""

    name: str | None = Field(None, max_length=100)
    language: Literal["en", "zh"] | None = None


@router.get("/session", auth=None, response={200: SessionAnswer, 401: ErrorAnswer})
def get_session(request: HttpRequest) -> SessionAnswer:
    """Who is signed in. Also hands out the CSRF token that every change needs, signed in or not."""
    get_token(request)
    return _session(member_of(request))


@router.post("/session", auth=None, response={200: SessionAnswer, 401: ErrorAnswer, 429: ErrorAnswer})
def sign_in(request: HttpRequest, body: PasswordSignIn) -> SessionAnswer:
    """Signs in by password."""
    services.sign_in_with_password(request, email=body.email, password=body.password)
    return _session(member_of(request))


@router.post("/session/link", auth=None, response={200: SessionAnswer, 401: ErrorAnswer, 403: ErrorAnswer})
def sign_in_by_link(request: HttpRequest, body: LinkSignIn) -> SessionAnswer:
    """Signs in by a printed link, once."""
    services.sign_in_with_link(request, token=body.token)
    return _session(member_of(request))


@router.delete("/session", auth=None, response={204: None})
def sign_out(request: HttpRequest) -> Status:
    """Signs out; without a session this changes nothing."""
    logout(request)
    return Status(204, None)


@router.put("/session/password", auth=_anyone, response={200: SessionAnswer, 422: ErrorAnswer})
def set_password(request: HttpRequest, body: NewPassword) -> SessionAnswer:
    """Sets one's own password; other sessions of this person end."""
    services.change_password(request, password=body.password)
    return _session(request.auth)


@router.patch("/session", auth=_anyone, response={200: SessionAnswer, 422: ErrorAnswer})
def change_person(request: HttpRequest, body: PersonChange) -> SessionAnswer:
    """Changes one's own name or language."""
    changed = body.model_dump(exclude_none=True)
    for name, value in changed.items():
        setattr(request.auth.user, name, value)
    request.auth.user.save(update_fields=list(changed))
    return _session(request.auth)


def _session(principal: Principal) -> SessionAnswer:
    assert principal.user is not None
    return SessionAnswer(
        user=UserAnswer.model_validate(principal.user),
        workspace=WorkspaceAnswer.model_validate(Workspace.objects.get(pk=principal.workspace_id)),
        role=principal.role.value if principal.role else "viewer",
        has_password=principal.user.has_usable_password(),
    )
