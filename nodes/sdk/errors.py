"""What can go wrong while a node runs, as one error class with a closed list of codes."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, bool]] = {
    "model_missing": False,
    "model_auth": False,
    "model_busy": True,
    "model_rate_limited": True,
    "model_unreachable": True,
    "model_timeout": True,
    "model_failed": True,
    "model_endless": False,
    "model_bad_request": False,
    "model_cannot_see": False,
    "picture_not_supported": False,
    "picture_too_large": False,
    "sound_not_supported": False,
    "sound_too_large": False,
    "context_too_long": False,
    "output_not_json": False,
    "bad_tool_call": True,
    "info_missing": False,
    "bad_config": False,
    "bad_time": False,
    "bad_variable": False,
    "divided_by_zero": False,
    "number_overflow": False,
    "list_too_long": False,
    "not_a_list": False,
    "text_not_json": False,
    "part_missing": False,
    "not_a_number": False,
    "detail_missing": False,
    "not_corrected": False,
    "round_limit": False,
    "environment_missing": False,
    "workflow_missing": False,
    "workflow_cycle": False,
    "too_deep": False,
    "item_limit": False,
    "address_refused": False,
    "address_unreachable": True,
    "answer_too_large": False,
    "disk_full": False,
    "wrong_file": False,
    "bad_model_file": False,
    "file_missing": False,
    "answer_not_json": False,
    "answer_part_missing": False,
    "database_missing": False,
    "database_unreachable": True,
    "database_busy": True,
    "database_login": False,
    "query_failed": False,
    "query_changes": False,
    "query_timeout": False,
    "query_unsure": False,
    "tool_failed": False,
    "tool_missing": False,
    "no_such_tool_server": False,
    "tool_changed": False,
    "tool_off": False,
    "tool_sign_in": False,
    "tool_protocol": False,
    "tool_unsure": False,
    "tool_stopped": True,
    "secret_missing": False,
    "secret_unreadable": False,
    "secret_not_allowed": False,
    "http_400": False,
    "http_401": False,
    "http_403": False,
    "http_404": False,
    "http_409": False,
    "http_422": False,
    "http_429": True,
    "http_4xx": False,
    "http_5xx": True,
    "node_timeout": False,
    "node_crashed": False,
    "knowledge_missing": False,
    "document_field_missing": False,
    "bad_document_comparison": False,
    "bad_document_value": False,
    "file_gone": False,
    "storage_full": False,
    "reader_busy": True,
    "code_off": False,
    "code_syntax": False,
    "code_no_main": False,
    "code_failed": False,
    "code_time": False,
    "code_memory": False,
    "code_too_much": False,
    "code_bad_output": False,
    "code_stopped": False,
    "code_busy": True,
    "document_broken": False,
    "document_locked": False,
    "document_no_text": False,
    "document_not_supported": False,
    "document_too_complex": False,
    "document_too_large": False,
    "document_unsafe": False,
    "knowledge_failed": True,
    "memory_too_long": False,
    "bad_recipient": False,
    "mail_not_set_up": False,
    "mail_sign_in": False,
    "mail_refused": False,
    "mail_busy": True,
    "mail_unsure": False,
    "unknown_type": False,
    "worker_crashed": False,
    "step_not_reached": False,
    "stopped": False,
    "step_limit": False,
    "size_limit": False,
    "token_limit": False,
    "cost_limit": False,
    "run_timed_out": False,
    "cancelled": False,
}
"""Every code an error of a run can carry, and whether trying again may help when nobody says otherwise.

The front end has words for each of them in every language.
"""

PASSING: Final = frozenset(code for code, may_pass in CODES.items() if may_pass) | {"node_timeout"}
"""The codes of errors that may pass when something is tried again."""


MODEL_ERRORS: Final = (
    "model_busy",
    "model_rate_limited",
    "model_unreachable",
    "model_timeout",
    "model_failed",
    "model_endless",
    "model_missing",
    "model_auth",
    "model_bad_request",
    "context_too_long",
)
"""How asking an AI model may fail."""

PICTURE_ERRORS: Final = ("model_cannot_see", "picture_not_supported", "picture_too_large", "file_gone")
"""How showing a model pictures may fail, besides."""

SOUND_ERRORS: Final = ("sound_not_supported", "sound_too_large", "file_gone")
"""How having a model listen may fail, besides."""

WEB_ERRORS: Final = (
    "address_unreachable",
    "http_5xx",
    "http_429",
    "http_404",
    "http_409",
    "http_401",
    "http_403",
    "http_400",
    "http_422",
    "http_4xx",
    "address_refused",
    "answer_too_large",
    "secret_missing",
    "secret_unreadable",
    "secret_not_allowed",
)
"""How asking an address on the web may fail."""

ANYWHERE: Final = ("node_timeout", "node_crashed")
"""How any node that does more than compute may fail."""

SETTINGS: Final = frozenset({"bad_config", "info_missing"})
"""How any node may fail for what it was told. The same again fails again, so nobody is asked about it."""


class NodeError(Exception):
    """A node cannot do its work. `message` says what happened, `hint` what a person can do about it."""

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        retry: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retry = CODES.get(code, False) if retry is None else retry
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[NodeError], tuple[str, str, str, bool, float | None]]:
        return (NodeError, (self.code, self.message, self.hint, self.retry, self.retry_after_s))
