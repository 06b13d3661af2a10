"""Rows of a form that each name a way out: the paths of a decision, groups to sort into, buttons."""

from __future__ import annotations

from collections.abc import Collection

from nodes.sdk.graph import Port
from nodes.sdk.strict import PORT_NAME
from nodes.sdk.values import Json


def row_ports(rows: Json) -> list[Port]:
    """The ways out of the rows that already have a name, whatever else may be missing in the form."""
    ports: list[Port] = []
    for row in rows if isinstance(rows, list) else []:
        name, title = (row.get("name"), row.get("title")) if isinstance(row, dict) else (None, None)
        if isinstance(name, str) and name:
            ports.append(Port(name, title if isinstance(title, str) and title else name))
    return ports


def name_fault(what: str, name: str, seen: Collection[str], reserved: Collection[str]) -> str:
    """Why a `what` cannot have that name, in words; "" if it can. `seen` are the names of those before it."""
    if not PORT_NAME.match(name):
        return f"A {what} cannot be called {name!r}: use letters, digits, _ and -."
    if name in reserved:
        return f"A {what} cannot be called {name!r}, because that name has a meaning of its own."
    return f"Two {what}s are called {name!r}." if name in seen else ""
