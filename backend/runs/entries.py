"""What travels on a run's stream, and how its place there is written.

An id is `<seq>-<n>`: the last durable fact, and a count of live entries since. The same string is the
id in Redis, the `id:` of server-sent events, the cursor of the console socket, and a place in the journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from backend.runs.columns import dumps

Kind = Literal["event", "delta", "snapshot", "progress", "place", "elsewhere"]
"""`progress` says how many of its passes a step has done, for the console only. `place` says how many
questions are before a step's own at a model of this machine: 0 when its turn has come. `elsewhere` is a fact
too big for the stream: readers fetch it from the journal."""

Place = tuple[int, int]
START: Place = (0, 0)

FINAL_EVENTS = frozenset({"run_succeeded", "run_failed", "run_cancelled", "run_timed_out"})
BIG = 64 * 1024
_ID = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a run's stream. `body` is an event, live text, progress or a place, as JSON."""

    place: Place
    kind: Kind
    body: dict[str, Any]
    data: str | None = field(default=None, compare=False, repr=False)
    """The JSON text of a fact's data, where it was made already to be stored."""

    @property
    def id(self) -> str:
        """The place as text."""
        return f"{self.place[0]}-{self.place[1]}"

    @property
    def seq(self) -> int:
        """The last durable fact when this was said; for an event, its own."""
        return self.place[0]

    @property
    def is_end(self) -> bool:
        """Whether the run ends with this."""
        return self.kind == "event" and self.body["type"] in FINAL_EVENTS

    def to_json(self) -> dict[str, Any]:
        """The entry as clients get it."""
        return {"id": self.id, "kind": self.kind, self.kind: self.body}


@dataclass(frozen=True, slots=True)
class Reset:
    """Live text was lost: forget all that was said live. The run's facts follow, from the first."""


def place_of(text: str | None) -> Place | None:
    """The place that an id names; None for no id, and for a text that is none."""
    match = _ID.fullmatch(text or "")
    return (int(match[1]), int(match[2])) if match else None


def encode(entry: Entry) -> str:
    """The entry as Redis carries it. A fact that is too big is only pointed to."""
    text = dumps(entry.to_json()) if entry.data is None else _encode_fact(entry.id, entry.body, entry.data)
    if len(text) > BIG and entry.kind == "event":
        return dumps({"id": entry.id, "kind": "elsewhere", "elsewhere": {}})
    return text


def _encode_fact(place: str, body: Mapping[str, Any], data: str) -> str:
    return (
        f'{{"id":"{place}","kind":"event","event":{{"seq":{body["seq"]},"type":"{body["type"]}",'
        f'"path":{dumps(body["path"])},"at":"{body["at"]}","data":{data}}}}}'
    )


def decode(raw: str | bytes) -> Entry:
    """Reads what `encode` wrote."""
    value = json.loads(raw)
    place = place_of(value["id"])
    assert place is not None
    return Entry(place, value["kind"], value[value["kind"]])


def event_entry(seq: int, kind: str, path: str, at: datetime, data: Any, text: str | None = None) -> Entry:
    """A fact of the journal as an entry; `text` is the JSON text of its data, if that is known."""
    said_at = f"{(at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec='milliseconds')[:23]}Z"
    body = {"seq": seq, "type": kind, "path": path, "at": said_at, "data": data}
    return Entry((seq, 0), "event", body, text)
