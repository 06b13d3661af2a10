"""/healthz: how each part is, in a word. 200 as long as the database answers."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import aiohttp
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger("treadle.health")

Part: TypeAlias = dict[str, str]
_PATIENCE_S = 2.0


@require_safe
async def healthz(request: HttpRequest) -> JsonResponse:
    """{"status": "ok" | "degraded", "parts": {name: {"state": "ok" | "down" | …, "detail"}}}."""
    names = ("database", "redis", "worker", "model")
    states = await asyncio.gather(*(_ask(check) for check in (_database, _redis, _worker, _model)))
    parts = {"web": _ok(), **dict(zip(names, states, strict=True))}
    healthy = all(part["state"] == "ok" for part in parts.values())
    return JsonResponse(
        {"status": "ok" if healthy else "degraded", "parts": parts},
        status=200 if parts["database"]["state"] == "ok" else 503,
        headers={"Cache-Control": "no-store"},
    )


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


async def _redis() -> Part:
    async with _redis_client() as client:
        await client.ping()
    return _ok()


async def _worker() -> Part:
    async with _redis_client() as client:
        alive = [key async for key in client.scan_iter("worker:*", count=100)]
    return _ok(f"{len(alive)} at work") if alive else _down("none is running")


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
