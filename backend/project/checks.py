"""Refuses to serve others with settings that are only good enough for oneself.

Some of it is refused always, some once people on other machines can reach the server, and most with
TREADLE_ENV=production (`production.py`).
"""

import stat
import sys
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from backend.project.production import unsafe_in_production
from backend.project.strength import is_loopback, is_weak
from backend.tools.machine import BadServersFile, machine_servers

BAD_SETTINGS = 78  # EX_CONFIG: starting again would not help


def refuse_weak_settings() -> None:
    """For a server about to start: ends the process, with a sentence for each setting that is too weak."""
    if errors := weak_settings():
        _refuse(errors)


def _refuse(errors: list[Error]) -> NoReturn:
    sys.stderr.write("Treadle does not start with these settings:\n")
    for error in errors:
        sys.stderr.write(f"- {error.msg} {error.hint}\n")
    sys.stderr.flush()
    raise SystemExit(BAD_SETTINGS)


@register(Tags.security)
def weak_settings(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """What is too weak."""
    errors = []
    if settings.TREADLE_ENV not in ("local", "production"):
        hint = "Use local or production."
        errors.append(Error(f"TREADLE_ENV is {settings.TREADLE_ENV!r}.", hint=hint, id="treadle.E005"))
    if is_weak(settings.SECRET_KEY):
        hint = "Use 32 characters or more that nobody can guess; `openssl rand -hex 32` makes some."
        errors.append(Error("TREADLE_SECRET_KEY is too easy to guess.", hint=hint, id="treadle.E001"))
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts that people use to reach this server."
        errors.append(Error("TREADLE_ALLOWED_HOSTS allows every host.", hint=hint, id="treadle.E002"))
    if settings.TREADLE_KEYS.is_dir() and settings.TREADLE_KEYS.stat().st_mode & (
        stat.S_IRWXG | stat.S_IRWXO
    ):
        hint = f"Run: chmod 700 {settings.TREADLE_KEYS}"
        errors.append(Error("The folder of keys can be read by other users.", hint=hint, id="treadle.E003"))
    if settings.DEBUG and (settings.TREADLE_PRODUCTION or _is_public()):
        hint = "Unset TREADLE_DEBUG, or listen on 127.0.0.1."
        errors.append(
            Error("Debugging is on while others can reach the server.", hint=hint, id="treadle.E004")
        )
    if settings.TREADLE_PRODUCTION:
        errors += unsafe_in_production()
    return errors


@register("tools")
def tool_servers_file(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What is wrong with the administrator's file of tool servers. Nothing else has to wait for it."""
    try:
        machine_servers()
    except BadServersFile as error:
        hint = "No program in it is started until then. docs/operate/tools.md shows what it looks like."
        return [
            Warning(f"The file in TREADLE_TOOL_SERVERS cannot be used. {error}", hint=hint, id="treadle.W001")
        ]
    return []


def _is_public() -> bool:
    return not (is_loopback(settings.TREADLE_HOST) and is_loopback(urlsplit(settings.TREADLE_URL).hostname))
