"""What changes about oneself: signing in and out, password, address, the workspace one works in."""

import hashlib
import uuid
from datetime import timedelta

from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.acting import address_of, become
from backend.accounts.audit import audit, audit_person
from backend.accounts.auth import WORKSPACE
from backend.accounts.errors import ApiError, not_found
from backend.accounts.links import use_link
from backend.accounts.models import FailedSignIn, Member, User
from backend.accounts.rights import rights_changed

WINDOW = timedelta(minutes=15)
# One person mistyping; one address trying many accounts; many addresses trying one account.
MOST_PER_ACCOUNT_AND_ADDRESS, MOST_PER_ADDRESS, MOST_PER_ACCOUNT = 5, 30, 60
_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def sign_in_with_password(request: HttpRequest, *, email: str, password: str) -> User:
    """Starts a session. Raises ApiError 401 `wrong_password`, 403 `no_workspace` or 429 `too_many_tries`."""
    account, address = _account(email), address_of(request)
    _check_tries(account, address)
    user = authenticate(request, email=email, password=password)
    if user is None:
        FailedSignIn.objects.create(account=account, address=address)
        raise ApiError(401, "wrong_password", "The address or the password is not right.")
    FailedSignIn.objects.filter(account=account, address=address).delete()
    assert isinstance(user, User)
    start_session(request, user, by="password")
    return user


def sign_in_with_link(request: HttpRequest, *, token: str) -> User:
    """Starts a session by a sign-in link, which is accepted from this machine only."""
    address = address_of(request)
    if address not in _LOOPBACK:
        raise ApiError(
            403,
            "not_local",
            "A sign-in link works only in a browser on the machine that printed it.",
            hint="Open it there, or through an SSH tunnel, and set a password for signing in from elsewhere.",
        )
    user = use_link(token)
    start_session(request, user, by="link")
    return user


def start_session(
    request: HttpRequest, user: User, *, by: str, workspace_id: uuid.UUID | None = None
) -> None:
    """Signs `user` in under a new session key, in the given or else their first workspace.

    Raises ApiError 403 `no_workspace` for a person who is a member of none.
    """
    members = Member.objects.filter(user=user)
    if workspace_id is not None:
        members = members.filter(workspace_id=workspace_id)
    member = members.order_by("created_at", "id").first()
    if member is None:
        raise ApiError(
            403,
            "no_workspace",
            "You are not a member of any workspace any more.",
            hint="Ask an owner of the workspace for an invitation.",
        )
    with transaction.atomic():
        login(request, user, backend="backend.accounts.auth.ByEmail")
        become(user)
        audit("person.signed_in", member, user.email, by=by)
    request.session[WORKSPACE] = str(member.workspace_id)


def change_password(request: HttpRequest, *, password: str, old_password: str) -> None:
    """Sets one's own password and ends one's other sessions.

    Raises ApiError 403 `old_password_wrong`, 422 `weak_password`, or 429.
    """
    user = _oneself(request, old_password)
    check_password_strength(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        audit_person("person.password_changed", user)
    update_session_auth_hash(request, user)
    rights_changed(user.pk)


def change_email(request: HttpRequest, *, email: str, old_password: str) -> None:
    """Gives oneself another address.

    Raises ApiError 403 `old_password_wrong`, 409 `email_taken`, 422 `bad_email`, or 429.
    """
    user = _oneself(request, old_password)
    before, user.email = user.email, read_email(email)
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
            audit_person("person.email_changed", user, before=before)
    except IntegrityError as error:
        raise email_taken() from error


def end_other_sessions(request: HttpRequest) -> None:
    """Ends all sessions of oneself but this one."""
    user = _signed_in(request)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        user.sessions_ended = locked.sessions_ended + 1
        user.save(update_fields=["sessions_ended"])
        audit_person("person.sessions_ended", user)
        rights_changed(user.pk)
    update_session_auth_hash(request, user)


def switch_workspace(request: HttpRequest, workspace_id: uuid.UUID) -> None:
    """Goes on in another workspace of one's own. Raises ApiError 404 for any other."""
    if not Member.objects.for_workspace(workspace_id).filter(user=_signed_in(request)).exists():
        raise not_found("This workspace")
    request.session[WORKSPACE] = str(workspace_id)


def leave_lost_workspace(request: HttpRequest) -> None:
    """Lets a session whose workspace its person is no longer in go on in another one of theirs."""
    user, workspace_id = request.user, request.session.get(WORKSPACE)
    if not isinstance(user, User) or workspace_id is None:
        return
    if not Member.objects.filter(user=user, workspace_id=workspace_id).exists():
        del request.session[WORKSPACE]


def read_email(text: str) -> str:
    """An e-mail address as we keep it, in lower case. Raises ApiError 422 `bad_email`."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ApiError(
            422,
            "bad_email",
            "This is not an e-mail address.",
            hint="Write it like name@example.com.",
            field="email",
        ) from error
    return email


def email_taken() -> ApiError:
    """The answer to an address that another person has."""
    return ApiError(
        409,
        "email_taken",
        "Someone signs in with this e-mail address already.",
        hint="Choose another address.",
        field="email",
    )


def check_password_strength(password: str, user: User) -> None:
    """Raises ApiError 422 `weak_password`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        message = " ".join(str(text) for text in error.messages)
        raise ApiError(422, "weak_password", message, field="password") from error


def _oneself(request: HttpRequest, old_password: str) -> User:
    """Who is signed in, once they have shown that it is not just someone at their screen."""
    user = _signed_in(request)
    if not user.has_usable_password():
        return user
    account, address = _account(user.email), address_of(request)
    _check_tries(account, address)
    if not user.check_password(old_password):
        FailedSignIn.objects.create(account=account, address=address)
        raise ApiError(
            403,
            "old_password_wrong",
            "The password you have now is not right.",
            hint="Enter the password you sign in with.",
            field="old_password",
        )
    return user


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _check_tries(account: str, address: str) -> None:
    now = timezone.now()
    FailedSignIn.objects.filter(at__lt=now - WINDOW).delete()
    by_account = FailedSignIn.objects.filter(account=account)
    tries = by_account.filter(address=address).count()
    if (
        tries >= MOST_PER_ACCOUNT_AND_ADDRESS
        or FailedSignIn.objects.filter(address=address).count() >= MOST_PER_ADDRESS
        or by_account.count() >= MOST_PER_ACCOUNT
    ):
        seconds = int(WINDOW.total_seconds())
        raise ApiError(
            429,
            "too_many_tries",
            "There were too many wrong passwords. Try again in a quarter of an hour.",
            headers={"Retry-After": str(seconds)},
        )


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
