"""What stands in for running a step: a pin of its id, or an edit of its path in this run alone.

Both are recorded in `run_started`, so that whoever takes the run over uses the same. A pin is
`{"output", "port"?}` or `{"error": text}`; an edit is the first of these, or `{"config": {field: value}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nodes.sdk.errors import NodeError
from nodes.sdk.node import NodeResult
from nodes.sdk.values import Json
from workers.engine.frames import FRAME
from workers.engine.plan import PlanNode

if TYPE_CHECKING:
    from workers.engine.engine import Engine


def pins_of(given: Mapping[str, Json]) -> dict[str, Json]:
    """Pins from outputs by node id, as a command line gives them; `{"__error__": text}` makes a step fail."""
    return {
        node_id: {"error": str(output["__error__"])}
        if isinstance(output, dict) and "__error__" in output
        else {"output": output}
        for node_id, output in given.items()
    }


def pin_for(
    engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]
) -> Mapping[str, Json] | None:
    """What to use instead of running the node at `path`. Pins name nodes of the workflow itself only."""
    edit = engine.edits.get(path)
    if isinstance(edit, dict):
        return edit if "config" not in edit else None  # it is to run with that
    pin = None if FRAME in scope else engine.pins.get(node.id)
    return pin if isinstance(pin, dict) else None


def mark(engine: Engine, node: PlanNode, path: str, scope: Mapping[str, Json]) -> dict[str, Json]:
    """What the facts about a node run say of that."""
    if path in engine.edits:
        return {"edited": True}
    return {"pinned": True} if pin_for(engine, node, path, scope) is not None else {}


def result_of(node: PlanNode, pin: Mapping[str, Json]) -> NodeResult:
    """The result that stands in, unchecked. Raises NodeError where a failure does."""
    if "error" in pin:
        raise NodeError("node_crashed", str(pin["error"]), retry=False)
    output, port = pin.get("output"), pin.get("port")
    if not isinstance(port, str):
        port = node.kind.port_of(output) if node.kind is not None else "out"
    return NodeResult(output, port)


def edited_config(engine: Engine, path: str) -> Mapping[str, Json] | None:
    """The fields of what comes into the node at `path` that are others than drawn, if any."""
    edit = engine.edits.get(path)
    fields = edit.get("config") if isinstance(edit, dict) else None
    return fields if isinstance(fields, dict) else None


def leads_to(path: str, only: str) -> bool:
    """Whether the node run at `path` is the only one wanted, around it, or inside it."""
    return path == only or only.startswith(f"{path}[") or path.startswith(f"{only}[")
