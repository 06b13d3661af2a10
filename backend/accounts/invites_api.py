"""/api/invites: invite people by a link, and accept such a link."""

import uuid
from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, StringConstraints

from backend.accounts import invites
from backend.accounts.api import RoleName, SessionAnswer, session_answer
from backend.accounts.auth import ConsoleAuth, member_of
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.models import Invite

router = Router(tags=["members"])
_owner = ConsoleAuth("owner")

Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class InviteAnswer(Answer):
    """An open invitation, without its link."""

    id: uuid.UUID
    role: RoleName
    email: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitesAnswer(Answer):
    """The open invitations of the workspace, the newest first."""

    invites: list[InviteAnswer]


class NewInviteAnswer(Answer):
    """A new invitation. `path` is the link within this site; it is in this answer and nowhere else."""

    invite: InviteAnswer
    path: str


class NewInvite(Body):
    """As what to invite, whom if only one person may accept, and for how long."""

    role: RoleName
    email: str = Field("", max_length=254)
    days: int = Field(7, ge=1, le=30)


class InviteToken(Body):
    """The token behind the # of an invitation's link."""

    token: Token


class Person(Body):
    """Who joins without having been here before."""

    name: PersonName
    email: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=1024)


class Acceptance(Body):
    """The token, and an account to make; without one, who is signed in joins."""

    token: Token
    person: Person | None = None


class InvitationAnswer(Answer):
    """What an invitation is to, for who holds its link."""

    workspace: str
    invited_by: str
    role: RoleName
    email: str
    expires_at: datetime


@router.get("/invites", auth=_owner, response=InvitesAnswer)
def list_invites(request: HttpRequest) -> dict:
    """The invitations that can still be accepted."""
    rows = invites.open_invites(request.auth.workspace_id).select_related("invited_by")
    return {"invites": [_shown(row) for row in rows.order_by("-created_at", "id")]}


@router.post("/invites", auth=_owner, response={201: NewInviteAnswer, 409: ErrorAnswer, 422: ErrorAnswer})
def create_invite(request: HttpRequest, body: NewInvite) -> Status:
    """A link by which one person can join. Nothing is sent: whoever invites passes it on."""
    invite, token = invites.create_invite(
        workspace_id=request.auth.workspace_id,
        by=request.auth.user,
        role=body.role,
        email=body.email,
        valid_for=timedelta(days=body.days),
    )
    return Status(201, {"invite": _shown(invite), "path": f"/join#{token}"})


@router.delete("/invites/{uuid:invite_id}", auth=_owner, response={204: None, 404: ErrorAnswer})
def withdraw_invite(request: HttpRequest, invite_id: uuid.UUID) -> Status:
    """Makes an open invitation useless."""
    invites.withdraw_invite(workspace_id=request.auth.workspace_id, invite_id=invite_id)
    return Status(204, None)


@router.post("/invites/look", auth=None, response={200: InvitationAnswer, 404: ErrorAnswer})
def look_at_invite(request: HttpRequest, body: InviteToken) -> dict:
    """What an invitation is to. Anyone with its link may ask, and uses nothing up by it."""
    invite = invites.find_invite(body.token)
    return {
        "workspace": invite.workspace.name,
        "invited_by": invite.invited_by.name or invite.invited_by.email,
        "role": invite.role,
        "email": invite.email,
        "expires_at": invite.expires_at,
    }


@router.post(
    "/invites/accept",
    auth=None,
    response={
        200: SessionAnswer,
        401: ErrorAnswer,
        403: ErrorAnswer,
        404: ErrorAnswer,
        409: ErrorAnswer,
        422: ErrorAnswer,
    },
)
def accept_invite(request: HttpRequest, body: Acceptance) -> SessionAnswer:
    """Joins a workspace, with a new account or as who is signed in, and goes on there."""
    person = invites.NewPerson(**body.person.model_dump()) if body.person else None
    invites.accept_invite(request, token=body.token, person=person)
    return session_answer(member_of(request))


def _shown(row: Invite) -> dict:
    return {
        "id": row.pk,
        "role": row.role,
        "email": row.email,
        "invited_by": row.invited_by.name or row.invited_by.email,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
