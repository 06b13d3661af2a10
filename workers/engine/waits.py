"""How a node waits: its branch stands still, and the run is let go when nothing is at work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from nodes.sdk.errors import NodeError
from nodes.sdk.node import NodeResult
from nodes.sdk.values import Json

if TYPE_CHECKING:
    from workers.engine.plan import PlanNode
    from workers.engine.state import RunState

SETTLE: Final = "#settle "
"""What the name of the note begins with by which a person settles an unknown outcome; the attempt follows."""
OVER: Final = "#over "
"""What the name of the remembered step begins with that says: this wait ran out before anything came."""
OUTCOME_UNKNOWN: Final = "outcome_unknown"
PAUSED: Final = "paused"


class Suspended(BaseException):
    """The node that raises it waits for something outside, or the run is paused.

    Not an Exception: what a node does about errors must not swallow it.
    """


def over(name: str) -> str:
    """The remembered step that says that the wait `name` ran out."""
    return f"{OVER}{name}"


def is_still_waiting(state: RunState, path: str, now: datetime) -> bool:
    """Whether a node would wait again for all it waited for, were it started now."""
    waits = state.waiting.get(path)
    if not waits:
        return False
    return all(
        (path, name) not in state.signals and not has_run_out(wait.get("until"), now)
        for name, wait in waits.items()
    )


def has_run_out(until: Json, now: datetime) -> bool:
    """Whether a wait until then, as written down, is over."""
    return isinstance(until, str) and datetime.fromisoformat(until) <= now


def waiting_json(state: RunState, parked: set[str], *, is_paused: bool) -> dict[str, Json]:
    """What run_waiting tells: why, until when, and which node runs go on later where they are."""
    reasons: list[Json] = [
        {
            "path": path,
            "name": name,
            **{k: wait.get(k) for k in ("reason", "until", "since")},
            "title": _title(wait.get("about")),
        }
        for path, waits in sorted(state.waiting.items())
        for name, wait in waits.items()
    ]
    if is_paused:
        reasons.insert(0, {"path": "", "name": "", "reason": PAUSED, "until": None, "since": None})
    wake_at = None if is_paused else wake_time(state)
    return {
        "reasons": reasons,
        "wake_at": wake_at.isoformat() if wake_at is not None else None,
        "parked": list[Json](sorted(parked)),
    }


def _title(about: Json) -> Json:
    return about.get("title", "") if isinstance(about, dict) else ""


def wake_time(state: RunState) -> datetime | None:
    """When the first of the run's waits runs out."""
    ends = [wait.get("until") for waits in state.waiting.values() for wait in waits.values()]
    return min((datetime.fromisoformat(end) for end in ends if isinstance(end, str)), default=None)


def settled_result(node: PlanNode, note: Mapping[str, Any]) -> NodeResult:
    """The result of a step of which a person says that it was done. Raises NodeError for one it cannot be."""
    given = note.get("output")
    if given is not None and not isinstance(given, dict):
        raise NodeError("bad_config", "What a step gave is an object of its fields.", retry=False)
    names = node.kind.Output.model_fields if node.kind is not None else {}
    # What nobody says is nothing, and later steps find it so.
    output: dict[str, Json] = {**dict.fromkeys(names), **cast("dict[str, Json]", given or {})}
    ports = sorted((node.ports or frozenset({"out"})) - {"error"})
    return NodeResult(output, "out" if "out" in ports or not ports else ports[0])
