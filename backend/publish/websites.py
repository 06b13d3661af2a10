"""Websites that may show an app in a frame: what a person types, and what browsers are told of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from backend.accounts.errors import ApiError
from backend.publish.models import ANY_WEBSITE, Publication
from backend.publish.refusals import bad_field

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)*{_LABEL}")
_USUAL_PORTS = {"http": 80, "https": 443}
_HERE = ("localhost", "127.0.0.1")


def websites_from(texts: Iterable[str]) -> list[str]:
    """The websites that the texts name, each once. Raises ApiError 400 for one that names none."""
    return list(dict.fromkeys(_website_from(text.strip()) for text in texts))


def ancestors_of(publication: Publication) -> str:
    """Who may frame the app, as a source list of a Content-Security-Policy.

    Our own pages among them, where its owner tries it out; nobody at all while it is not on websites.
    """
    if not publication.is_on_websites:
        return "'none'"
    return " ".join(["'self'", *publication.websites])


def _website_from(text: str) -> str:
    """The origin in `text`: `https://shop.example` for `Shop.example/contact`; `*` stands for any.

    Nothing of the text itself comes out, so that none of it can end up in a header.
    """
    if text == ANY_WEBSITE:
        return text
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
    except ValueError:  # a port that is no number, or a name that cannot be one
        raise _no_website(text) from None
    scheme = parts.scheme or ("http" if host in _HERE else "https")
    if scheme not in _USUAL_PORTS or "@" in parts.netloc or not _HOST.fullmatch(host):
        raise _no_website(text)
    return f"{scheme}://{host}" if port in (None, _USUAL_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def _no_website(text: str) -> ApiError:
    return bad_field(
        "websites",
        f"{text[:80]!r} is not the address of a website.",
        "Write it as in the browser's address bar, for example https://www.my-shop.com.",
        "bad_website",
    )
