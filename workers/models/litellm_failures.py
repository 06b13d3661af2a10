"""Our codes for what LiteLLM raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.sdk.errors import NodeError
from workers.models import failures
from workers.models.litellm_setup import Call


def failure_of(
    litellm: Any,
    error: Exception,
    call: Call,
    *,
    title: str,
    provider: str,
    secret: str,
    with_images: bool = False,
) -> NodeError:
    """Our code for what LiteLLM raised. A NodeError of the guard is somewhere among the causes.

    The status and the headers are the service's own where it refused: LiteLLM changes or loses them for
    some families.
    """
    if (refused := refused_by_us(error)) is not None:
        return failures.from_no_answer(refused, model=title)
    if isinstance(error, litellm.ContextWindowExceededError):
        return failures.context_too_long(title)
    if isinstance(error, litellm.Timeout):
        return failures.timed_out(title)
    if isinstance(error, litellm.APIConnectionError):
        return failures.broken_off(title)
    status = getattr(error, "status_code", None)
    headers: Mapping[str, str] = {}
    if call.last is not None and not call.was_answered:
        status, headers = call.last
    elif call.was_answered and provider == "ollama_chat":
        status = 500  # it says in the stream that it failed; LiteLLM takes that for a question's fault
    message = str(getattr(error, "message", "") or "")
    return failures.from_status(
        status if isinstance(status, int) else 500,
        message.partition("Exception - ")[2] or message,
        headers,
        model=title,
        secret=secret,
        with_images=with_images,
    )


def refused_by_us(error: BaseException) -> NodeError | None:
    """The error of the guarded client among the causes of another, if there is one."""
    cause: BaseException | None = error
    for _ in range(20):
        if cause is None or isinstance(cause, NodeError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
