"""What changes about people: signing in and out, passwords, names."""

import hashlib
from datetime import timedelta
from ipaddress import ip_address

from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.accounts.links import use_link
from backend.accounts.models import FailedSignIn, User

WINDOW = timedelta(minutes=15)
# One person mistyping; one address trying many accounts; many addresses trying one account.
MOST_PER_ACCOUNT_AND_ADDRESS, MOST_PER_ADDRESS, MOST_PER_ACCOUNT = 5, 30, 60
_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def sign_in_with_password(request: HttpRequest, *, email: str, password: str) -> User:
    """Starts a session. Raises ApiError 401 `wrong_password` or 429 `too_many_tries`."""
    account, address = _account(email), address_of(request)
    _check_tries(account, address)
    user = authenticate(request, email=email, password=password)
    if user is None:
        FailedSignIn.objects.create(account=account, address=address)
        raise ApiError(401, "wrong_password", "The address or the password is not right.")
    FailedSignIn.objects.filter(account=account, address=address).delete()
    login(request, user)  # gives the session a new key
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
    login(request, user, backend="backend.accounts.auth.ByEmail")
    return user


def change_password(request: HttpRequest, *, password: str) -> None:
    """Sets one's own password and ends one's other sessions. Raises ApiError 422 `weak_password`."""
    user = request.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        message = " ".join(str(text) for text in error.messages)
        raise ApiError(422, "weak_password", message, field="password") from error
    user.set_password(password)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)


def address_of(request: HttpRequest) -> str:
    """The network address the request came from. No header is believed: uvicorn weighed those already.

    A proxy may have said something else, such as an address with a port; PostgreSQL keeps only addresses.
    """
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - not an address to listen on


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
