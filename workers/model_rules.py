"""The rules that workspaces have for their models, read once in a while for all calls of a worker."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

from backend.providers.models import ModelRules as Row
from backend.providers.models import Verdict
from backend.providers.rules import rules_of
from backend.providers.tool_checks import checks_of
from backend.runs.reads import read
from nodes.sdk.models import Price
from workers.models.rules import NO_RULES, Limits, ModelRules

_FRESH_S = 2.0
"""How long a change takes at most until every worker goes by it."""
_MOST_KEPT = 1_000
_A_MILLION = 1_000_000


class KnownRules:
    """What was read of each workspace's rules. One for a worker."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, dict[str, ModelRules]]] = {}

    async def of(self, workspace_id: str, model_id: str) -> ModelRules:
        """The rules of a model. One that nothing is said of has none."""
        kept = self._known.get(workspace_id)
        if kept is None or kept[0] < time.monotonic():
            found = await read(_all_rules, UUID(workspace_id)) if workspace_id else {}
            kept = time.monotonic() + _FRESH_S, found
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[workspace_id] = kept
        return kept[1].get(model_id, NO_RULES)


def _all_rules(workspace_id: UUID) -> dict[str, ModelRules]:
    """What is said of each model, and what a check of its tool calls showed."""
    found = {model: _read(row) for model, row in rules_of(workspace_id).items()}
    for model, check in checks_of(workspace_id).items():
        if check.verdict in (Verdict.GUIDED, Verdict.WEAK):
            found[model] = replace(found.get(model, NO_RULES), is_guided=True)
    return found


def _read(row: Row) -> ModelRules:
    price = None
    said = (row.prompt_price, row.completion_price, row.unit_price)
    if any(one is not None for one in said):
        prompt, completion, unit = (one or 0.0 for one in said)
        price = Price(prompt / _A_MILLION, completion / _A_MILLION, unit)
    limits = Limits(row.at_once, row.requests_a_minute, row.tokens_a_minute)
    return ModelRules(limits, price, tuple(row.stand_ins))
