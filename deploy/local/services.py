"""The processes of a one-machine installation: what to start, and with what."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import install
from console import Stop

sys.path.insert(0, str(install.ROOT))
from backend.project.paths import socket_dir  # standard library only


@dataclass(frozen=True)
class Service:
    """One process under the supervisor."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where this installation lives: its data folder, address, and the environment its processes share."""

    data: Path
    host: str
    port: int
    env: Mapping[str, str]
    is_new: bool
    """Whether nothing was ever started here."""

    @property
    def address(self) -> str:
        """The address a browser on this machine opens."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}"

    @property
    def logs(self) -> Path:
        """Where each process writes what it has to say."""
        return self.data / "logs"


def place_from_environment() -> Place:
    """Reads the settings that `make up` knows (see README) and makes the data folder."""
    data = Path(os.environ.get("TREADLE_DATA") or install.ROOT / ".treadle").resolve()
    is_new = not (data / "keys").exists()
    for folder in (data, data / "logs"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sockets = socket_dir(data)
    sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    host, port = os.environ.get("TREADLE_HOST", "127.0.0.1"), _port()
    env = {
        **install.environment(),
        "TREADLE_DATA": str(data),
        "TREADLE_HOST": host,
        "PORT": str(port),
        "REDIS_URL": os.environ.get("REDIS_URL") or f"unix://{sockets / 'redis.sock'}",
        "TREADLE_MODEL_HOST": os.environ.get("TREADLE_MODEL_HOST") or str(sockets / "model.sock"),
        "TREADLE_LLAMA": os.environ.get("TREADLE_LLAMA") or os.environ.get("LLAMA") or "auto",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return Place(data=data, host=host, port=port, env=env, is_new=is_new)


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65_536:
        raise Stop(f"PORT is {given!r}; it must be a number from 1 to 65535.")
    return int(given)


def services(place: Place) -> list[Service]:
    """What has to run here. Redis and the model host are left out where the settings name another one."""
    python = str(install.python())
    found = []
    if not os.environ.get("REDIS_URL"):
        found.append(_redis(place))
    if not os.environ.get("TREADLE_MODEL_HOST"):
        found.append(_model_host(place, python))
    web = (
        python,
        "-m",
        "uvicorn",
        "backend.project.asgi:application",
        "--host",
        place.host,
        "--port",
        str(place.port),
        "--no-access-log",
        "--log-level",
        "warning",
        "--timeout-graceful-shutdown",
        "3",
    )
    worker = (
        python,
        "-m",
        "celery",
        "-A",
        "workers.app",
        "worker",
        "-Q",
        "runs",
        "-P",
        "threads",
        "-c",
        "4",
        "--without-mingle",
        "--without-gossip",
        "--without-heartbeat",
        "-l",
        "WARNING",
        "-n",
        "local@%h",
    )
    found.append(Service("web", web))
    found.append(Service("worker", worker))
    return found


def port_is_free(place: Place) -> bool:
    """False when something already listens at our address."""
    return not _answers(place.host, place.port)


def _redis(place: Place) -> Service:
    path = Path(place.env["REDIS_URL"].removeprefix("unix://"))
    # Nothing in Redis has to survive: the database is the truth, so it writes no file at all.
    command = (
        install.redis_server() or "redis-server",
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(place.data),
    )
    return Service("redis", command)


def _model_host(place: Place, python: str) -> Service:
    path = Path(place.env["TREADLE_MODEL_HOST"])
    return Service("model", (python, "-m", "workers.models.host", "--socket", str(path)))


def _answers(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0
