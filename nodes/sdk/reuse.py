"""Whether a step that asks a model takes what it was answered before, to exactly the same."""

from __future__ import annotations

from typing import Any, Final, Literal

from nodes.sdk.node import Field

Reuse = Literal["never", "hour", "day", "week", "month"]

_SECONDS: Final[dict[str, int]] = {
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
}


def reuse_s(choice: Reuse) -> int | None:
    """How old an answer may be that is taken again, in seconds; None where each is asked for anew."""
    return _SECONDS.get(choice)


def reuse_field(**more: Any) -> Any:
    """The setting of a step: for how long an answer is taken again."""
    return Field(
        "never",
        title="When exactly the same is asked again",
        help="Taken again is only what was answered to every word alike, with the same model and settings, "
        "in this app. It comes at once and costs nothing. A creative model then says the same each time.",
        choices={
            "never": "The AI model is asked anew",
            "hour": "Take the answer again, for an hour",
            "day": "Take the answer again, for a day",
            "week": "Take the answer again, for a week",
            "month": "Take the answer again, for 30 days",
        },
        more=True,
        **more,
    )
