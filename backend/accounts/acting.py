"""Who is acting just now, from where, in which request: what the audit log notes beside what was done."""

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, replace
from ipaddress import ip_address

from django.http import HttpRequest

from backend.accounts.models import User


@dataclass(frozen=True)
class Acting:
    """`user_id` is None for who is not signed in, and for commands of the server itself."""

    user_id: uuid.UUID | None = None
    who: str = "system"
    address: str | None = None
    request_id: str = ""


# A context variable, so that every verb can say what it did without being handed the request.
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """Who is acting: the person of this request, or the system."""
    return _acting.get() or Acting()


def begin(request: HttpRequest) -> None:
    """A new request, by nobody known as yet."""
    _acting.set(Acting(who="", address=address_of(request), request_id=getattr(request, "request_id", "")))


def become(user: User) -> None:
    """The person behind this request is known now."""
    _acting.set(replace(acting(), user_id=user.pk, who=user.email))


def address_of(request: HttpRequest) -> str:
    """The network address the request came from. No header is believed: uvicorn weighed those already.

    A proxy may have said something else, such as an address with a port; PostgreSQL keeps only addresses.
    """
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - not an address to listen on
