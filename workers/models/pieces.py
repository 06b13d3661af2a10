"""What comes out of a model bit by bit, cut where it should end and told apart."""

from __future__ import annotations

from collections.abc import Iterator

from workers.models.runtime import Piece

_BEGIN, _END = "<think>", "</think>"


class Cut:
    """Text up to the first of some stop texts. What may be the beginning of one is held back."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.is_cut = False

    def feed(self, text: str) -> str:
        """What of the text so far can be said now."""
        text = self._held + text
        ends = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if ends:
            self._held, self.is_cut = "", True
            return text[: min(ends)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """What was held back and is no stop text after all."""
        held, self._held = self._held, ""
        return held


class Thoughts:
    """Tells a model's thinking aloud, between <think> and </think> at the beginning, from its answer."""

    def __init__(self, *, is_on: bool = True) -> None:
        self._state = "before" if is_on else "after"
        self._held = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that the text makes certain."""
        self._held += text
        if self._state == "before":
            begun = self._held.lstrip()
            if not begun or (len(begun) < len(_BEGIN) and _BEGIN.startswith(begun)):
                return
            is_thinking = begun.startswith(_BEGIN)
            self._state = "within" if is_thinking else "after"
            if is_thinking:
                self._held = begun[len(_BEGIN) :]
        if self._state == "within":
            at = self._held.find(_END)
            keep = _overlap(self._held, _END) if at < 0 else 0
            thought = self._held[: len(self._held) - keep] if at < 0 else self._held[:at]
            self._held = self._held[len(self._held) - keep :] if at < 0 else self._held[at + len(_END) :]
            if thought:
                yield Piece(reasoning=thought)
            if at >= 0:
                self._state, self._held = "gap", self._held
        if self._state == "gap":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "after"
        if self._state == "after" and self._held:
            said, self._held = self._held, ""
            yield Piece(said)

    def rest(self) -> Iterator[Piece]:
        """What was held back when the answer ended."""
        if self._held:
            yield Piece(reasoning=self._held) if self._state == "within" else Piece(self._held)
        self._held = ""


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of the text may be the beginning of the stop text."""
    for size in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
