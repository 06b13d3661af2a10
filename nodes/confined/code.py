"""Runs a step's code: a fresh process for each, confined before it sees the code, killed when it is over."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import re
import secrets
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nodes.confined.launch import OFF
from nodes.sdk.code import CodeResult, Language, why_off
from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

log = logging.getLogger(__name__)

MEMORY_SETTING: Final = "TREADLE_CODE_MEMORY_MB"
OUTPUT_SETTING: Final = "TREADLE_CODE_OUTPUT_KB"
AT_ONCE_SETTING: Final = "TREADLE_CODE_AT_ONCE"
PACKAGES_SETTING: Final = "TREADLE_CODE_PACKAGES"
MOST_PRINTED = 20_000
"""Characters of what it prints that are kept."""
_GRACE_S = 2.0
"""How much longer than its time a process may take to start and to say that its time is up."""
_LAUNCH = Path(__file__).with_name("launch.py")
_PLACE = re.compile(r'^  File "[^"]*", line (\d+)', re.MULTILINE)
_PACKAGE = re.compile(r"[A-Za-z_][\w.]*\Z")


class ConfinedCode:
    """Where code may run. `own_world=False` does without namespaces, as where the system allows none."""

    def __init__(self, *, own_world: bool = True) -> None:
        self._own_world = own_world

    async def run(
        self, language: Language, source: str, inputs: Mapping[str, Json], *, time_s: float
    ) -> CodeResult:
        """What `main` in `source` gives. Raises NodeError with one of CODE_ERRORS."""
        if why := why_off():
            raise _off(why)
        marker = f"{secrets.token_hex(16)} "
        job = {
            "language": language,
            "source": source,
            "inputs": dict(inputs),
            "marker": marker,
            "time_s": time_s,
            "memory_bytes": _setting(MEMORY_SETTING, 128) << 20,
            "packages": _packages(),
            "preload": _preload() if language == "full_python" else [],
            "files": _interpreter() if language == "python" else [],
            "own_world": self._own_world,
        }
        async with _turns():
            status, out, complaint = await _run(json.dumps(job).encode(), time_s + _GRACE_S)
        return _outcome(language, source, marker, status, out.decode("utf-8", "replace"), complaint)


async def _run(job: bytes, longest_s: float) -> tuple[int, bytes, str]:
    most = _setting(OUTPUT_SETTING, 1_000) * 1_000
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_LAUNCH),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise NodeError(
            "code_busy", "No process could be started for the code just now.", "Try again.", retry=True
        ) from error
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None

    def stop() -> None:
        # All of its session: the launcher, and the first process of its own world.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)

    tasks: list[asyncio.Task[Any]] = [
        asyncio.create_task(_read(child.stdout, most, stop)),
        asyncio.create_task(_tail(child.stderr)),
        asyncio.create_task(_give(child.stdin, job)),
        asyncio.create_task(child.wait()),
    ]
    try:
        _, late = await asyncio.wait(tasks, timeout=longest_s)
    finally:
        stop()
        out, complaint, _, status = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(out, BaseException):
        raise out
    if late or isinstance(complaint, BaseException) or isinstance(status, BaseException):
        raise _took_too_long()
    return status, out, complaint.decode("utf-8", "replace")


async def _give(stream: asyncio.StreamWriter, job: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write(job)
        await stream.drain()
        stream.close()


async def _read(stream: asyncio.StreamReader, most: int, stop: Callable[[], None]) -> bytes:
    held = bytearray()
    size = 0
    while piece := await stream.read(1 << 16):
        size += len(piece)
        if size <= most:
            held += piece
        else:
            stop()  # and what is on its way is heard to the end, or the process would not be over
    if size > most:
        raise NodeError(
            "code_too_much",
            f"The code gave or printed more than {most // 1000:,} kB.",
            "Give and print less, or ask an administrator for a higher limit.",
        )
    return bytes(held)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    last = b""
    while piece := await stream.read(1 << 16):
        last = (last + piece)[-8_000:]
    return last


def _outcome(
    language: Language, source: str, marker: str, status: int, out: str, complaint: str
) -> CodeResult:
    if status == OFF:
        log.warning("Code cannot be run here (%s): %s", language, complaint[-500:])
        raise _off(f"this system does not allow what it needs ({complaint[-200:].strip()})")
    printed, found, said = out.rpartition(f"\n{marker}")
    if status == 0 and found:
        answer = _data(said)
        if isinstance(answer, dict) and "value" in answer:
            return CodeResult(answer["value"], printed.strip("\n")[:MOST_PRINTED])
        error = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(error, dict):
            raise _failure(str(error.get("kind")), str(error.get("what")), error.get("line"))
    if status == 1 and language == "python":
        raise _failure(*_read_complaint(complaint, source))
    log.info("A step's code ended with %s: %s", status, complaint[-500:])
    if status in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        raise _took_too_long()
    raise NodeError(
        "code_stopped",
        "The code was stopped: it used up too much, or did what code may not do here.",
        "Let it work on less at a time.",
    )


def _read_complaint(text: str, source: str) -> tuple[str, str, int | None]:
    """What the interpreter's last words mean: kind, what, line."""
    lines = [int(line) for line in _PLACE.findall(text)]
    last_line = source.count("\n") + 1
    line = next((n for n in reversed(lines) if n <= last_line), None)
    last = text.rstrip().rsplit("\n", 1)[-1].removeprefix("error: ").strip()
    last = re.sub(r"^.*❯ error: ", "", last)
    name = last.partition(":")[0]
    if name == "MemoryError":
        return "memory", last, line
    if name == "TimeoutError" and "limit" in last:
        return "time", last, line
    if name == "SyntaxError" or (name == "NotImplementedError" and "syntax" in last):
        return "syntax", last, line
    if line is None and ("'main'" in last or "unknown external function: main" in last):
        return "no_main", last, None
    if name == "TypeError" and "JSON serializable" in last and line is None:
        return "output", last, None
    return "failed", last, line


