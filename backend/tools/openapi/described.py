"""A description of a web service, as the tools that it makes and what there is to know of the service."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.tools.definitions import MOST_TOOLS, Definition, Unusable, harmless, notice
from backend.tools.openapi.operations import ids_taken_twice, name_of, operations_in, tool_of
from backend.tools.openapi.refs import Document, object_in, text_in
from backend.tools.openapi.service import Keys, keys_of, servers_of
from backend.tools.openapi.text import Unreadable, document_in
from backend.tools.openapi.together import keys_together

MOST_NOTICES: Final = 50
MOST_BYTES: Final = 2_000_000
"""Of all tools together: they are shown on one page."""


@dataclass(frozen=True)
class Described:
    """`service` is what is kept of the service: its title and version, its addresses, and its keys.
    `notices` are what could not be taken in: {code, message, values}."""

    service: Mapping[str, Any]
    tools: Sequence[Definition]
    notices: Sequence[Mapping[str, Any]]


def described(text: str, address: str = "") -> Described:
    """What a text describes; `address` is where it came from, if from anywhere. Raises Unreadable."""
    document = Document(document_in(text))
    keys, servers = keys_of(document), servers_of(document, address)
    tools, notices = _tools(document, keys, servers, address)
    if not tools and not notices:
        raise Unreadable(
            "openapi_nothing",
            "The description names nothing that could be asked of the service.",
            "Look whether it has paths, and whether it is the whole description.",
        )
    about = object_in(document.whole.get("info"))
    pairs, several = keys_together(document, keys)
    service = {
        "title": harmless(text_in(about.get("title")))[:200],
        "version": harmless(text_in(about.get("version")))[:60],
        "servers": servers,
        "keys": [vars(one) for one in keys.known],
        "pairs": pairs,
    }
    notices += [
        notice(name, Unusable("key_unknown", f"We cannot send this kind of key: {kind}.", kind))
        for name, kind in keys.unknown
    ]
    notices += several
    return Described(service, tools, notices)


def _tools(
    document: Document, keys: Keys, servers: list[str], address: str
) -> tuple[list[Definition], list[dict[str, Any]]]:
    tools: dict[str, Definition] = {}
    notices: list[dict[str, Any]] = []
    twice = ids_taken_twice(document)
    left = MOST_BYTES
    for method, path, item, operation in operations_in(document):
        try:
            if isinstance(item, Unusable):
                raise item
            name = name_of(method, path, operation, twice)
            if name in tools:
                raise Unusable("tool_named_twice", "There is another one of that name.")
            one = tool_of(
                document,
                method,
                path,
                item,
                operation,
                name=name,
                keys=keys.places,
                servers=servers,
                address=address,
            )
        except Unusable as why:
            if len(notices) < MOST_NOTICES:
                notices.append(notice(f"{method.upper()} {path}".strip(), why))
            continue
        left -= len(json.dumps(one.to_json()))
        if len(tools) == MOST_TOOLS or left < 0:
            notices.append(notice(str(len(tools)), Unusable("tools_too_many", "The rest was left out.")))
            break
        tools[name] = one
    return list(tools.values()), notices
