"""Invitations: a link that lets one person join a workspace, once.

As with sign-in links, the token travels behind `#`, only its hash is kept, and one conditional UPDATE
decides who uses it. There is no e-mail server here: whoever invites sends the link themselves.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.acting import become
from backend.accounts.audit import audit
from backend.accounts.auth import WORKSPACE, hash_token
from backend.accounts.errors import ApiError, not_found
from backend.accounts.members import MOST_MEMBERS, MOST_WORKSPACES, locked
from backend.accounts.models import Invite, Member, User
from backend.accounts.services import check_password_strength, read_email, start_session

MOST_INVITES = 100
"""Open at a time, in one workspace."""


@dataclass(frozen=True)
class NewPerson:
    """Who joins without having been here before."""

    name: str
    email: str
    password: str


def create_invite(
    *, workspace_id: uuid.UUID, by: User, role: str, email: str, valid_for: timedelta
) -> tuple[Invite, str]:
    """A new invitation and its token, which is shown this once. Raises ApiError 409 or 422."""
    email = read_email(email) if email.strip() else ""
    if email and Member.objects.for_workspace(workspace_id).filter(user__email=email).exists():
        raise ApiError(
            409, "already_member", f"{email} is a member of this workspace already.", field="email"
        )
    now = timezone.now()
    with locked(workspace_id):
        invites = Invite.objects.for_workspace(workspace_id)
        invites.filter(expires_at__lt=now).delete()
        if invites.filter(used_at=None).count() >= MOST_INVITES:
            raise ApiError(
                409,
                "too_many_invites",
                f"There are {MOST_INVITES} open invitations already.",
                hint="Withdraw those that are not needed.",
            )
        token = secrets.token_urlsafe(32)
        invite = Invite.objects.create(
            workspace_id=workspace_id,
            hash=hash_token(token),
            role=role,
            email=email,
            invited_by=by,
            created_at=now,
            expires_at=now + valid_for,
        )
        audit("invite.created", invite, email, role=role)
    return invite, token


def withdraw_invite(*, workspace_id: uuid.UUID, invite_id: uuid.UUID) -> None:
    """Makes an open invitation useless. Raises ApiError 404."""
    with locked(workspace_id):
        invite = open_invites(workspace_id).filter(pk=invite_id).first()
        if invite is None:
            raise not_found("This invitation")
        audit("invite.withdrawn", invite, invite.email, role=invite.role)
        invite.delete()


def open_invites(workspace_id: uuid.UUID):
    """The invitations of a workspace that can still be accepted."""
    return Invite.objects.for_workspace(workspace_id).filter(used_at=None, expires_at__gt=timezone.now())


def find_invite(token: str) -> Invite:
    """The open invitation of a token. Raises ApiError 404 `invite_gone`."""
    rows = Invite.objects.filter(hash=hash_token(token), used_at=None, expires_at__gt=timezone.now())
    invite = rows.select_related("workspace", "invited_by").first()
    if invite is None:
        raise _gone()
    return invite


def accept_invite(request: HttpRequest, *, token: str, person: NewPerson | None) -> None:
    """Joins the invited workspace and goes on in it: as who is signed in, or as a new person.

    Raises ApiError: 404 `invite_gone`, 401 `signed_out` when there is neither, 403 `invite_for_other`,
    409 `already_member` or `account_exists`, 422 for what cannot be an account.
    """
    invite = find_invite(token)
    # Before the lock: hashing a password takes a while on purpose.
    user = _new_user(invite, person) if person else _present_user(request, invite)
    with locked(invite.workspace_id):
        _refuse_too_many(invite, user)
        if person:
            _save_new(user)
        elif Member.objects.for_workspace(invite.workspace_id).filter(user=user).exists():
            raise ApiError(409, "already_member", "You are a member of this workspace already.")
        used = Invite.objects.filter(pk=invite.pk, used_at=None, expires_at__gt=timezone.now())
        if used.update(used_at=timezone.now()) != 1:
            raise _gone()
        become(user)
        member = Member.objects.create(workspace_id=invite.workspace_id, user=user, role=invite.role)
        audit(
            "member.joined",
            member,
            user.email,
            role=invite.role,
            invited_by=invite.invited_by.email,
        )
    if person:
        start_session(request, user, by="invitation", workspace_id=invite.workspace_id)
    request.session[WORKSPACE] = str(invite.workspace_id)


def _present_user(request: HttpRequest, invite: Invite) -> User:
    if not isinstance(request.user, User):
        raise ApiError(
            401, "signed_out", "You are not signed in.", hint="Open a sign-in link, or sign in again."
        )
    user = request.user
    if invite.email and invite.email != user.email:
        raise ApiError(
            403,
            "invite_for_other",
            f"This invitation is for {invite.email}, and you are signed in as {user.email}.",
            hint="Sign in with that address, or ask for an invitation of your own.",
        )
    return user


def _new_user(invite: Invite, person: NewPerson) -> User:
    email = read_email(person.email)
    if invite.email and invite.email != email:
        raise ApiError(
            403,
            "invite_for_other",
            f"This invitation is for {invite.email}.",
            hint="Use that address, or ask for an invitation of your own.",
            field="email",
        )
    user = User(email=email, name=person.name)
    check_password_strength(person.password, user)
    user.set_password(person.password)
    return user


def _save_new(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise ApiError(
            409,
            "account_exists",
            "Someone signs in with this e-mail address already.",
            hint="If it is you, sign in first and accept the invitation then.",
            field="email",
        ) from error


def _refuse_too_many(invite: Invite, user: User) -> None:
    if Member.objects.for_workspace(invite.workspace_id).count() >= MOST_MEMBERS:
        raise ApiError(409, "too_many_members", f"A workspace has room for {MOST_MEMBERS} members.")
    if Member.objects.filter(user=user).count() >= MOST_WORKSPACES:
        raise ApiError(409, "too_many_workspaces", f"One person can be in {MOST_WORKSPACES} workspaces.")


def _gone() -> ApiError:
    return ApiError(
        404,
        "invite_gone",
        "This invitation was used already, was withdrawn, or is too old.",
        hint="Ask for a new one.",
    )
