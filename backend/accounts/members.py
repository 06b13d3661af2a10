"""Who is in a workspace, as what. There is always an owner: that is decided under the workspace's lock."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import Invite, Member, Role, User, Workspace
from backend.accounts.rights import rights_changed

MOST_MEMBERS = 500
MOST_WORKSPACES = 50
"""Of one person."""


@contextmanager
def locked(workspace_id: uuid.UUID) -> Iterator[Workspace]:
    """A transaction in which nobody else changes the members of the workspace."""
    with transaction.atomic():
        # On SQLite every transaction is the only one that writes; on PostgreSQL this row is the lock.
        yield Workspace.objects.select_for_update().get(pk=workspace_id)


def change_role(*, workspace_id: uuid.UUID, member_id: uuid.UUID, role: str) -> Member:
    """Gives a member another role. Raises ApiError 404, or 409 `last_owner`."""
    with locked(workspace_id):
        member = _find(workspace_id, member_id)
        before = member.role
        if before == role:
            return member
        _keep_an_owner(member, role)
        member.role = role
        member.save(update_fields=["role"])
        if before == Role.OWNER:
            _withdraw_invites_of(member)
        audit("member.role_changed", member, member.user.email, before=before, role=role)
        rights_changed(member.user_id)
    return member


def remove_member(*, workspace_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Takes a person out of the workspace; what they made stays. Raises ApiError 404, or 409 `last_owner`."""
    with locked(workspace_id):
        _remove(_find(workspace_id, member_id), "member.removed")


def leave(*, workspace_id: uuid.UUID, user: User) -> None:
    """Takes oneself out of the workspace. Raises ApiError 409 `last_owner`."""
    with locked(workspace_id):
        member = Member.objects.for_workspace(workspace_id).filter(user=user).select_related("user").first()
        if member is None:
            raise not_found("This member")
        _remove(member, "member.left")


def create_workspace(*, name: str, owner: User) -> Workspace:
    """A new, empty workspace of `owner`. Raises ApiError 409 when they have very many."""
    if Member.objects.filter(user=owner).count() >= MOST_WORKSPACES:
        raise ApiError(409, "too_many_workspaces", f"One person can be in {MOST_WORKSPACES} workspaces.")
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        audit("workspace.created", workspace, name)
    return workspace


def rename_workspace(*, workspace_id: uuid.UUID, name: str) -> None:
    """Gives the workspace another name."""
    with locked(workspace_id) as workspace:
        before, workspace.name = workspace.name, name
        workspace.save(update_fields=["name"])
        audit("workspace.renamed", workspace, name, before=before)


def _find(workspace_id: uuid.UUID, member_id: uuid.UUID) -> Member:
    rows = Member.objects.for_workspace(workspace_id).select_related("user")
    member = rows.filter(pk=member_id).first()
    if member is None:
        raise not_found("This member")
    return member


def _remove(member: Member, action: str) -> None:
    _keep_an_owner(member, None)
    _withdraw_invites_of(member)
    audit(action, member, member.user.email, role=member.role)
    member.delete()
    rights_changed(member.user_id)


def _keep_an_owner(member: Member, role: str | None) -> None:
    others = Member.objects.for_workspace(member.workspace_id).filter(role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and role != Role.OWNER and not others.exists():
        raise ApiError(
            409,
            "last_owner",
            "A workspace needs an owner, and this is the only one.",
            hint="Make someone else an owner first.",
        )


def _withdraw_invites_of(member: Member) -> None:
    """Who may not invite any more must not come back by a link made before."""
    Invite.objects.for_workspace(member.workspace_id).filter(invited_by=member.user_id, used_at=None).delete()
