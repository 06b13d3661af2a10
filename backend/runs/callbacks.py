"""The addresses by which other services call a waiting step back: signed, for one wait, used once."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import Json, not_json, parse_json, too_large
from backend.runs.models import FINAL, Run, Signal, Wait
from backend.runs.services import send_signal
from backend.runs.views_of_run import stamp

MOST_BYTES: Final = 1024 * 1024
LONGEST: Final = 4_000
EVENT: Final = "event"
_SALT: Final = "treadle.callback"
_FORM: Final = "application/x-www-form-urlencoded"


def callback_url(run_id: str, path: str, name: str) -> str:
    """The address that ends the wait called `name` of the step at `path`."""
    token = signing.Signer(salt=_SALT).sign_object([UUID(run_id).hex, path, name])
    return f"{settings.TREADLE_URL}/hooks/{token}"


def callback_of(run: Run, path: str) -> dict[str, Any]:
    """{"url", "expires_at"} of the call that the step at `path` waits for. Raises ApiError 409."""
    wait = Wait.objects.filter(run=run, path=path, reason=EVENT).first()
    if wait is None or run.status in FINAL:
        raise _nothing_waits()
    return {"url": callback_url(str(run.pk), path, wait.name), "expires_at": stamp(wait.until)}


def take_call(token: str, body: Json) -> bool:
    """Gives a step what a service sent it. False when there was a call before: the first counts.

    Raises ApiError 404 for an address that is none of ours, 409 when nothing waits there any more.
    """
    run, path, name = _read(token)
    earlier = Signal.objects.filter(run=run, path=path, name=name).first()
    if earlier is not None:
        if earlier.payload is None:
            raise _nothing_waits()
        return False
    wait = Wait.objects.filter(run=run, path=path, name=name, reason=EVENT).first()
    now = timezone.now()
    # A call may come before the step has said that it waits; one that is over or stopped takes none.
    if run.status in FINAL or (wait is not None and wait.until is not None and wait.until <= now):
        raise _nothing_waits()
    return send_signal(run, path, name, {"body": body, "received_at": stamp(now)})


def body_of(request: HttpRequest) -> Json:
    """What a service sent, as JSON or as a form. Raises ApiError 400, 413 or 415."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        raw = request.body
    except (RequestDataTooBig, ValueError) as error:
        raise too_large(MOST_BYTES) from error
    if len(raw) > MOST_BYTES:
        raise too_large(MOST_BYTES)
    if not raw:
        return {}
    if request.content_type == _FORM:
        try:
            found = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=1_000)
        except ValueError as error:
            raise ApiError(400, "bad_encoding", "The form sent cannot be read.") from error
        if any("\0" in text for name, values in found.items() for text in (name, *values)):
            raise ApiError(400, "bad_encoding", "The form sent holds characters that cannot be kept.")
        return {name: values[0] if len(values) == 1 else list[Json](values) for name, values in found.items()}
    if request.content_type != "application/json":
        raise not_json(request.content_type or "")
    return parse_json(raw)


def _read(token: str) -> tuple[Run, str, str]:
    try:
        if len(token) > LONGEST:
            raise ValueError
        run_id, path, name = signing.Signer(salt=_SALT).unsign_object(token)
        return Run.objects.get(pk=UUID(hex=run_id)), path, name
    except (signing.BadSignature, ValueError, TypeError, Run.DoesNotExist):
        raise ApiError(
            404, "bad_callback", "Nothing is called by this address.", hint="Call it as it was given."
        ) from None


def _nothing_waits() -> ApiError:
    return ApiError(409, "callback_over", "Nothing waits for this call any more.", hint="The run went on.")
