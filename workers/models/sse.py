"""Server-sent events, read as they arrive and cut anywhere."""

from __future__ import annotations

import codecs

MAX_EVENT_CHARS = 10_000_000


class SseParser:
    """Collects the `data` of each event. Pieces may end inside a line, a line end or a UTF-8 character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[str]:
        """The data of the events that `piece` completes. Raises ValueError when an event has no end."""
        text = self._rest + self._decoder.decode(piece)
        # A lone CR at the end may be the first half of CRLF: leave it for the next piece.
        held = "\r" if text.endswith("\r") else ""
        lines = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + held
        events: list[str] = []
        for line in lines:
            if not line:
                if self._data:
                    events.append("\n".join(self._data))
                self._data, self._size = [], 0
            elif line.startswith("data:"):
                self._data.append(line[6:] if line.startswith("data: ") else line[5:])
                self._size += len(line)
        if self._size + len(self._rest) > MAX_EVENT_CHARS:
            raise ValueError("an event is longer than allowed")
        return events

    def close(self) -> list[str]:
        """The data of an event that the connection's end completes: some servers leave the blank line out."""
        return self.feed(b"\n\n")
