"""How a step changes a variable: of the run, the conversation, a workflow inside or a loop around."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nodes.sdk.values import Json
from nodes.sdk.variables import CONVERSATION, ENV, Operator, change_as
from workers.engine.environment import read_only
from workers.engine.faults import undeclared
from workers.engine.frames import Frame
from workers.engine.held import change_held
from workers.engine.state import kind_in

if TYPE_CHECKING:
    from workers.engine.engine import Engine


async def change_variable(
    engine: Engine, path: str, name: str, operator: Operator, value: Json, frame: Frame | None
) -> Mapping[str, Json]:
    """Changes a variable on behalf of the node at `path`, and says what is worth telling of it.

    `name` is that of a run variable, or begins with "conversation." or the id of a loop around. Raises
    NodeError("bad_variable").
    """
    engine.stop_if_over()
    if name.startswith(f"{ENV}."):
        raise read_only(name)
    if "." in name and not name.startswith(f"{CONVERSATION}."):
        return await change_held(engine, path, name, operator, value, frame)
    declared, scope = engine.state.declared, "run"
    values = engine.variables if frame is None else frame.variables
    data: dict[str, Json] = {"name": name, "operator": operator, "value": value}
    if frame is not None:
        declared = frame.declared
        data["frame"] = frame.prefix
    if name.startswith(f"{CONVERSATION}."):
        scope, values = CONVERSATION, engine.conversation if frame is None else frame.conversation
        data["name"] = name = name.removeprefix(f"{CONVERSATION}.")
        data["scope"] = scope
        if name not in values:
            raise undeclared(name)
    kind = kind_in(declared, scope, name)
    if frame is not None and name in declared.get(scope, {}):
        # The journal holds what the run itself declares; what a workflow inside declares comes along.
        data |= {"type": kind, "default": declared[scope][name]["default"]}
    # Nothing is awaited between reading, changing and the event's place in the journal.
    values[name], told = change_as(kind, values.get(name), operator, value)
    await engine.record("variable_set", path, data, durable=False)
    return told
