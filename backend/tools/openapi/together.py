"""Which keys a description asks for at the same time: two can be sent, more cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backend.tools.definitions import Unusable, notice
from backend.tools.openapi.operations import operations_in
from backend.tools.openapi.refs import Document, object_in, objects_in
from backend.tools.openapi.service import Keys

_MOST: Final = 20


def keys_together(document: Document, keys: Keys) -> tuple[list[list[int]], list[dict[str, Any]]]:
    """The pairs of known keys that go along at the same time, by their positions; and what is to be said of
    those that are more, or that would stand in one place."""
    positions = {one.name: at for at, one in enumerate(keys.known)}
    pairs: dict[tuple[int, ...], None] = {}
    several: dict[str, None] = {}
    for names in _asked_together(document):
        if not all(name in positions for name in names):
            continue  # one of them is no key that we can send, which is said of it
        found = tuple(sorted(positions[name] for name in names))
        stand = {keys.known[at].stands for at in found}
        if len(found) == 2 and len(stand) == 2:
            pairs[found] = None
        else:
            several[" + ".join(names)] = None
    too_many = Unusable(
        "keys_several", "They are asked for at the same time; two can be sent, in two places."
    )
    return [list(pair) for pair in pairs][:_MOST], [notice(one, too_many) for one in several][:_MOST]


def _asked_together(document: Document) -> Iterator[list[str]]:
    """The names of keys, of all ways in that take several."""
    whole = document.whole.get("security")
    operations = (object_in(operation).get("security") for *_, operation in operations_in(document))
    for ways in (whole, *operations):
        for one in objects_in(ways)[:_MOST]:
            names = [str(name) for name in object_in(one)]
            if len(names) > 1:
                yield names
