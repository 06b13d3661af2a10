"""What steps that send requests have in common: rows of names and values, and the key that goes along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from nodes.sdk.http import SecretUse
from nodes.sdk.node import Field, NodeConfig, Problem
from nodes.sdk.parts import part_ref
from nodes.sdk.templates import TemplateError
from nodes.sdk.values import Json

Auth = Literal["none", "bearer", "header", "query", "basic"]
WITH_KEY: Final = ["bearer", "header", "query", "basic"]
NAMED: Final = ["header", "query", "basic"]

_KEY_HEADER = re.compile(r"authorization\Z|(api|access|auth)-?(key|token)|\A(cookie|x-key)\Z", re.IGNORECASE)


class Row(NodeConfig):
    """A name and its value. A value that is nothing is left out."""

    name: str = Field(title="Name", max_length=200)
    value: Json = Field(None, title="Value", widget="template")


def query_field() -> Any:
    """The setting for what is added to an address."""
    return Field(
        [],
        title="Added to the address",
        help="Such as q = shoes, for ?q=shoes.",
        widget="rows",
        max_length=50,
    )


def auth_field() -> Any:
    """The setting for how a key goes along."""
    return Field(
        "none",
        title="Key",
        help="How the service knows who is asking.",
        choices={
            "none": "None needed",
            "bearer": "Bearer key",
            "header": "In a header",
            "query": "In the address",
            "basic": "User and password",
        },
    )


def secret_field() -> Any:
    """The setting for which key that is."""
    return Field(
        "",
        title="Secret",
        help="It goes to its own hosts only, and is seen nowhere.",
        widget="secret",
        show_when={"field": "auth", "is": WITH_KEY},
    )


def auth_name_field() -> Any:
    """The setting for the name under which it goes along."""
    return Field(
        "",
        title="Name of the header, parameter or user",
        help="As the service wants it.",
        placeholder="X-Api-Key",
        max_length=200,
        show_when={"field": "auth", "is": NAMED},
    )


def key_problems(config: Mapping[str, Json]) -> list[Problem]:
    """What is missing of the key, and a warning for each header that holds one for everyone to see."""
    problems: list[Problem] = []
    auth = config.get("auth", "none")
    if auth != "none" and not config.get("secret"):
        hint = "Choose one, or make one for this service."
        problems.append(
            Problem("no_secret_chosen", "The secret with the key is missing.", hint, field="secret")
        )
    if auth in ("header", "query") and not config.get("auth_name"):
        message = "The name of the header or parameter for the key is missing."
        problems.append(Problem("no_auth_name", message, "Fill it in, such as X-Api-Key.", field="auth_name"))
    return problems + _plain_keys(config)


def part_problem(config: Mapping[str, Json], name: str) -> Problem | None:
    """What is wrong with a field that says where a part of an answer stands."""
    part = config.get(name)
    if not isinstance(part, str) or not part.strip():
        return None
    try:
        part_ref(part)
    except TemplateError:
        message = f"{part[:60]!r} is not a part of an answer."
        hint = "Write where it stands, such as orders[0].status."
        return Problem("bad_part", message, hint, field=name, values={"part": part[:60]})
    return None


def secret_use(auth: Auth, secret: str, name: str) -> SecretUse | None:
    """Which secret goes along, and where; None without one."""
    return None if auth == "none" else SecretUse(secret, auth, name if auth != "bearer" else "")


def _plain_keys(config: Mapping[str, Json]) -> list[Problem]:
    """A warning for each header that holds a key for everyone to see who opens the app."""
    rows = config.get("headers")
    return [
        Problem(
            "key_in_plain_sight",
            f"The header {str(row['name'])[:60]!r} holds a key that everyone sees who opens this app.",
            "Keep it as a secret, and choose that under Key.",
            field=f"headers[{i}].value",
            severity="warning",
        )
        for i, row in enumerate(rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and _KEY_HEADER.search(str(row.get("name")))
        and isinstance(row.get("value"), str)
        and row["value"]
    ]
