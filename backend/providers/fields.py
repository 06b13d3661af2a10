"""What a connection was told, checked field by field and laid where it belongs."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from backend.accounts.errors import ApiError
from backend.accounts.sealed import seal, unseal
from backend.accounts.vault import VaultError
from backend.providers.known import BY_ID, COMPATIBLE_FIELDS, FIELD_LENGTH, ConnectionField
from backend.providers.models import LOCAL, Kind, ModelConnection

RESERVED = frozenset({"practice", LOCAL})
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def fields_of(kind: str, provider: str) -> Sequence[ConnectionField]:
    """What a connection of this kind may be told. Raises ApiError 422 for an unknown provider."""
    if kind == Kind.OPENAI_COMPATIBLE:
        return COMPATIBLE_FIELDS
    if provider not in BY_ID:
        raise ApiError(
            422,
            "unknown_provider",
            f"The provider {provider!r} is not one of those offered here.",
            hint="Connect it by its OpenAI-compatible address instead.",
            field="provider",
        )
    return BY_ID[provider].fields


def check_name(name: str) -> None:
    """Raises ApiError 422 when a model's id cannot begin with this name."""
    if not NAME.match(name) or name in RESERVED:
        raise ApiError(
            422,
            "bad_name",
            "A connection's name holds small letters, digits and hyphens, at most 40.",
            hint="For example: openai, or our-server.",
            field="name",
        )


def check_fields(known: Sequence[ConnectionField], given: Mapping[str, str]) -> dict[str, str]:
    """The fields that were filled in, without spaces around. Raises ApiError 422 naming the first bad one."""
    names = {field.name for field in known}
    for name in given:
        if name not in names:
            raise ApiError(422, "unknown_field", f"There is no field {name!r}.", field=f"fields.{name[:60]}")
    filled: dict[str, str] = {}
    for field in known:
        value = given.get(field.name, "").strip()
        if value:
            filled[field.name] = _checked(field, value)
        elif field.is_required:
            raise ApiError(
                422,
                "missing_field",
                f"{field.title} is missing.",
                hint="Fill it in.",
                field=f"fields.{field.name}",
            )
    return filled


def put_fields(connection: ModelConnection, known: Sequence[ConnectionField], filled: dict[str, str]) -> None:
    """Lays checked fields into the row: secret ones encrypted. The caller saves it."""
    secret = {field.name for field in known if field.is_secret}
    connection.base_url = filled.get("base_url", "").rstrip("/")
    connection.key = connection.secrets = ""
    if "api_key" in filled:
        seal(connection, "key", filled["api_key"])
    more = {name: value for name, value in filled.items() if name not in ("base_url", "api_key")}
    hidden = {name: value for name, value in more.items() if name in secret}
    if hidden:
        seal(connection, "secrets", json.dumps(hidden))
    connection.settings = {name: value for name, value in more.items() if name not in secret}


def open_fields(connection: ModelConnection) -> dict[str, str]:
    """All fields of a connection, secret ones opened. Raises VaultError."""
    found: dict[str, Any] = {"base_url": connection.base_url, "api_key": unseal(connection, "key")}
    found |= connection.settings
    if connection.secrets:
        found |= json.loads(unseal(connection, "secrets"))
    return {name: value for name, value in found.items() if value}


def open_settings(connection: ModelConnection) -> dict[str, str]:
    """The fields of a connection that are not secret."""
    found = {"base_url": connection.base_url, **connection.settings}
    return {name: value for name, value in found.items() if value}


def secret_names(connection: ModelConnection) -> list[str]:
    """The secret fields that a connection has; none of those that cannot be opened any more."""
    try:
        found = open_fields(connection)
    except VaultError:
        return []
    return sorted(found.keys() - open_settings(connection).keys())


def _checked(field: ConnectionField, value: str) -> str:
    at = f"fields.{field.name}"
    if len(value) > FIELD_LENGTH or _CONTROL.search(value):
        raise ApiError(422, "bad_field", f"{field.title} is too long, or not one line of text.", field=at)
    if field.name == "base_url":
        _check_url(value, at)
    if field.pattern and not re.fullmatch(field.pattern, value):
        raise ApiError(
            422,
            "bad_field",
            f"{field.title} does not look right.",
            hint=f"For example: {field.placeholder}",
            field=at,
        )
    return value


def _check_url(base_url: str, at: str) -> None:
    """The form only. Where it leads is checked by the worker, at each call, when it is resolved."""
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    too_long = len(base_url) > 500
    if (
        not fits
        or too_long
        or parts.username
        or parts.password
        or parts.query
        or parts.fragment
        or " " in base_url
    ):
        raise ApiError(
            422,
            "bad_address",
            "The address must look like https://host/v1, without a user name, ? or #.",
            field=at,
        )
