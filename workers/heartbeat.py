"""How a worker says that it lives, and how it is: to the health page through Redis, to a container's health
check through a file that it touches, to systemd through its socket. A loop that stands still says nothing,
and that is the point.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import redis.asyncio

from backend.runs.redis_clients import RedisError
from backend.runs.timings import TIMINGS
from backend.tools.machine import BadServersFile, machine_servers, missing_variables
from nodes.confined.code import ConfinedCode
from nodes.sdk.code import Language
from nodes.sdk.errors import NodeError
from workers.outgoing.addresses import is_public
from workers.outgoing.allow import SETTING, AllowList

log = logging.getLogger(__name__)


async def heartbeat(name: str, redis_client: redis.asyncio.Redis) -> None:
    """Goes on for ever; at the end takes back what it said."""
    key, keep_s = f"worker:{name}", max(1, int(3 * TIMINGS.heartbeat_s))
    alive, watchdog = os.environ.get("TREADLE_ALIVE_FILE"), os.environ.get("NOTIFY_SOCKET")
    # Nobody waits for these to say that we live.
    looks = {"sandbox": asyncio.create_task(sandbox()), "code": asyncio.create_task(code())}
    try:
        while True:
            if alive:
                _touch(Path(alive))
            if watchdog:
                _tell_systemd(watchdog)
            seen = {name: look.result() for name, look in looks.items() if look.done()}
            parts = {"outgoing": outgoing(), **tool_servers(), **seen}
            report = {"at": datetime.now(UTC).isoformat(), "parts": parts}
            with suppress(*RedisError):
                await redis_client.set(key, json.dumps(report), ex=keep_s)
            await asyncio.sleep(TIMINGS.heartbeat_s)
    finally:
        for look in looks.values():
            look.cancel()
        with suppress(*RedisError):
            await redis_client.delete(key)


def outgoing() -> dict[str, str]:
    """The state of the guard in front of every outgoing connection. Tells no address: anyone may read it."""
    if is_public("169.254.169.254") or is_public("127.0.0.1"):
        return {"state": "down", "detail": "private addresses are not refused"}
    try:
        allowed = len(AllowList.from_env().places)
    except ValueError:
        return {"state": "down", "detail": f"{SETTING} cannot be read"}
    detail = (
        f"private addresses are refused, but for {allowed}" if allowed else "private addresses are refused"
    )
    return {"state": "ok", "detail": detail}


def tool_servers() -> dict[str, dict[str, str]]:
    """Whether the administrator's file of tool servers can be used here. No part where there is none."""
    try:
        found = machine_servers().values()
    except BadServersFile:
        detail = "the administrator's file cannot be used; manage.py check says why"
        return {"tool_servers": {"state": "down", "detail": detail}}
    broken = [one for one in found if missing_variables(one) or not os.access(one.command[0], os.X_OK)]
    if broken:
        detail = f"{len(broken)} of {len(found)} cannot be started: a program or a variable is missing"
        return {"tool_servers": {"state": "limited", "detail": detail}}
    return {"tool_servers": {"state": "ok", "detail": f"{len(found)} in the file"}} if found else {}


async def sandbox() -> dict[str, str]:
    """Whether a process that shuts itself in, as those do that read documents, can open nothing more."""
    confine = Path(__file__).parents[1] / "nodes" / "confined" / "confine.py"
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-c",
            _TRY_TO_GET_OUT,
            str(confine),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return {"state": "down", "detail": "no process can be started to read documents"}
    try:
        status = await asyncio.wait_for(child.wait(), 20)
    except TimeoutError:
        status = None
    finally:
        if child.returncode is None:
            child.kill()
    if status == 0:
        return {"state": "ok", "detail": "documents are read by processes that can open nothing"}
    return {"state": "limited", "detail": "documents are read under limits only: no system-call filter here"}


async def code() -> dict[str, str]:
    """Which languages *Run code* runs here: each is tried once."""
    ways: dict[Language, tuple[str, str]] = {
        "python": ("Python", "def main(): return 1"),
        "javascript": ("JavaScript", "const main = () => 1"),
        "full_python": ("Python with its whole standard library", "def main(): return 1"),
    }
    runs, does_not, why = [], [], ""
    for language, (name, source) in ways.items():
        try:
            await ConfinedCode().run(language, source, {}, time_s=10)
            runs.append(name)
        except NodeError as error:
            does_not.append(name)
            why = error.message if error.code == "code_off" else f"It was tried and failed: {error.code}."
    if not runs:
        return {"state": "off", "detail": why}
    if does_not:
        return {"state": "limited", "detail": f"{', '.join(runs)}; not {', '.join(does_not)}"}
    return {"state": "ok", "detail": ", ".join(runs)}


_TRY_TO_GET_OUT = """
import runpy, sys
if not runpy.run_path(sys.argv[1])["shut_in"]():
    sys.exit(1)
try:
    open("/dev/null")
except PermissionError:
    sys.exit(0)
sys.exit(2)
"""


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        log.warning("The sign of life cannot be written: %s", error)


def _tell_systemd(place: str) -> None:
    """Keeps systemd from starting this worker again (`WatchdogSec` in its unit)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door, suppress(OSError):
        door.setblocking(False)
        door.sendto(b"WATCHDOG=1", "\0" + place[1:] if place.startswith("@") else place)
