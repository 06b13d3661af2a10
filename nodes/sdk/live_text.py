"""Live text of which more is known each time, by whoever works it out anew."""

from __future__ import annotations

from collections.abc import Callable


class LiveText:
    """Says through `say(offset, text)` what is new of a text.

    Live text only grows: where the text begins anew, the new words wait until there are more of them, and are
    shown from where they differ.
    """

    def __init__(self, say: Callable[[int, str], None]) -> None:
        self._say = say
        self._told = ""

    def tell(self, text: str) -> None:
        """The text as it is known by now."""
        told = self._told
        if text == told:
            return
        offset = len(told)
        if not text.startswith(told):
            if len(text) <= offset:
                return
            offset = next(i for i in range(offset) if text[i] != told[i])
        self._told = text
        self._say(offset, text[offset:])
