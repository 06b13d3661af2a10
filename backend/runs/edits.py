"""What a person may change of a step when a run goes on from another one: what it gave, or what it was told.

`{"output": Json, "port"?: str}` is used instead of running the step; `{"config": {field: value}}` are fields
of what came into it, as they stand in the journal: values, not templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from backend.accounts.errors import ApiError
from backend.workflows.outputs import MOST_DEEP
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.node import Node, inside_fields
from nodes.sdk.strict import GraphError, check_plain_json


def check_config(
    catalogue: Catalogue, type: str, given: Mapping[str, Any], fields: Mapping[str, Any], at: str
) -> None:
    """Raises ApiError 422 `bad_edit` for fields that the step does not have or cannot be run with.

    What decides how the step is run stays as it is drawn: its ways out, what it does to the world, which app
    it uses. `given` is what came into it.
    """
    kind = catalogue.types.get(type)
    if kind is None:
        raise _refusal(f"There are no steps of the type {type!r} here.", at)
    inside = inside_fields(kind.Config)
    for name, value in fields.items():
        try:
            check_plain_json(value, f"{at}.{name}", MOST_DEEP)
        except GraphError as error:
            raise _refusal(error.message, error.field or at) from error
        if name in inside:
            raise _refusal("This is looked at in each round, so it is not what came in.", f"{at}.{name}")
    edited = {**given, **fields}
    try:
        kind.Config.model_validate(edited)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise _refusal(f"The step cannot work with this: {fault['msg']}.", f"{at}.{where}") from None
    if _bones(kind, given) != _bones(kind, edited):
        message = "This decides which way the step goes on or what it does to the outside."
        raise _refusal(message, at, "Change it in the app, and run the draft.")


def _bones(kind: type[Node], config: Mapping[str, Any]) -> Any:
    """What the engine knows of a step before it runs."""
    try:
        ports = [port.name for port in kind.ports(config)]
        return ports, kind.effects_of(config), kind.calls(config), dict(kind.loop_variables(config))
    except Exception:  # a stranger's code, on a config that it did not expect
        return None


def _refusal(message: str, at: str, hint: str = "") -> ApiError:
    hint = hint or "Look at what came into the step, and change only that."
    return ApiError(422, "bad_edit", message, hint=hint, field=at)
