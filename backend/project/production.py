"""What TREADLE_ENV=production refuses: each in a sentence, with what to do about it."""

import os
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.checks import Error

from backend.project.strength import SHORTEST_PASSWORD, is_loopback, is_weak

_MAKE_ONE = "`openssl rand -hex 32` makes one; give every web and worker process the same."
_FOR_TESTS = ("TREADLE_MODELS", "TREADLE_ENABLE_FAILPOINTS", "TREADLE_FAILPOINT")


def unsafe_in_production() -> list[Error]:
    """Everything that is unsafe, so that one start shows it all."""
    return [*_keys(), *_address(), *_parts(), *_leftovers()]


def _keys() -> Iterator[Error]:
    if not os.environ.get("TREADLE_SECRET_KEY"):
        yield Error("TREADLE_SECRET_KEY is not set.", hint=_MAKE_ONE, id="treadle.E011")
    vault = os.environ.get("TREADLE_VAULT_KEY", "").strip()
    if not vault:
        hint = f"It encrypts the keys and secrets that people store. {_MAKE_ONE}"
        yield Error("TREADLE_VAULT_KEY is not set.", hint=hint, id="treadle.E012")
    elif "," in vault or is_weak(vault):
        hint = f"Use 32 characters or more, without commas. {_MAKE_ONE}"
        yield Error("TREADLE_VAULT_KEY is too easy to guess.", hint=hint, id="treadle.E013")
    elif vault == settings.SECRET_KEY:
        hint = "Make another one: whoever learns one of them must not have the other."
        yield Error("TREADLE_VAULT_KEY is the same as TREADLE_SECRET_KEY.", hint=hint, id="treadle.E014")


def _address() -> Iterator[Error]:
    url = urlsplit(settings.TREADLE_URL)
    if not os.environ.get("TREADLE_URL"):
        hint = "Say the address that people use, such as https://treadle.example.com."
        yield Error("TREADLE_URL is not set.", hint=hint, id="treadle.E015")
    elif url.scheme not in ("http", "https") or not url.hostname or url.username or url.path or url.query:
        hint = "It must be like https://treadle.example.com: a scheme and a host, and no path."
        yield Error(f"TREADLE_URL is {settings.TREADLE_URL!r}.", hint=hint, id="treadle.E016")
    elif url.scheme == "http" and not is_loopback(url.hostname):
        hint = "Put a proxy with a certificate in front of Treadle, and say https here."
        yield Error(
            "TREADLE_URL is http: passwords would cross the network in the open.",
            hint=hint,
            id="treadle.E017",
        )
    if url.scheme == "https" and not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        hint = "Leave SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE as they are."
        yield Error("Cookies would also be sent over http.", hint=hint, id="treadle.E018")
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        there = urlsplit(origin)
        if "*" in origin or (there.scheme != "https" and not is_loopback(there.hostname)):
            hint = "Only the address in TREADLE_URL, over https, may send changes."
            yield Error(f"Changes sent from {origin} would be trusted.", hint=hint, id="treadle.E019")


def _parts() -> Iterator[Error]:
    database, broker = urlsplit(os.environ.get("DATABASE_URL", "")), urlsplit(settings.REDIS_URL)
    if settings.TREADLE_WORKERS > 1:
        if database.scheme not in ("postgres", "postgresql"):
            hint = "Set DATABASE_URL to a PostgreSQL database, or TREADLE_WORKERS to 1."
            yield Error("Several workers cannot share a SQLite file.", hint=hint, id="treadle.E020")
        if not os.environ.get("REDIS_URL"):
            hint = "Set REDIS_URL to a Redis that all of them reach, or TREADLE_WORKERS to 1."
            yield Error("Several workers cannot share the embedded Redis.", hint=hint, id="treadle.E021")
    if broker.scheme in ("redis", "rediss") and not is_loopback(broker.hostname):
        yield from _password("REDIS_URL", broker.password, "treadle.E022")
    # libpq takes the host from the query as well: postgres:///name?host=elsewhere
    hosts = [database.hostname, *parse_qs(database.query).get("host", [])]
    is_remote = any(host and not host.startswith("/") and not is_loopback(host) for host in hosts)
    if database.scheme in ("postgres", "postgresql") and is_remote:
        yield from _password("DATABASE_URL", database.password, "treadle.E023")


def _password(name: str, password: str | None, id: str) -> Iterator[Error]:
    hint = f"Use a password of {SHORTEST_PASSWORD} characters or more; `openssl rand -hex 32` makes one."
    if not password:
        yield Error(f"{name} goes to another machine without a password.", hint=hint, id=id)
    elif is_weak(unquote(password), SHORTEST_PASSWORD):
        yield Error(f"The password in {name} is too easy to guess.", hint=hint, id=id)


def _leftovers() -> Iterator[Error]:
    for name in _FOR_TESTS:
        if os.environ.get(name):
            yield Error(f"{name} is set, which is for tests only.", hint="Unset it.", id="treadle.E024")
