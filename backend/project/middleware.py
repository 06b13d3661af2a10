"""What every request passes: kept to a frame for all, and sessions for the console alone.

A run or a stream under /v1 and /c pays for no session, no user and no thread hop of theirs.
"""

import secrets
from collections.abc import Callable
from typing import Any, TypeAlias

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from backend.accounts.acting import begin
from backend.accounts.headers import DATA_POLICY, page_policy
from backend.project.errors import is_api, not_allowed_method, unexpected

GetResponse: TypeAlias = Callable[[HttpRequest], Any]


class FrameMiddleware:
    """Gives a request its id, and a response its security headers and the form of its errors."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):
        request.request_id = secrets.token_hex(8)
        request.get_host()  # raises for a host that is not ours, so that no name can be rebound to us
        if "\0" in request.path or "%00" in request.META["QUERY_STRING"]:
            raise BadRequest  # nothing of ours holds a NUL, and PostgreSQL fails on one
        if iscoroutinefunction(self):
            return self._later(request)
        return _framed(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _framed(request, await self.get_response(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a plain view raises; Django knows what to do with its own."""
        if isinstance(error, Http404 | BadRequest | PermissionDenied | SuspiciousOperation):
            return None
        return unexpected(request, error)


def _framed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == 405 and is_api(request.path):
        response = not_allowed_method(request, response)
    headers = response.headers
    if not response.streaming and response.status_code not in (204, 304):
        headers.setdefault("Content-Length", str(len(response.content)))
    headers.setdefault("X-Request-ID", request.request_id)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
    is_page = headers.get("Content-Type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", page_policy() if is_page else DATA_POLICY)
    if request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    if settings.SECURE_HSTS_SECONDS:
        headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    return response


class ConsoleMiddleware:
    """Session, CSRF and user for what the signed-in console asks (/api/), in one step instead of three.

    Every change needs the CSRF token, without exemptions: django-ninja exempts its views, we do not.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.sessions = SessionMiddleware(get_response)
        self.csrf = CsrfViewMiddleware(get_response)
        self.users = AuthenticationMiddleware(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        if iscoroutinefunction(self):
            return self._later(request)
        return self._leave(request, self._enter(request) or self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        # Entering only reads cookies; leaving may save the session.
        response = self._enter(request) or await self.get_response(request)
        return await sync_to_async(self._leave, thread_sensitive=True)(request, response)

    def _enter(self, request: HttpRequest) -> HttpResponseBase | None:
        begin(request)
        self.sessions.process_request(request)
        self.csrf.process_request(request)
        self.users.process_request(request)
        return self.csrf.process_view(request, _no_exemption, (), {})

    def _leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = self.csrf.process_response(request, response)
        return self.sessions.process_response(request, response)


def _no_exemption() -> None:
    """Stands for the view when CSRF is checked: it carries no `csrf_exempt`."""
