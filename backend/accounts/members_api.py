"""/api/members and /api/workspace: who is in the workspace, as what, and what it is called."""

import uuid
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, StringConstraints

from backend.accounts import members
from backend.accounts.api import RoleName, WorkspaceAnswer
from backend.accounts.auth import WORKSPACE, ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.models import Member

router = Router(tags=["members"])
_owner = ConsoleAuth("owner")
_anyone = ConsoleAuth("viewer")

WorkspaceName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class MemberAnswer(Answer):
    """A person in the workspace; `id` is that of the membership. `is_you` for who asks."""

    id: uuid.UUID
    user_id: uuid.UUID
    name: str
    email: str
    role: RoleName
    joined_at: datetime
    is_you: bool


class MembersAnswer(Answer):
    """The members of the workspace, who has been there longest first."""

    members: list[MemberAnswer]


class RoleChange(Body):
    """What a member may do from now on."""

    role: RoleName


class WorkspaceNameBody(Body):
    """What a workspace is called."""

    name: WorkspaceName = Field()


@router.get("/members", response=MembersAnswer)
def list_members(request: HttpRequest) -> dict:
    """Who is in the workspace. Every member may know with whom they share it."""
    rows = Member.objects.for_workspace(request.auth.workspace_id).select_related("user")
    return {"members": [_shown(row, request) for row in rows.order_by("created_at", "id")]}


@router.delete("/members/me", auth=_anyone, response={204: None, 409: ErrorAnswer})
def leave_workspace(request: HttpRequest) -> Status:
    """Leaves the workspace. What one made there stays."""
    members.leave(workspace_id=request.auth.workspace_id, user=request.auth.user)
    request.session.pop(WORKSPACE, None)
    return Status(204, None)


@router.patch(
    "/members/{uuid:member_id}",
    auth=_owner,
    response={200: MemberAnswer, 404: ErrorAnswer, 409: ErrorAnswer},
)
def change_role(request: HttpRequest, member_id: uuid.UUID, body: RoleChange) -> dict:
    """Gives a member another role, which holds from their next request on."""
    changed = members.change_role(workspace_id=request.auth.workspace_id, member_id=member_id, role=body.role)
    return _shown(changed, request)


@router.delete(
    "/members/{uuid:member_id}", auth=_owner, response={204: None, 404: ErrorAnswer, 409: ErrorAnswer}
)
def remove_member(request: HttpRequest, member_id: uuid.UUID) -> Status:
    """Takes a person out of the workspace, which holds at once."""
    members.remove_member(workspace_id=request.auth.workspace_id, member_id=member_id)
    return Status(204, None)


@router.post("/workspaces", auth=_owner, response={201: WorkspaceAnswer, 409: ErrorAnswer})
def create_workspace(request: HttpRequest, body: WorkspaceNameBody) -> Status:
    """A new, empty workspace of one's own. Only who owns one already may open another."""
    return Status(201, members.create_workspace(name=body.name, owner=request.auth.user))


@router.patch("/workspace", auth=_owner, response={200: WorkspaceAnswer})
def rename_workspace(request: HttpRequest, body: WorkspaceNameBody) -> dict:
    """Gives the workspace another name."""
    members.rename_workspace(workspace_id=request.auth.workspace_id, name=body.name)
    return {"id": request.auth.workspace_id, "name": body.name}


def _shown(row: Member, request: HttpRequest) -> dict:
    return {
        "id": row.pk,
        "user_id": row.user_id,
        "name": row.user.name,
        "email": row.user.email,
        "role": row.role,
        "joined_at": row.created_at,
        "is_you": row.user_id == request.auth.user.pk,
    }
