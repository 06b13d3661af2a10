"""What an app remembers about the person it talks to, from one conversation to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

LONGEST_TEXT: Final = 2_000
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class Remembered:
    """One thing that was remembered. `score`: how sure a search is of it, 1 where nothing was looked for."""

    text: str
    name: str
    said_at: datetime
    score: float = 1.0

    def to_json(self) -> dict[str, Json]:
        """As a step gives it."""
        return {
            "text": self.text,
            "name": self.name,
            "said_at": self.said_at.isoformat(),
            "score": self.score,
        }


def check_length(what: str, value: str, longest: int) -> None:
    """Raises NodeError for what is longer than can be kept."""
    if len(value) > longest:
        raise NodeError(
            "memory_too_long",
            f"The {what} has {len(value):,} characters; {longest:,} are possible.",
            "Let an AI model put it into a sentence first.",
        )


class Memory(Protocol):
    """The memories of the person that this run is with, and of nobody else.

    A program that uses the app over the API may say which of its people it asks for: `person`. For all
    others that counts for nothing, so that no visitor can ask for what is another's.
    """

    async def remember(self, text: str, *, name: str = "", person: str = "", once: str) -> bool:
        """Keeps `text`, in place of what has the same name (or, without one, the same words).

        Done once for each `once`: False where it was done before.
        """
        ...

    async def recall(
        self, query: str = "", *, name: str = "", person: str = "", most: int = 5, minimum: float = 0.0
    ) -> Sequence[Remembered]:
        """What fits `query`, best first; without a query what was said last. With `name`, that alone."""
        ...


class NoMemory:
    """Where nobody is remembered."""

    async def remember(self, text: str, *, name: str = "", person: str = "", once: str) -> bool:
        raise _not_here()

    async def recall(
        self, query: str = "", *, name: str = "", person: str = "", most: int = 5, minimum: float = 0.0
    ) -> Sequence[Remembered]:
        raise _not_here()


def _not_here() -> NodeError:
    return NodeError("bad_config", "Nothing can be remembered here.", "Run the app on the server.")
