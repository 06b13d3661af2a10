"""Secrets of a workspace: kept under a name, never shown again, and bound to the hosts they may go to."""

import re
import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.bound_hosts import MOST_HOSTS, BadHost, read_host
from backend.accounts.errors import ApiError
from backend.accounts.models import Secret
from backend.accounts.sealed import seal, unseal
from backend.accounts.vault import VaultError

MOST_SECRETS = 100
SHORTEST = 8
"""Characters. A shorter value could not be told from ordinary text when it is masked in an answer."""

_NAME = re.compile(r"[^\x00-\x1f\x7f{}]{1,60}\Z")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\Z")


@dataclass(frozen=True)
class OpenSecret:
    """A secret as a worker needs it for the moment of a request. `value` is None when it cannot be opened."""

    name: str
    hosts: tuple[str, ...]
    value: str | None = field(repr=False)


def open_secrets(workspace_id: uuid.UUID) -> list[OpenSecret]:
    """All secrets of a workspace, opened. Nothing but the guarded HTTP client has a use for them."""
    return [
        OpenSecret(row.name, tuple(row.hosts), _open(row))
        for row in Secret.objects.for_workspace(workspace_id)
    ]


def leads_to_database(secret: Secret) -> bool:
    """Whether it holds the address of a PostgreSQL database, as the step Query a database asks for one."""
    return (_open(secret) or "").startswith(("postgresql://", "postgres://"))


def add_secret(*, workspace_id: uuid.UUID, name: str, value: str, hosts: list[str]) -> Secret:
    """Keeps a secret under a new name. Raises ApiError 409 or 422."""
    name = name.strip()
    if not _NAME.match(name):
        raise ApiError(
            422,
            "bad_secret_name",
            "A secret's name has 1 to 60 characters, and no { or } among them.",
            hint="Name it after the service, such as Delivery service.",
            field="name",
        )
    if Secret.objects.for_workspace(workspace_id).count() >= MOST_SECRETS:
        raise ApiError(409, "too_many_secrets", f"There are {MOST_SECRETS} secrets already.")
    secret = Secret(workspace_id=workspace_id, name=name, hosts=_hosts(hosts))
    seal(secret, "value", _checked(value))
    try:
        with transaction.atomic():
            secret.save(force_insert=True)
            audit("secret.added", secret, secret.name, hosts=secret.hosts)
    except IntegrityError as error:
        raise ApiError(
            409,
            "secret_name_taken",
            f"There is a secret named {name!r} already.",
            hint="Choose another name, or replace the one that is there.",
            field="name",
        ) from error
    return secret


def replace_secret(secret: Secret, *, value: str | None, hosts: list[str]) -> Secret:
    """Gives a secret another value, other hosts, or both. Raises ApiError 422.

    Without a value its hosts can only become fewer: whoever may send it somewhere new must know it.
    """
    wanted = _hosts(hosts)
    if value is None and not set(wanted) <= set(secret.hosts):
        raise ApiError(
            422,
            "secret_value_needed",
            "To let a secret go to a new host, its value must be entered again.",
            hint="Enter the value, or leave the hosts as they are.",
            field="value",
        )
    secret.hosts = wanted
    if value is not None:
        seal(secret, "value", _checked(value))
    secret.changed_at = timezone.now()
    with transaction.atomic():
        secret.save(update_fields=["hosts", "value", "changed_at"])
        audit("secret.replaced", secret, secret.name, hosts=secret.hosts, with_new_text=value is not None)
    return secret


def remove_secret(secret: Secret) -> None:
    """Deletes a secret. Steps that name it fail until there is one of that name again."""
    with transaction.atomic():
        audit("secret.removed", secret, secret.name)
        secret.delete()


def _open(row: Secret) -> str | None:
    try:
        return unseal(row, "value")
    except VaultError:
        return None


def _checked(value: str) -> str:
    if len(value) < SHORTEST or len(value) > 4_000 or not _VALUE.match(value):
        raise ApiError(
            422,
            "bad_secret_value",
            f"A secret has {SHORTEST} to 4000 characters: plain letters, digits and signs, in one line.",
            hint="Copy it again, without spaces or line ends around it.",
            field="value",
        )
    return value


def _hosts(hosts: list[str]) -> list[str]:
    try:
        entries = list(dict.fromkeys(map(read_host, hosts)))
    except BadHost as error:
        raise ApiError(
            422,
            "bad_host",
            f"{str(error)[:100]!r} is not the name of a host.",
            hint="Write a host such as api.example.com, *.example.com or localhost:8080.",
            field="hosts",
        ) from None
    if not 0 < len(entries) <= MOST_HOSTS:
        raise ApiError(
            422,
            "no_hosts",
            f"A secret needs 1 to {MOST_HOSTS} hosts that it may go to.",
            hint="Write the host of the service it belongs to, such as api.example.com.",
            field="hosts",
        )
    return entries
