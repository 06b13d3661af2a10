"""What people outside are told of a run that failed: a short public code and a sentence.

The run's own error may quote a prompt, an address or a provider's words; those are for the console.
"""

from __future__ import annotations

from collections.abc import Mapping

from nodes.sdk import Json

_BUSY = ("busy", "The model is busy right now.", "Try again in a minute.")
_SLOW = ("timed_out", "The answer took too long and was stopped.", "Try again, or ask something shorter.")
_FAILED = ("app_failed", "The app could not finish this answer.", "Try again, or tell whoever made the app.")
_UNREADABLE = (
    "file_unreadable",
    "The file could not be read.",
    "Send it as PDF, Word (.docx) or plain text, without a password.",
)
_WHY_UNREADABLE = ("broken", "locked", "no_text", "not_supported", "too_complex", "too_large", "unsafe")
_PUBLIC = {
    **dict.fromkeys(["model_busy", "model_rate_limited"], _BUSY),
    **dict.fromkeys(["model_timeout", "model_endless", "node_timeout", "run_timed_out"], _SLOW),
    "context_too_long": ("too_long", "This is more than the model can read.", "Start a new conversation."),
    **{f"document_{why}": _UNREADABLE for why in _WHY_UNREADABLE},
    "file_gone": ("file_gone", "A file is not there any more.", "Send it again."),
    "info_missing": ("info_missing", "The app needs information that was not sent.", "Fill in its form."),
    "step_limit": (
        "step_limit",
        "The app took more steps than it may for one message, and was stopped.",
        "Ask for less at once, or tell whoever made the app.",
    ),
    "token_limit": (
        "token_limit",
        "The app's AI models read and wrote as much as they may for one message, and were stopped.",
        "Ask for something shorter, or tell whoever made the app.",
    ),
    "cost_limit": (
        "cost_limit",
        "The app spent as much as it may for one message, and was stopped.",
        "Ask for less at once, or tell whoever made the app.",
    ),
    "size_limit": (
        "size_limit",
        "The texts came to more than the app may hold for one message, and it was stopped.",
        "Ask for less at once, or tell whoever made the app.",
    ),
    "stopped": ("stopped", "The app ended without coming to what was asked.", "Read its last words."),
    "cancelled": ("cancelled", "The answer was stopped.", ""),
}
_HTTP = {
    "busy": 503,
    "timed_out": 504,
    "too_long": 400,
    "info_missing": 400,
    "file_unreadable": 400,
    "file_gone": 400,
    "step_limit": 422,
    "token_limit": 422,
    "cost_limit": 422,
    "size_limit": 422,
    "stopped": 422,
    "cancelled": 409,
}


def public_error(run: Mapping[str, Json]) -> dict[str, Json] | None:
    """The `error` of a run for people outside; None while nothing has gone wrong."""
    status, error = run["status"], run["error"]
    if status == "cancelled":
        return _as_json(_PUBLIC["cancelled"])
    if status == "timed_out":
        return _as_json(_SLOW)
    if status != "failed":
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return _as_json(_PUBLIC.get(str(code), _FAILED))


def http_status(code: str) -> int:
    """The HTTP status under which a public code is best told."""
    return _HTTP.get(code, 502)


def run_for_key(run: Mapping[str, Json]) -> dict[str, Json]:
    """A run as the holder of an app key may see it: everything but the app's inner errors."""
    shown = {name: value for name, value in run.items() if name != "origin"}
    return {**shown, "error": public_error(run)}


def run_for_visitor(run: Mapping[str, Json]) -> dict[str, Json]:
    """A run as a visitor may see it: the answer and its files, nothing of how it was made or what it cost."""
    sources = sources_for_visitor(run.get("sources"))
    return {**run_for_key(run), "outputs": {}, "usage": None, "handled_errors": 0, "sources": sources}


def sources_for_visitor(sources: Json) -> list[Json]:
    """Sources as a visitor may see them: the document's title, the place, the passage, and no ids of ours."""
    ids = {"knowledge_id": "", "document_id": "", "chunk_id": None}
    return [{**one, **ids} for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []


def _as_json(fault: tuple[str, str, str]) -> dict[str, Json]:
    code, message, hint = fault
    return {"code": code, "message": message, "hint": hint}
