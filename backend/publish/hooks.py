"""Calls from other services to a step that waits for one: /hooks/<token>, by POST alone."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from backend.publish.pace import CALLS
from backend.runs.callbacks import body_of, take_call
from backend.runs.reads import read


@require_POST
async def hook(request: HttpRequest, token: str) -> HttpResponseBase:
    """POST /hooks/<token>: JSON or a form. `is_first`: false for a call that came before and counts."""
    CALLS.keep(request)
    return await read(_take, request, token)


def _take(request: HttpRequest, token: str) -> JsonResponse:
    is_first = take_call(token, body_of(request))
    return JsonResponse({"is_received": True, "is_first": is_first}, headers={"Cache-Control": "no-store"})
