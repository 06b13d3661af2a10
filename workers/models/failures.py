"""What a model service's refusal means for a run, in our codes and in words for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from nodes.sdk.errors import NodeError
from workers.outgoing.http import NoAnswer

_LONGEST_WAIT_S = 600.0
_SHOWN_CHARS = 300
_TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum context|exceed_context|context_too_long|too many tokens"
    r"|prompt is too long|input is too long|tokens? limit exceeded",
    re.IGNORECASE,
)
_BLIND = re.compile(
    r"(image(?! ?(type|format|size|file|media))|vision|multi-?modal)[^.]{0,60}"
    r"(not (supported|enabled|available)|unsupported|only supported by)"
    r"|(not|n't|cannot|that) (support|accept|handle|take)\w*[^.]{0,40}"
    r"(image(?! ?(type|format|size|file|media))|vision|multi-?modal)"
    r"|not a multi-?modal|at most 0 image|unknown variant .?image_url|content must be a string"
    r"|missing data required for image|mmproj|model_cannot_see",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient_quota|billing|credit balance|exceeded your current quota", re.IGNORECASE
)


def from_status(
    status: int,
    body: bytes | str,
    headers: Mapping[str, str],
    *,
    model: str,
    secret: str = "",
    with_images: bool = False,
) -> NodeError:
    """The error for an HTTP answer that is no success. `secret` is kept out of what is shown.

    `with_images`: what was asked had pictures, so that the answer may be that the model sees none.
    """
    said = _said(body, secret)
    wait_s = retry_after_s(headers)
    shown = f" It said: {said}" if said else ""
    if status in (401, 403):
        return NodeError(
            "model_auth",
            f"The service of the model {model!r} did not accept the key.",
            hint="Check the key under Models.",
        )
    if with_images and status not in (429, 503, 529) and _BLIND.search(said):
        return cannot_see(model)
    if status == 413 and with_images:
        return NodeError(
            "picture_too_large",
            f"The service of the model {model!r} does not take that much at once.",
            hint="Send fewer or smaller pictures.",
        )
    if status == 413 or (status in (400, 422) and _TOO_LONG.search(said)):
        return context_too_long(model)
    if status == 404:
        return NodeError(
            "model_missing",
            f"The service does not know the model {model!r}.{shown}",
            hint="Choose another model in the step, or check the model's name and address under Models.",
        )
    if status == 429 and _NO_CREDIT.search(said):
        return NodeError(
            "model_rate_limited",
            f"The account behind the model {model!r} has no credit left.",
            hint="Add credit at the provider, or choose another model.",
            retry=False,
        )
    if status == 429 and _said_code(body) == "model_busy":
        return busy(model, wait_s)
    if status == 429:
        return NodeError(
            "model_rate_limited",
            f"The service of the model {model!r} wants fewer requests at a time.",
            hint="Wait a little, or raise the limit at the provider.",
            retry_after_s=wait_s,
        )
    if status in (503, 529):
        return busy(model, wait_s)
    if status in (408, 504):
        return timed_out(model)
    if 300 <= status < 400:
        return NodeError(
            "address_refused",
            f"The address of the model {model!r} redirects to another one.",
            hint="Enter the final address of the service under Models.",
        )
    if 400 <= status < 500:
        return NodeError(
            "model_bad_request",
            f"The service refused the request to the model {model!r}.{shown}",
            hint="Check the step's settings: some models do not take every one of them.",
        )
    if status == 500 and _said_code(body) == "model_killed":
        return NodeError(
            "model_failed",
            f"The model {model!r} was stopped in the middle, mostly because the server's memory ran out.",
            hint="It starts again with the next question. If it stays, choose a smaller model.",
            retry_after_s=wait_s,
        )
    return NodeError(
        "model_failed",
        f"The service of the model {model!r} failed (status {status}).",
        hint="Try again. If it stays, look at the provider's status page.",
        retry_after_s=wait_s,
    )


def from_no_answer(error: NodeError, *, model: str) -> NodeError:
    """The model's code for an error of the guarded client; address_refused stays what it is."""
    if not isinstance(error, NoAnswer):
        return error
    if error.reason == "timeout":
        return timed_out(model)
    return NodeError(
        "model_unreachable",
        f"The service of the model {model!r} did not answer: {error.message}",
        hint="Check the address under Models, and whether the service runs.",
        retry=error.retry,
    )


def busy(model: str, wait_s: float | None = None) -> NodeError:
    return NodeError(
        "model_busy",
        f"The model {model!r} has too much to do just now.",
        hint="Try again in a moment.",
        retry_after_s=wait_s,
    )


def timed_out(model: str) -> NodeError:
    return NodeError(
        "model_timeout",
        f"The model {model!r} took too long to answer.",
        hint="Try again, or ask for a shorter answer.",
    )


def cannot_see(model: str) -> NodeError:
    return NodeError(
        "model_cannot_see",
        f"The model {model!r} reads text only: it cannot look at pictures.",
        hint="Choose a model in the step that sees pictures, or set the step's pictures to “None”.",
    )


def sound_too_large(model: str) -> NodeError:
    return NodeError(
        "sound_too_large",
        f"The service of the model {model!r} does not take a recording that large.",
        hint="Send a shorter one, or one that is packed more tightly, such as an MP3.",
    )


def context_too_long(model: str) -> NodeError:
    return NodeError(
        "context_too_long",
        f"The text for the model {model!r} is longer than it can read.",
        hint="Send less text or fewer earlier messages, or choose a model with a larger context.",
    )


def broken_off(model: str) -> NodeError:
    return NodeError(
        "model_unreachable",
        f"The connection to the model {model!r} broke off in the middle of the answer.",
        hint="Try again.",
    )


def senseless(model: str) -> NodeError:
    return NodeError(
        "model_failed",
        f"The service of the model {model!r} sent something that is no answer.",
        hint="Check that the address under Models belongs to an OpenAI-compatible service.",
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header (a number or a date), at most ten minutes."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT_S) if seconds == seconds else None


def _said(body: bytes | str, secret: str) -> str:
    """The service's own words, short and without the key."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        error = value.get("error", value)
        if isinstance(error, dict):
            parts = (error.get("message"), error.get("type"), error.get("code"))
            text = " ".join(str(part) for part in parts if isinstance(part, str))
        elif isinstance(error, str):
            text = error
    elif text.lstrip().startswith("<"):
        text = ""  # a proxy's HTML page helps nobody
    if secret:
        text = text.replace(secret, "•••")
    return " ".join(text.split())[:_SHOWN_CHARS]


def _said_code(body: bytes | str) -> str:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
