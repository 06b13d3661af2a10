"""What is told about how we are, and to whom it matters."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from backend.project import health
from backend.runs.redis_clients import plain_client
from workers import heartbeat
from workers.heartbeat import code, outgoing, sandbox


@pytest.fixture(autouse=True)
def _not_looked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def test_a_process_is_alive_whatever_the_database_does(anonymous: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "_select_one", _fail)

    assert anonymous.get("/livez").json() == {"status": "ok"}
    assert anonymous.get("/readyz").status_code == 503


def test_a_process_is_ready_once_the_database_has_all_tables(anonymous: Client) -> None:
    applied = MigrationRecorder(connection).migration_qs.filter(app="publish")
    last = applied.order_by("name").last()
    assert last is not None
    applied.filter(pk=last.pk).delete()

    early = anonymous.get("/readyz")
    last.save(force_insert=True)
    ready = anonymous.get("/readyz")

    assert (early.status_code, ready.status_code) == (503, 200)
    assert "manage.py prepare" in early.json()["detail"]


def test_keys_that_cannot_be_used_are_told_without_telling_the_key(
    anonymous: Client, settings: Any, tmp_path: Any
) -> None:
    before = anonymous.get("/healthz").json()["parts"]["keys"]
    (tmp_path / "file").touch()
    settings.TREADLE_KEYS = tmp_path / "file" / "keys"

    after = anonymous.get("/healthz").json()["parts"]["keys"]

    assert before == {"state": "ok", "detail": ""}
    assert after == {"state": "down", "detail": "cannot be used; secrets cannot be read"}


def test_what_workers_say_of_themselves_is_told_and_the_worst_counts(
    anonymous: Client, redis_server: str
) -> None:
    good, bad = ({"parts": {"outgoing": {"state": state, "detail": ""}}} for state in ("ok", "down"))
    with plain_client() as redis:
        redis.set("worker:1", json.dumps(good), ex=60)
        alone = anonymous.get("/healthz").json()["parts"]
        redis.set("worker:2", json.dumps(bad), ex=60)
        redis.set("worker:3", "2026-01-01T00:00:00", ex=60)
        both = anonymous.get("/healthz").json()["parts"]
        redis.delete("worker:1", "worker:2", "worker:3")

    assert alone["worker"] == {"state": "ok", "detail": "1 at work"}
    assert alone["outgoing"]["state"] == "ok"
    assert both["outgoing"]["state"] == "down"
    assert both["worker"]["detail"] == "3 at work"


def test_the_guard_is_reported_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outgoing() == {"state": "ok", "detail": "private addresses are refused"}

    monkeypatch.setenv("TREADLE_ALLOWED_HOSTS_PRIVATE", "db.internal:5432,10.0.0.7:11434")
    assert outgoing() == {"state": "ok", "detail": "private addresses are refused, but for 2"}

    monkeypatch.setenv("TREADLE_ALLOWED_HOSTS_PRIVATE", "10.0.0.7")
    assert outgoing()["state"] == "down"


async def test_the_fence_around_documents_is_tried_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = await sandbox()
    monkeypatch.setattr(heartbeat, "_TRY_TO_GET_OUT", "open('/dev/null'); raise SystemExit(2)")
    open_ = await sandbox()

    assert closed == {"state": "ok", "detail": "documents are read by processes that can open nothing"}
    assert open_["state"] == "limited"


async def test_health_says_which_code_can_be_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    on = await code()
    monkeypatch.setattr("nodes.sdk.code.platform.machine", lambda: "riscv64")
    without_a_filter = await code()

    assert on["state"] in ("ok", "limited")
    assert on["detail"].startswith("Python, JavaScript")
    assert without_a_filter["state"] == "off"
    assert "no filter for system calls" in without_a_filter["detail"]


async def test_a_worker_says_that_it_lives_to_whoever_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLE_ALIVE_FILE", str(tmp_path / "alive"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    told = AsyncMock()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        beating = asyncio.create_task(heartbeat.heartbeat("w", told))
        said = await asyncio.to_thread(systemd.recv, 100)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)

    assert said == b"WATCHDOG=1"
    assert (tmp_path / "alive").exists()
    assert told.delete.await_args.args == ("worker:w",)


def _fail() -> None:
    raise OSError("gone")
