"""A step that ends the workflow: what the run comes to, or the step that uses the workflow."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.sdk.answer_frames import join
from nodes.sdk.errors import NodeError
from nodes.sdk.node import END, NodeResult
from nodes.sdk.values import Json
from workers.engine.plain import clean_text


def ended_by(results: Iterable[NodeResult]) -> NodeResult | None:
    """The result that ended the workflow, if one did: then it is the only one."""
    return next((result for result in results if result.port == END), None)


def with_message(answer: str, output: Json) -> str:
    """The answer so far, with the last word behind it."""
    return join(answer, _message(output))


def failure_of(output: Json) -> NodeError | None:
    """The failure that was wanted; None where the workflow is to end well."""
    if not isinstance(output, dict) or output.get("status") != "failed":
        return None
    message = clean_text(_message(output), 500) or "The app ended itself."
    return NodeError(
        "stopped", message, "Look at the step that ended it, and at what led there.", retry=False
    )


def _message(output: Json) -> str:
    said = output.get("message") if isinstance(output, dict) else None
    return said if isinstance(said, str) else ""
