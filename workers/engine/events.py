"""The facts a run is made of: one immutable event each, of a closed list of types."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple, cast, get_args

from nodes.sdk.graph import Json

EventType = Literal[
    "run_claimed",
    "run_started",
    "run_waiting",
    "run_succeeded",
    "run_failed",
    "run_cancelled",
    "run_timed_out",
    "node_started",
    "node_succeeded",
    "node_failed",
    "node_waiting",
    "step_done",
    "signal_received",
    "variable_set",
]
RunStatus = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled", "timed_out"]

EVENT_TYPES: frozenset[EventType] = frozenset(get_args(EventType))

FINAL: Mapping[EventType, RunStatus] = {
    "run_succeeded": "succeeded",
    "run_failed": "failed",
    "run_cancelled": "cancelled",
    "run_timed_out": "timed_out",
}
"""The events that end a run, and the status each leaves behind. Nothing follows them."""


class Event(NamedTuple):
    """One immutable fact about a run. `seq` is dense from 1; the journal refuses a gap or a repeat.

    `path` is the node run it is about (`loop_1[2].prompt_1`), or "" for the run itself.
    A named tuple and not a dataclass: a frozen dataclass takes four times as long to make. Where many are
    made, `new_event` takes a third of that.
    """

    seq: int
    type: EventType
    path: str
    at: datetime
    data: dict[str, Json]

    def to_json(self) -> dict[str, Json]:
        """The event as it travels: time as ISO 8601 in UTC, with a Z."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"seq": self.seq, "type": self.type, "path": self.path, "at": at, "data": self.data}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Event":
        """Reads what to_json wrote. Raises ValueError for a type that is not on the list."""
        seq, kind, path, at, data = (value.get(name) for name in ("seq", "type", "path", "at", "data"))
        if kind not in EVENT_TYPES:
            raise ValueError(f"{kind!r} is no event type.")
        if not (
            isinstance(seq, int) and isinstance(path, str) and isinstance(at, str) and isinstance(data, dict)
        ):
            raise ValueError(f"Event {seq!r} is not whole.")
        return cls(seq, kind, path, datetime.fromisoformat(at), data)


new_event = cast(
    "Callable[[type[Event], tuple[int, EventType, str, datetime, dict[str, Json]]], Event]",
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType]
)
"""An event from all its fields in order, without the way through Python that keywords need."""
