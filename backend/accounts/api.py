"""/api/session: who is signed in, how one comes in and goes out, and what one changes about oneself."""

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
from backend.accounts.models import Member

RoleName = Literal["owner", "editor", "viewer"]

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


class MembershipAnswer(WorkspaceAnswer):
    """A workspace one is a member of, and as what."""

    role: RoleName


class SessionAnswer(Answer):
    """Who is signed in, where, and as what; and the other workspaces they can go on in."""

    user: UserAnswer
    workspace: WorkspaceAnswer
    role: RoleName
    has_password: bool
    workspaces: list[MembershipAnswer]


class PasswordSignIn(Body):
    """An address and its password."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class LinkSignIn(Body):
    """The token behind the # of a sign-in link."""

    token: str = Field(min_length=1, max_length=200)


class NewPassword(Body):
    """A new password, and the one it replaces unless there is none yet."""

    password: str = Field(min_length=1, max_length=1024)
    old_password: str = Field("", max_length=1024)


class NewEmail(Body):
    """Another address, and the password unless there is none yet."""

    email: str = Field(min_length=1, max_length=254)
    old_password: str = Field("", max_length=1024)


class CurrentWorkspace(Body):
    """The workspace to go on in."""

    workspace_id: uuid.UUID = Field(strict=False)


class PersonChange(Body):
    """What one may change about oneself."""

    name: str | None = Field(None, max_length=100)
    language: Literal["en", "zh"] | None = None


@router.get("/session", auth=None, response={200: SessionAnswer, 401: ErrorAnswer})
def get_session(request: HttpRequest) -> SessionAnswer:
    """Who is signed in. Also hands out the CSRF token that every change needs, signed in or not.

    Someone who was taken out of the workspace they worked in goes on in another of theirs from here.
    """
    get_token(request)
    services.leave_lost_workspace(request)
    return session_answer(member_of(request))


@router.post("/session", auth=None, response={200: SessionAnswer, 401: ErrorAnswer, 429: ErrorAnswer})
def sign_in(request: HttpRequest, body: PasswordSignIn) -> SessionAnswer:
    """Signs in by password."""
    services.sign_in_with_password(request, email=body.email, password=body.password)
    return session_answer(member_of(request))


@router.post("/session/link", auth=None, response={200: SessionAnswer, 401: ErrorAnswer, 403: ErrorAnswer})
def sign_in_by_link(request: HttpRequest, body: LinkSignIn) -> SessionAnswer:
    """Signs in by a printed link, once."""
    services.sign_in_with_link(request, token=body.token)
    return session_answer(member_of(request))


@router.delete("/session", auth=None, response={204: None})
def sign_out(request: HttpRequest) -> Status:
    """Signs out; without a session this changes nothing."""
    logout(request)
    return Status(204, None)


@router.delete("/session/others", auth=_anyone, response={200: SessionAnswer})
def sign_out_elsewhere(request: HttpRequest) -> SessionAnswer:
    """Ends all other sessions of this person."""
    services.end_other_sessions(request)
    return session_answer(request.auth)


@router.put("/session/workspace", auth=_anyone, response={200: SessionAnswer, 404: ErrorAnswer})
def switch_workspace(request: HttpRequest, body: CurrentWorkspace) -> SessionAnswer:
    """Goes on in another workspace of one's own, in this browser."""
    services.switch_workspace(request, body.workspace_id)
    return session_answer(member_of(request))


@router.put(
    "/session/password",
    auth=_anyone,
    response={200: SessionAnswer, 403: ErrorAnswer, 422: ErrorAnswer, 429: ErrorAnswer},
)
def set_password(request: HttpRequest, body: NewPassword) -> SessionAnswer:
    """Sets one's own password; other sessions of this person end."""
    services.change_password(request, password=body.password, old_password=body.old_password)
    return session_answer(request.auth)


@router.put(
    "/session/email",
    auth=_anyone,
    response={200: SessionAnswer, 403: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer, 429: ErrorAnswer},
)
def set_email(request: HttpRequest, body: NewEmail) -> SessionAnswer:
    """Changes the address one signs in with."""
    services.change_email(request, email=body.email, old_password=body.old_password)
    return session_answer(request.auth)


@router.patch("/session", auth=_anyone, response={200: SessionAnswer, 422: ErrorAnswer})
def change_person(request: HttpRequest, body: PersonChange) -> SessionAnswer:
    """Changes one's own name or language."""
    changed = body.model_dump(exclude_none=True)
    for name, value in changed.items():
        setattr(request.auth.user, name, value)
    request.auth.user.save(update_fields=list(changed))
    return session_answer(request.auth)


def session_answer(principal: Principal) -> SessionAnswer:
    assert principal.user is not None
    memberships = Member.objects.filter(user=principal.user).select_related("workspace")
    workspaces = [
        MembershipAnswer(id=each.workspace_id, name=each.workspace.name, role=each.role)
        for each in memberships.order_by("workspace__name", "created_at")
    ]
    return SessionAnswer(
        user=UserAnswer.model_validate(principal.user),
        workspace=next(each for each in workspaces if each.id == principal.workspace_id),
        role=principal.role.value if principal.role else "viewer",
        has_password=principal.user.has_usable_password(),
        workspaces=workspaces,
    )
