"""How much a run may do, as the installation sets it."""

from __future__ import annotations

import os
from typing import Final

MAX_ROUNDS_SETTING: Final = "TREADLE_MAX_ROUNDS"
MAX_ITEMS_SETTING: Final = "TREADLE_MAX_ITEMS"
MAX_STEPS_SETTING: Final = "TREADLE_MAX_STEPS"
MAX_CHARACTERS_SETTING: Final = "TREADLE_MAX_CHARACTERS"
MAX_RUN_SECONDS_SETTING: Final = "TREADLE_MAX_RUN_SECONDS"
MAX_RUN_TOKENS_SETTING: Final = "TREADLE_MAX_RUN_TOKENS"
MAX_RUN_COST_SETTING: Final = "TREADLE_MAX_RUN_COST"


def max_rounds() -> int:
    """Rounds that one loop may take."""
    return _whole(MAX_ROUNDS_SETTING, 1_000)


def max_items() -> int:
    """Items that one list may have which is worked through."""
    return _whole(MAX_ITEMS_SETTING, 10_000)


def max_steps() -> int:
    """Steps that one run may start, each round of a loop counted."""
    return _whole(MAX_STEPS_SETTING, 50_000)


def max_run_seconds() -> float:
    """Seconds that workers may be at one run."""
    return _number(MAX_RUN_SECONDS_SETTING) or 1_200.0


def max_run_tokens() -> int | None:
    """Tokens that the AI models of one run may use; None sets no limit."""
    tokens = _number(MAX_RUN_TOKENS_SETTING)
    return None if tokens is None else int(tokens)


def max_run_cost() -> float | None:
    """US dollars that the AI models of one run may cost; None sets no limit."""
    return _number(MAX_RUN_COST_SETTING)


def max_characters() -> int:
    """Characters that all steps of one run may be given and give, since a worker took it."""
    return _whole(MAX_CHARACTERS_SETTING, 200_000_000)


def _number(setting: str) -> float | None:
    try:
        number = float(os.environ.get(setting, ""))
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def _whole(setting: str, usual: int) -> int:
    text = os.environ.get(setting, "").strip()
    return int(text) if text.isdecimal() and int(text) > 0 else usual
