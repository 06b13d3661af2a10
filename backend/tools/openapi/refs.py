"""A description and the references in it. Those that lead elsewhere are not followed."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from backend.tools.definitions import Unusable

_MOST_HOPS: Final = 20
_LONGEST: Final = 1_000
_MOST_PARTS: Final = 200_000
"""Parts that are read of one description, for all operations: what many refer to counts each time."""


class LeftOut(Unusable):
    """Why an operation is no tool."""


class Document:
    """A description as data. `left` is how much of it may still be read."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole
        self.is_old = "swagger" in whole
        self.left = _MOST_PARTS

    def follow(self, value: Any) -> Any:
        """What `value` stands for, once references are followed. Raises LeftOut."""
        self.spend()
        for _ in range(_MOST_HOPS):
            if not isinstance(value, dict) or "$ref" not in value:
                return value
            value = self.at(value["$ref"])
        raise unclear("a reference leads round in a circle")

    def spend(self) -> None:
        """Notes that a part is read. Raises LeftOut when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise too_large()

    def followed(self, value: Any) -> dict[str, Any]:
        """The same, of what has to be an object. Raises LeftOut."""
        found = self.follow(value)
        if not isinstance(found, dict):
            raise unclear("something is described by no object")
        return found

    def at(self, ref: Any) -> Any:
        """What a reference points to, within the description. Raises LeftOut."""
        if not isinstance(ref, str) or len(ref) > _LONGEST:
            raise unclear("a reference is no text")
        if not ref.startswith("#/"):
            raise LeftOut(
                "operation_refers_elsewhere",
                "It refers to another document, and nothing is fetched from elsewhere.",
                ref,
            )
        here: Any = self.whole
        for part in ref[2:].split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(here, dict) and name in here:
                here = here[name]
            elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name) < len(here):
                here = here[int(name)]
            else:
                raise unclear("a reference leads to nothing", ref)
        return here


def too_large() -> LeftOut:
    """For a description without measure."""
    return LeftOut("operation_too_large", "Its description is too large, or nested too deep.")


def unclear(why: str, about: str = "") -> LeftOut:
    """For a description that is not as it should be."""
    return LeftOut("operation_unclear", f"Its description is not as it should be: {why}.", about)


def objects_in(value: Any) -> list[Any]:
    """The entries of a list; of what is none, nothing."""
    return value if isinstance(value, list) else []


def object_in(value: Any) -> dict[str, Any]:
    """The object that a value is; of what is none, an empty one."""
    return value if isinstance(value, dict) else {}


def text_in(value: Any) -> str:
    """The text that a value is; of what is none, an empty one."""
    return value if isinstance(value, str) else ""
