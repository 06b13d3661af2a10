"""Visitors of a chat page: known by a signed cookie of that page alone, and only from that page.

The cookie is no sign-in: it says "the same browser as before", so that a visitor finds their own
conversations again and nobody else's. It is bound to one app and is sent to that app's path only.

On a website of somebody else's (/embed) browsers keep our cookies back, as they should. There the page keeps
a token instead, which it sends along by itself (ADR 58). Neither opens anything in the other's place.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from backend.accounts.errors import ApiError
from backend.publish.models import Publication
from backend.publish.refusals import app_not_found

COOKIE = "treadle_visitor"
HEADER = "Treadle-Visitor"  # of an answer that brings a new visitor's token
KEPT_S = 365 * 24 * 3600
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Visitor:
    """A browser at one app's chat page. `is_new`: the answer has to bring the cookie, or the token."""

    id: str
    is_new: bool


def visitor_of(request: HttpRequest, publication: Publication) -> Visitor:
    """Who this browser is at this app; a missing, foreign or forged cookie or token makes a new visitor.

    Raises ApiError 404 where the app is not offered.
    """
    refuse_where_not_offered(request, publication)
    is_framed = _is_framed(request)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        known = _signer(publication, is_framed).unsign(
            token if is_framed else request.COOKIES.get(COOKIE, "")
        )
    except signing.BadSignature:
        known = ""
    if _ID.fullmatch(known):
        return Visitor(known, is_new=False)
    return Visitor(secrets.token_urlsafe(16), is_new=True)


def refuse_where_not_offered(request: HttpRequest, publication: Publication) -> None:
    """Raises ApiError 404 at /embed while the app is not on websites."""
    if _is_framed(request) and not publication.is_on_websites:
        raise app_not_found()


def remember(
    response: HttpResponseBase, request: HttpRequest, publication: Publication, visitor: Visitor
) -> None:
    """Gives a new visitor their cookie, or on a website their token."""
    if not visitor.is_new:
        return
    if _is_framed(request):
        response.headers[HEADER] = _signer(publication, is_framed=True).sign(visitor.id)
    else:
        response.set_cookie(
            COOKIE,
            _signer(publication, is_framed=False).sign(visitor.id),
            max_age=KEPT_S,
            path=f"/c/{publication.slug}",
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


def refuse_other_sites(headers: Mapping[str, str], host: str) -> None:
    """Raises ApiError 403 unless the request was made by a page of ours; browsers say so by themselves.

    Only the host is compared: behind a proxy that ends TLS the scheme we see may not be the browser's.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site == "same-origin"
    else:  # no secure context (plain http on a local network), or an older browser
        is_ours = _host_of(headers.get("Origin", "")) == host.lower()
    if not is_ours:
        raise ApiError(
            403,
            "other_site",
            "This can be done from the app's own chat page only.",
            hint="Open the chat page and reload it. Programs use /v1 with an app key.",
        )


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # such as http://[::1
        return None


def _is_framed(request: HttpRequest) -> bool:
    return request.path.startswith("/embed/")


def _signer(publication: Publication, is_framed: bool) -> signing.Signer:
    kind = "framed" if is_framed else "visitor"
    return signing.Signer(salt=f"treadle.{kind}:{publication.pk}")
