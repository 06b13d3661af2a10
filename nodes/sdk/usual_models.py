"""The work for which no model comes along: a workspace has a usual one once it has connected one."""

from __future__ import annotations

from typing import Final

from nodes.sdk.errors import NodeError
from nodes.sdk.models import Task

NONE_COMES_ALONG: Final[dict[Task, str]] = {
    "rerank": "puts passages in order",
    "transcription": "writes down what is said",
    "speech": "says texts aloud",
    "image": "draws pictures",
}
"""What such a model does."""


def none_usual(task: Task) -> NodeError:
    """The error of a workspace whose usual model for that is wanted, and is none."""
    return NodeError(
        "model_missing",
        f"There is no usual model that {NONE_COMES_ALONG[task]}.",
        "Connect one on the page Models, or choose one in the step.",
    )
