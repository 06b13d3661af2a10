"""The address of a web service: its host is fixed, and what is filled into the rest stays in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from nodes.sdk.errors import NodeError
from nodes.sdk.node import Problem
from nodes.sdk.resolve import Scope, evaluate
from nodes.sdk.templates import TemplateError, parse_template
from nodes.sdk.values import Json, to_text

MAX_LENGTH = 8_000

_WHOLE = re.compile(r"(https?://[^/?#\s{}\\@]+([/?#]\S*)?|/samples/\S+)\Z", re.IGNORECASE)
# What must stand before the first piece of information: everything up to the end of the host.
_UP_TO_HOST = re.compile(r"(https?://[^/?#\s\\@]+[/?#]|/samples/)", re.IGNORECASE)


def fill_address(text: str, scope: Scope) -> str:
    """`text` with its refs filled in, each percent-encoded. Raises NodeError.

    What is empty, or only dots, would make it the address of something else, so it is refused in the path.
    """
    try:
        pieces = parse_template(text.strip())
    except TemplateError as error:
        raise NodeError("bad_config", error.message, "Correct the address of this step.") from None
    filled = ""
    for piece in pieces:
        if isinstance(piece, str):
            filled += piece
            continue
        if not _UP_TO_HOST.match(filled):
            raise NodeError(
                "bad_config",
                "The host of the address comes from other information, which is not allowed.",
                "Write the host itself, such as https://api.example.com/, and use information behind it.",
            )
        value = to_text(evaluate(piece, scope))
        if "?" not in filled and not value.strip("."):
            raise NodeError(
                "info_missing",
                "A piece of information in the address is empty.",
                "Fill it in, or use “if empty” for it.",
            )
        filled += quote(value, safe="", errors="replace")
    return filled


def with_query(address: str, pairs: Iterable[tuple[str, Json]]) -> str:
    """`address` with more parameters. None leaves one out, a list repeats it. Raises NodeError."""
    added = [
        f"{quote(name, safe='', errors='replace')}={quote(to_text(one), safe='', errors='replace')}"
        for name, value in pairs
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    address = address.partition("#")[0]
    if added:
        joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
        address += joint + "&".join(added)
    if len(address) > MAX_LENGTH:
        raise NodeError(
            "bad_config",
            f"The address is longer than {MAX_LENGTH:,} characters.",
            "Send long texts in the body instead.",
        )
    return address


def address_problem(text: Json) -> Problem | None:
    """What is wrong with an address as drawn."""
    if not isinstance(text, str) or not text.strip():
        return None  # said as a setting that is missing
    try:
        pieces = parse_template(text.strip())
    except TemplateError:
        return None  # said where refs are looked at
    first = pieces[0] if isinstance(pieces[0], str) else ""
    if len(pieces) > 1 or not first:
        if _UP_TO_HOST.match(first):
            return None
        if re.match(r"https?://", first, re.IGNORECASE) or not first:
            return Problem(
                "address_not_fixed",
                "The host of the address must be fixed text.",
                "Write the host itself, such as https://api.example.com/, and use information behind it.",
                field="address",
            )
    elif _WHOLE.match(first):
        return None
    return Problem(
        "bad_web_address",
        "This is not a whole web address.",
        "Begin with https:// and the host, such as https://api.example.com/orders.",
        field="address",
    )
