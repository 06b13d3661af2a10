"""Who is asking. One place turns a request into a Principal; nothing else reads cookies or keys.

A member comes with a session cookie (the console), a program with `Authorization: Bearer <app key>`.
The two never mix: the console takes no key, the public API no cookie.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.contrib.auth import get_user
from django.contrib.auth.backends import BaseBackend
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.acting import become
from backend.accounts.by_hand import first
from backend.accounts.errors import ApiError
from backend.accounts.models import ApiKey, Member, Role, User

KEY_PREFIX = "tk_"
WORKSPACE = "workspace"
"""Where a session keeps the id of the workspace its person works in."""
_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}
# By hand, as every message passes here: an ORM's query costs four times what the database takes for it.
_KEY = (
    "SELECT * FROM accounts_apikey WHERE hash = %s AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > %s)"
)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Principal:
    """Who is asking, and where. `user` and `role` for a member; `key_id` and `workflow_id` for an app key."""

    kind: Literal["member", "key"]
    workspace_id: uuid.UUID
    role: Role | None = None
    user: User | None = None
    key_id: uuid.UUID | None = None
    workflow_id: uuid.UUID | None = None

    @property
    def audience_ref(self) -> str:
        """The id by which runs and conversations remember who asked."""
        return str(self.user.pk if self.user else self.key_id)

    def may(self, role: Role | str) -> bool:
        """Whether this member may do what `role` may."""
        return self.role is not None and _RANK[self.role] >= _RANK[Role(role)]


class ConsoleAuth:
    """Lets members in: reading needs no role, anything else that of an editor, unless `role` says more.

    For django-ninja: `auth=ConsoleAuth()` on the API, `auth=ConsoleAuth("owner")` on a route. The Principal
    is `request.auth`. CSRF is checked before, for every console request, by the middleware.
    """

    def __init__(self, role: Role | str | None = None) -> None:
        self.role = Role(role) if role else None

    def __call__(self, request: HttpRequest) -> Principal:
        principal = member_of(request)
        become(principal.user)
        needed = self.role or (Role.VIEWER if request.method in _SAFE_METHODS else Role.EDITOR)
        if not principal.may(needed):
            raise ApiError(
                403,
                "not_allowed",
                f"Your role here is {principal.role}; this needs the role {needed}.",
                hint="Ask an owner of this workspace for another role.",
            )
        return principal


def member_of(request: HttpRequest) -> Principal:
    """The member whose session this request carries, as of now. Raises ApiError 401 `signed_out`."""
    user = request.user
    if not user.is_authenticated:
        raise signed_out()
    return member_principal(user, request.session.get(WORKSPACE))


def member_principal(user: Any, workspace_id: str | None) -> Principal:
    """`user` in that workspace; in their first one when the session names none.

    Raises ApiError 401 `signed_out` for one who is no member (any more): what they were about to do in one
    workspace must not happen in another.
    """
    members = Member.objects.filter(user=user)
    if workspace_id is not None:
        members = members.filter(workspace_id=workspace_id)
    member = members.order_by("created_at", "id").first()
    if member is None:
        raise signed_out()
    return Principal("member", member.workspace_id, role=Role(member.role), user=user)


def member_of_session(session: Any) -> Principal:
    """As `member_of`, for a WebSocket: from `scope["session"]`, asked anew each time rights matter."""
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    if not user.is_authenticated:
        raise signed_out()
    return member_principal(user, session.get(WORKSPACE))


def key_of(authorization: str | None) -> Principal:
    """The app key in an Authorization header. Raises ApiError 401 `no_key` or `bad_key`."""
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _refuse_key("no_key", "This needs an app key.")
    now = timezone.now()
    key = first(ApiKey, _KEY, [hash_token(token.strip()), connection.ops.adapt_datetimefield_value(now)])
    if key is None:
        raise _refuse_key("bad_key", "This app key is not known, has expired, or was revoked.")
    # A note for people, not an audit: once a minute is enough, and spares the write on the hot path.
    if key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return Principal("key", key.workspace_id, key_id=key.pk, workflow_id=key.workflow_id)


def new_key(*, workspace_id: uuid.UUID, workflow_id: uuid.UUID, name: str) -> tuple[ApiKey, str]:
    """Makes an app key; the text beside it is shown once and kept nowhere."""
    text = KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        workspace_id=workspace_id,
        workflow_id=workflow_id,
        name=name,
        prefix=text[: len(KEY_PREFIX) + 6],
        hash=hash_token(text),
    )
    return key, text


def hash_token(token: str) -> str:
    """What is kept of a token that we made: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_out() -> ApiError:
    """The answer to someone without a session."""
    return ApiError(
        401, "signed_out", "You are not signed in.", hint="Open a sign-in link, or sign in again."
    )


def _refuse_key(code: str, message: str) -> ApiError:
    return ApiError(
        401,
        code,
        message,
        hint="Send the header Authorization: Bearer <key>. An app's keys are made under Share.",
        headers={"WWW-Authenticate": "Bearer"},
    )


class ByEmail(BaseBackend):
    """Django's door to our users: by address and password, or by the id in a session."""

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None
    ) -> User | None:
        """The active user with this address and password."""
        user = User.objects.filter(email=(email or "").strip().lower(), is_active=True).first()
        if user is None:
            User().set_password(password)  # as slow as a check, so that time does not tell who exists
            return None
        return user if user.has_usable_password() and user.check_password(password or "") else None

    def get_user(self, user_id: Any) -> User | None:
        """The active user of a session."""
        return User.objects.filter(pk=user_id, is_active=True).first()