def _failure(kind: str, what: str, line: Any) -> NodeError:
    where = f" (line {line})" if isinstance(line, int) else ""
    what = what[:400].strip()
    if kind == "time":
        return _took_too_long()
    if kind == "memory":
        return NodeError(
            "code_memory",
            "The code used more memory than it may.",
            "Let it work on less at a time, or ask an administrator for more memory.",
        )
    if kind == "no_main":
        return NodeError(
            "code_no_main",
            "There is no function called main in the code.",
            "Put what is to be done into a function with the name main; what it returns comes out.",
        )
    if kind == "syntax":
        return NodeError(
            "code_syntax", f"The code cannot be read{where}: {what}", "Correct it at the place it names."
        )
    if kind == "output":
        return _bad_output(what)
    return NodeError("code_failed", f"The code failed{where}: {what}", "Correct the code, or what goes in.")


def _took_too_long() -> NodeError:
    return NodeError(
        "code_time",
        "The code took longer than it may.",
        "Let it do less, or give it more time under More options.",
    )


def _bad_output(what: str) -> NodeError:
    return NodeError(
        "code_bad_output",
        f"What main returned cannot be handed on: {what}",
        "Return texts, numbers, yes or no, lists and objects only.",
    )


def _off(why: str) -> NodeError:
    return NodeError(
        "code_off",
        f"Code cannot be run here: {why}.",
        "Ask an administrator: code needs a Linux system that can shut it in. See Settings of the server.",
    )


def _data(text: str) -> Any:
    """What the code gave, believed in nothing."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise _bad_output("it is nested too deeply.") from None
    except UnicodeEncodeError:
        raise _bad_output("it holds half a character.") from None
    except ValueError as error:
        raise _bad_output(str(error)[:200]) from None
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number.")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text[:40])


@lru_cache(maxsize=1)
def _packages() -> str:
    return sysconfig.get_path("platlib")


def _preload() -> list[str]:
    names = os.environ.get(PACKAGES_SETTING, "").replace(",", " ").split()
    return [name for name in names if _PACKAGE.match(name)]


@lru_cache(maxsize=1)
def _interpreter() -> list[str]:
    """The files that the interpreter for strangers is made of: the program first, then its libraries.

    The dynamic loader itself says which it would load. Raises NodeError("code_off") where there is none.
    """
    program = Path(sysconfig.get_path("scripts")) / "monty"
    if not program.is_file():
        raise _off("its Python interpreter is not installed")
    said = subprocess.run(  # noqa: S603
        [str(program)],
        env={"LD_TRACE_LOADED_OBJECTS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    ).stdout
    libraries = re.findall(r"(?:=> |^\s*)(/\S+) \(0x", said, re.MULTILINE)
    return [str(program), *dict.fromkeys(libraries)]


def _setting(name: str, usual: int) -> int:
    text = os.environ.get(name, "").strip()
    return int(text) if text.isdecimal() and int(text) > 0 else usual


_semaphores: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _turns() -> asyncio.Semaphore:
    """The turns of the running loop; a process has one loop for its whole life."""
    loop = asyncio.get_running_loop()
    if loop not in _semaphores:
        _semaphores.clear()
        _semaphores[loop] = asyncio.Semaphore(_setting(AT_ONCE_SETTING, 4))
    return _semaphores[loop]
