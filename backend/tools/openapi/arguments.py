"""What an operation is given: each thing under one name, with how it is sent kept beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

_UNFIT: Final = re.compile(r"[^\w.-]+")
_LONGEST: Final = 64


@dataclass(frozen=True)
class Argument:
    """One thing that an operation takes. `place` is path, query, header or body; `sent` is how it is sent,
    besides the name under which it is given."""

    name: str
    place: str
    schema: dict[str, Any]
    is_required: bool
    sent: dict[str, Any] = field(default_factory=dict)


def named(arguments: Iterable[Argument]) -> dict[str, Argument]:
    """The arguments by the names under which they are given: those of the service, where models can write
    them, and where a path and a body do not use the same one."""
    found: dict[str, Argument] = {}
    for one in arguments:
        name = _UNFIT.sub("_", one.name).strip("_")[:_LONGEST] or "value"
        if name in found:
            name = f"{name[: _LONGEST - 10]}_{one.place}"
        number, base = 1, name
        while name in found:
            number += 1
            name = f"{base[: _LONGEST - 6]}_{number}"
        found[name] = one
    return found
