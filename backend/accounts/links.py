"""Sign-in links: the way in on a fresh machine, without a default password.

The token travels in the part of the address behind `#`, which no server, log or Referer ever sees. Only
its hash is stored; one conditional UPDATE decides who uses it.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from backend.accounts.auth import hash_token
from backend.accounts.errors import ApiError
from backend.accounts.models import Language, Member, Role, SignInLink, User, Workspace

VALID_FOR = timedelta(minutes=30)


def make_link(user: User) -> str:
    """A new token that signs `user` in once."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.filter(expires_at__lt=timezone.now()).delete()
    SignInLink.objects.create(hash=hash_token(token), user=user, expires_at=timezone.now() + VALID_FOR)
    return token


def use_link(token: str) -> User:
    """The user of the link with `token`, which is used up by this. Raises ApiError 401 `link_used`."""
    digest = hash_token(token)
    # One row, no join: with a subquery, PostgreSQL would let two who come at once both find it unused.
    unused = SignInLink.objects.filter(hash=digest, used_at=None, expires_at__gt=timezone.now())
    used = unused.update(used_at=timezone.now())
    link = SignInLink.objects.select_related("user").filter(hash=digest).first()
    if used != 1 or link is None or not link.user.is_active:
        raise ApiError(
            401,
            "link_used",
            "This sign-in link was used already, or is older than 30 minutes.",
            hint="Run `make link` to get a new one.",
        )
    return link.user


def first_owner(*, email: str = "owner@localhost", language: str = Language.EN) -> User:
    """The first owner of this installation, made with a workspace of their own if there is none yet."""
    with transaction.atomic():
        member = Member.objects.filter(role=Role.OWNER).select_related("user").order_by("created_at").first()
        if member is not None:
            return member.user
        user = User(email=email, name="Owner", language=language)
        user.set_unusable_password()
        user.save(force_insert=True)
        workspace = Workspace.objects.create(name="My workspace")
        Member.objects.create(workspace=workspace, user=user, role=Role.OWNER)
        return user
