"""What a description says of the service as a whole: where it is, and which keys open it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from yarl import URL

from backend.tools.openapi.refs import Document, LeftOut, object_in, objects_in, text_in

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_MOST: Final = 20
_LONGEST: Final = 1_000


@dataclass(frozen=True)
class Key:
    """A way to say who is asking, as `nodes.sdk.SecretUse` has it. `name` is the description's."""

    name: str
    place: str
    field: str = ""

    @property
    def stands(self) -> tuple[str, str]:
        """Where in a request it stands. Two keys cannot stand in one place."""
        return stands_at(self.place, self.field)


def stands_at(place: str, field: str) -> tuple[str, str]:
    """Where a key stands: in which header, in small letters, or which parameter of the address."""
    if place == "query":
        return "query", field
    return "header", field.lower() if place == "header" else "authorization"


@dataclass
class Keys:
    """`known` can be sent; `unknown` are names and what is said of them, for a person to read."""

    known: list[Key] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)

    @property
    def places(self) -> frozenset[tuple[str, str]]:
        """Where keys go: no argument goes there too. Headers in small letters."""
        return frozenset(one.stands for one in self.known if one.place in ("header", "query"))


def servers_of(document: Document, address: str) -> list[str]:
    """The addresses of the service, the first before others. `address` is where the description came from,
    for what is said relative to it; where nothing is said, the service is there."""
    said = _old_servers(document.whole) if document.is_old else document.whole.get("servers")
    found = servers_in(said, address)
    if not found and address:
        return [str(URL(address).origin())]
    return found


def servers_in(said: Any, address: str) -> list[str]:
    """The whole addresses that a list of servers names."""
    found: list[str] = []
    for one in objects_in(said)[:_MOST]:
        server = _whole_address(object_in(one), address)
        if server and server not in found:
            found.append(server)
    return found


def keys_of(document: Document) -> Keys:
    """The keys that the description knows, also those that no operation asks for."""
    keys = Keys()
    if document.is_old:
        schemes = object_in(document.whole.get("securityDefinitions"))
    else:
        schemes = object_in(object_in(document.whole.get("components")).get("securitySchemes"))
    for name, said in list(schemes.items())[:_MOST]:
        name = name[:60] if name.isprintable() else ""
        try:
            one = _key(name, document.followed(said))
        except LeftOut:
            continue
        if isinstance(one, Key):
            keys.known.append(one)
        else:
            keys.unknown.append((name, one))
    return keys


def _key(name: str, said: dict[str, Any]) -> Key | str:
    """The key; in a word what it is, where we cannot send it."""
    kind, scheme = text_in(said.get("type")), text_in(said.get("scheme")).lower()
    if kind == "basic" or (kind == "http" and scheme == "basic"):
        return Key(name, "basic")
    if kind == "http" and scheme == "bearer":
        return Key(name, "bearer")
    place, field_name = text_in(said.get("in")), text_in(said.get("name"))
    if kind == "apiKey" and place in ("header", "query") and field_name and field_name.isprintable():
        return Key(name, place, field_name[:100])
    if kind == "apiKey":
        return f"apiKey in {place[:20] or '?'}"
    return f"{kind} {scheme}".strip()[:40] or "?"


def _whole_address(server: dict[str, Any], address: str) -> str:
    variables = object_in(server.get("variables"))

    def usual(found: re.Match[str]) -> str:
        return text_in(object_in(variables.get(found[1])).get("default"))

    text = _VARIABLE.sub(usual, text_in(server.get("url"))[:_LONGEST]).strip()
    try:
        url = URL(text)
        if not url.absolute and address:
            url = URL(address).join(url)
        is_whole = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except ValueError:
        return ""
    if not is_whole or url.user is not None or url.password is not None or url.query_string:
        return ""
    return str(url.with_fragment(None)).rstrip("/")


def _old_servers(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The servers of Swagger 2.0, which are said in three parts."""
    base = "/" + text_in(whole.get("basePath")).lstrip("/")
    host = text_in(whole.get("host"))
    if not host:
        return [{"url": base}]
    schemes = [one for one in objects_in(whole.get("schemes")) if one in ("https", "http")]
    return [{"url": f"{scheme}://{host}{base}"} for scheme in sorted(schemes, reverse=True) or ["https"]]
