"""How we are, for people and for machines; none of it tells a secret.

/livez: this process answers. Who starts processes again asks this.
/readyz: the database answers and has our tables. Who spreads requests asks this.
/healthz: how each part is, in a word; 200 as long as the database answers.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import aiohttp
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from backend.accounts import vault
from nodes.sdk.catalogue import installed_catalogue

logger = logging.getLogger("treadle.health")

Part: TypeAlias = dict[str, str]
_PATIENCE_S = 2.0


@require_safe
async def livez(request: HttpRequest) -> JsonResponse:
    """{"status": "ok"}, whatever else is down."""
    return _answer({"status": "ok"})


@require_safe
async def readyz(request: HttpRequest) -> JsonResponse:
    """{"status": "ok"}, or 503 and {"status": "down", "detail"} while requests cannot be served."""
    state = await _ask(_ready)
    if state["state"] == "ok":
        return _answer({"status": "ok"})
    return _answer({"status": "down", "detail": f"The database {state['detail']}."}, status=503)


@require_safe
async def healthz(request: HttpRequest) -> JsonResponse:
    """{"status": "ok" | "degraded", "parts": {name: {"state": "ok" | "down" | …, "detail"}}}.

    Beside our own parts there are those that workers report of themselves, such as `outgoing`, their guard
    against private addresses.
    """
    checks = {"database": _database, "redis": _redis, "keys": _keys, "model": _model, "worker": _worker}
    states = await asyncio.gather(*(_ask(check) for check in checks.values()))
    parts = {"web": _ok(), **dict(zip(checks, states, strict=True))}
    if broken := len((await sync_to_async(installed_catalogue)()).broken):
        parts["step_types"] = {"state": "limited", "detail": f"{broken} cannot be loaded; see the settings"}
    if parts["worker"]["state"] == "ok":
        parts |= await _said_by_workers()
    healthy = all(part["state"] in ("ok", "limited", "off") for part in parts.values())
    return _answer(
        {"status": "ok" if healthy else "degraded", "parts": parts},
        status=200 if parts["database"]["state"] == "ok" else 503,
    )


def _answer(body: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


async def _ask(check: Callable[[], Awaitable[Part]]) -> Part:
    try:
        return await asyncio.wait_for(check(), _PATIENCE_S)
    except TimeoutError:
        return _down("does not answer in time")
    except (aiohttp.ClientConnectorError, redis.exceptions.ConnectionError):
        return _down("is not running")
    except Exception as error:
        # Anyone may read this page: say that it fails, and log why.
        logger.warning("health check failed: %s", error)
        return _down("does not answer")


async def _database() -> Part:
    await sync_to_async(_select_one)()
    return _ok()


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _ready() -> Part:
    await sync_to_async(_select_one)()
    if not await sync_to_async(_has_tables)():
        return _down("does not have all tables yet; run manage.py prepare")
    return _ok()


_migrated = False


def _has_tables() -> bool:
    """Whether every migration that we know has run. Once true, it stays so: nobody migrates back."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


async def _keys() -> Part:
    place = {"workspace": "", "record": "", "field": "health"}
    try:
        vault.decrypt(vault.encrypt("ok", **place), **place)
    except (OSError, ValueError, vault.VaultError) as error:
        logger.error("The vault's keys cannot be used: %s", error)
        return _down("cannot be used; secrets cannot be read")
    return _ok()


async def _redis() -> Part:
    async with _redis_client() as client:
        await client.ping()
    return _ok()


async def _worker() -> Part:
    async with _redis_client() as client:
        alive = [key async for key in client.scan_iter("worker:*", count=100)]
    return _ok(f"{len(alive)} at work") if alive else _down("none is running")


async def _said_by_workers() -> dict[str, Part]:
    """What the workers report of themselves; of each part the worst."""
    said: dict[str, Part] = {}
    try:
        async with _redis_client() as client:
            keys = [key async for key in client.scan_iter("worker:*", count=100)]
            reports = await client.mget(keys) if keys else []
    except (OSError, redis.exceptions.RedisError):
        return said
    for report in reports:
        # A worker of another version may say something else, or nothing.
        with suppress(ValueError, AttributeError, TypeError, KeyError):
            for name, part in json.loads(report)["parts"].items():
                if name not in said or part["state"] != "ok":
                    said[name] = {"state": str(part["state"]), "detail": str(part["detail"])}
    return said


async def _model() -> Part:
    place = settings.TREADLE_MODEL_HOST
    is_url = place.startswith(("http://", "https://"))
    connector = None if is_url else aiohttp.UnixConnector(place)
    base = place.rstrip("/") if is_url else "http://model"
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"{base}/healthz") as answer,
    ):
        if answer.status == 404:
            return _ok()  # some other OpenAI-compatible server; it is there
        state = json.loads(await answer.text())
    status = str(state.get("status", "ok"))
    return _ok() if status == "ok" else {"state": status, "detail": ""}


def _redis_client() -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=_PATIENCE_S)


def _ok(detail: str = "") -> Part:
    return {"state": "ok", "detail": detail}


def _down(detail: str) -> Part:
    return {"state": "down", "detail": detail}
