"""How much a run may do, as the installation sets it."""

from __future__ import annotations

import os
from typing import Final

MAX_ROUNDS_SETTING: Final = "TREADLE_MAX_ROUNDS"
MAX_ITEMS_SETTING: Final = "TREADLE_MAX_ITEMS"
MAX_STEPS_SETTING: Final = "TREADLE_MAX_STEPS"
MAX_CHARACTERS_SETTING: Final = "TREADLE_MAX_CHARACTERS"


def max_rounds() -> int:
    """Rounds that one loop may take."""
    return _whole(MAX_ROUNDS_SETTING, 1_000)


def max_items() -> int:
    """Items that one list may have which is worked through."""
    return _whole(MAX_ITEMS_SETTING, 10_000)


def max_steps() -> int:
    """Steps that one run may start, each round of a loop counted."""
    return _whole(MAX_STEPS_SETTING, 50_000)


def max_characters() -> int:
    """Characters that all steps of one run may be given and give, since a worker took it."""
    return _whole(MAX_CHARACTERS_SETTING, 200_000_000)


def _whole(setting: str, usual: int) -> int:
    text = os.environ.get(setting, "").strip()
    return int(text) if text.isdecimal() and int(text) > 0 else usual
