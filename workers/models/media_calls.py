"""A call of a model that hears, speaks or draws, by what the workspace says of it: turn, price, stand-ins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from nodes.sdk.errors import NodeError
from nodes.sdk.models import Made, MediaTask, Transcript
from workers.models.allowance import Call
from workers.models.media import MediaBackend
from workers.models.rules import ModelRules
from workers.models.standing_in import WHERE_ANOTHER_MAY_DO

SHORT_PATIENCE_S: Final = 2.0
"""How long a call waits for its turn at a model when another may answer instead."""

Answer = TypeVar("Answer", Transcript, Made)


class Models(Protocol):
    """What is asked of the router."""

    async def media(
        self, workspace_id: str, model_id: str, task: MediaTask
    ) -> tuple[str, MediaBackend, ModelRules]: ...

    def turn(
        self, workspace_id: str, model_id: str, rules: ModelRules, tokens: int, *, patience_s: float | None
    ) -> AbstractAsyncContextManager[Call]: ...


async def asked_in_turn(
    models: Models,
    whom: tuple[str, str, MediaTask],
    ask: Callable[[MediaBackend], Awaitable[Answer]],
    *,
    tokens: int = 0,
) -> Answer:
    """The answer of the model, or of the first that stands in for it. `whom`: workspace, model, task.

    What is made is whole in itself, so that another model may make all of it.
    """
    workspace_id, model, task = whom
    model_id, _, rules = await models.media(workspace_id, model, task)
    asked = (model_id, *rules.stand_ins)
    for place, one in enumerate(asked):
        is_last = place + 1 == len(asked)
        try:
            _, backend, rules = await models.media(workspace_id, one, task)
            patience_s = None if is_last else SHORT_PATIENCE_S
            async with models.turn(workspace_id, one, rules, tokens, patience_s=patience_s) as call:
                answer = await ask(backend)
                call.used_tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens
        except NodeError as error:
            if is_last or error.code not in WHERE_ANOTHER_MAY_DO:
                raise
        else:
            usage = rules.priced(answer.usage, answer.units)
            return replace(answer, model=model or model_id, usage=usage)
    raise AssertionError("the last model was asked")
