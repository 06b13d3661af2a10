"""Visitors of a chat page: known by a signed cookie of that page alone, and only from that page.

The cookie is no sign-in: it says "the same browser as before", so that a visitor finds their own
conversations again and nobody else's. It is bound to one app and is sent to that app's path only.
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

COOKIE = "treadle_visitor"
KEPT_S = 365 * 24 * 3600
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Visitor:
    """A browser at one app's chat page. `is_new`: the answer has to bring the cookie."""

    id: str
    is_new: bool


def visitor_of(request: HttpRequest, publication: Publication) -> Visitor:
    """Who this browser is at this app; a missing, foreign or forged cookie makes a new visitor."""
    try:
        known = _signer(publication).unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        known = ""
    if _ID.fullmatch(known):
        return Visitor(known, is_new=False)
    return Visitor(secrets.token_urlsafe(16), is_new=True)


def remember(
    response: HttpResponseBase, request: HttpRequest, publication: Publication, visitor: Visitor
) -> None:
    """Gives a new visitor their cookie."""
    if visitor.is_new:
        response.set_cookie(
            COOKIE,
            _signer(publication).sign(visitor.id),
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


def _signer(publication: Publication) -> signing.Signer:
    return signing.Signer(salt=f"treadle.visitor:{publication.pk}")
