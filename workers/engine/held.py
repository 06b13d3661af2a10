"""What a step that repeats keeps from one pass over the steps inside to the next: its loop variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nodes.sdk.kinds import begins_with
from nodes.sdk.values import Json
from nodes.sdk.variables import LOOP, Operator, change_as
from workers.engine.faults import not_held
from workers.engine.frames import Frame
from workers.engine.state import container_of, prefix_of

if TYPE_CHECKING:
    from workers.engine.engine import Engine
    from workers.engine.plan import PlanNode


@dataclass
class Held:
    """The variables of one loop that is under way, with changes that are still on their way to the disk."""

    kinds: Mapping[str, str]
    values: dict[str, Json]
    seen: dict[str, Json] = field(default_factory=dict[str, Json])
    """What the present pass sees of the loop. Refs see this very object."""

    def shown_with(self, inputs: Mapping[str, Json]) -> dict[str, Json]:
        """What a pass that begins sees of the loop: its inputs, and the variables as they go on."""
        self.seen = {**inputs, **self.values}
        return self.seen


async def hold(engine: Engine, node: PlanNode, path: str, begin: Mapping[str, Json]) -> Mapping[str, Json]:
    """The variables of the loop at `path`; those that the journal does not know begin with `begin`.

    Each beginning is a fact of its own. Raises NodeError("bad_variable") for one of another kind.
    """
    held = engine.loops.get(path)
    if held is None:
        known = engine.state.loops.get(path, {})
        new = {n: begins_with(begin.get(n), kind) for n, kind in node.variables.items() if n not in known}
        for name, value in new.items():
            await engine.record(
                "variable_set", path, _fact(path, name, "set", value, node.variables), durable=False
            )
        values = {name: known[name] if name in known else new[name] for name in node.variables}
        held = engine.loops[path] = Held(node.variables, values)
    return held.values


async def change_held(
    engine: Engine, path: str, name: str, operator: Operator, value: Json, frame: Frame | None
) -> Mapping[str, Json]:
    """Changes `<loop's id>.<name>` on behalf of the node at `path`, and says what is worth telling of it.

    It is that of the nearest loop of that id around, in the same workflow. Raises NodeError("bad_variable").
    """
    loop_id, _, variable = name.partition(".")
    loop = _around(path, loop_id, "" if frame is None else frame.prefix)
    held = engine.loops.get(loop)
    if held is None or variable not in held.kinds:
        raise not_held(name)
    # Nothing is awaited between reading, changing and the event's place in the journal.
    after, told = change_as(held.kinds[variable], held.values[variable], operator, value)
    held.values[variable] = held.seen[variable] = after
    await engine.record(
        "variable_set", path, _fact(loop, variable, operator, value, held.kinds), durable=False
    )
    return told


def _around(path: str, loop_id: str, within: str) -> str:
    """The path of the nearest container called `loop_id` around the node at `path`; "" for none."""
    while (path := container_of(prefix_of(path))) and path.startswith(within):
        if path.rpartition(".")[2] == loop_id:
            return path
    return ""


def _fact(loop: str, name: str, operator: Operator, value: Json, kinds: Mapping[str, str]) -> dict[str, Json]:
    change: dict[str, Json] = {"name": name, "operator": operator, "value": value}
    return {**change, "scope": LOOP, "loop": loop, "type": kinds[name]}
