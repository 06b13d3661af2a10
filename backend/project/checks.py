"""Refuses to serve others with settings that are only good enough for oneself."""

import ipaddress
import stat
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

_SHORTEST_SECRET = 32
_FEWEST_CHARACTERS = 10


def refuse_weak_settings() -> None:
    """Raises ImproperlyConfigured, for a server about to start, when a setting is too weak for it."""
    errors = weak_settings()
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in errors))


@register(Tags.security)
def weak_settings(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """What is too weak: some of it always, some once people on other machines can reach the server."""
    errors = []
    secret = settings.SECRET_KEY
    if len(secret) < _SHORTEST_SECRET or len(set(secret)) < _FEWEST_CHARACTERS:
        hint = "Leave it unset, and one is made in the data folder."
        errors.append(Error("TREADLE_SECRET_KEY is too easy to guess.", hint=hint, id="treadle.E001"))
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts that people use to reach this server."
        errors.append(Error("TREADLE_ALLOWED_HOSTS allows every host.", hint=hint, id="treadle.E002"))
    if settings.TREADLE_KEYS.is_dir() and settings.TREADLE_KEYS.stat().st_mode & (
        stat.S_IRWXG | stat.S_IRWXO
    ):
        hint = f"Run: chmod 700 {settings.TREADLE_KEYS}"
        errors.append(Error("The folder of keys can be read by other users.", hint=hint, id="treadle.E003"))
    if _is_public() and settings.DEBUG:
        hint = "Unset TREADLE_DEBUG, or listen on 127.0.0.1."
        errors.append(
            Error("Debugging is on while others can reach the server.", hint=hint, id="treadle.E004")
        )
    return errors


def _is_public() -> bool:
    return not (_is_loopback(settings.TREADLE_HOST) and _is_loopback(urlsplit(settings.TREADLE_URL).hostname))


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
