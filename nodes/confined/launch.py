"""Runs one piece of code: `python -I -S launch.py`, the job as JSON on standard input.

The job is `{language, source, inputs, marker, time_s, memory_bytes, packages, preload, files, own_world}`:
`packages` is where installed packages lie, `files` what the Python interpreter for strangers is made of.
Out comes what the code prints, and at the end a line with the marker and `{"value": …}` or
`{"error": {kind, what, line}}`. Exit status OFF: this system cannot confine it, and nothing of it was run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

OFF = 70
ROOM = 96 * 1024 * 1024
"""What an interpreter takes up itself, beside what its code may."""


def main() -> int:
    """Gives the exit status, if it does not become another program first."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    language = job["language"]
    try:
        if language == "python":
            return _become_monty(job)
        if language == "javascript":
            sys.path.append(job["packages"])
            from nodes.confined import javascript as engine
        else:
            from nodes.confined import full_python as engine

            engine.load(job["packages"], job["preload"])
        _shut_in(job, engine.arm, must_have_own_world=language == "full_python")
    except (OSError, ImportError) as error:
        return _off(error)
    said = engine.run(job)
    sys.stdout.flush()
    os.write(1, f"\n{job['marker']}{json.dumps(said)}\n".encode())
    return 0


def _shut_in(job: dict[str, Any], arm: Callable[[float], None], *, must_have_own_world: bool) -> None:
    from nodes.confined.calls import for_computing, machine
    from nodes.confined.confine import allow_only, limit
    from nodes.confined.own_world import CannotHave, drop_capabilities, enter

    kind = machine()
    if kind is None:
        raise CannotHave("no system-call filter")
    held = _held()
    try:
        if not job["own_world"]:
            raise CannotHave("namespaces are switched off")
        enter(())
        drop_capabilities()
    except CannotHave:
        if must_have_own_world:
            raise
    arm(job["time_s"])  # by the process that runs the code: an alarm does not pass a fork
    limit(memory_bytes=held + job["memory_bytes"] + ROOM, cpu_s=_cpu(job), nice=5)
    for codec in ("utf-8", "ascii", "latin-1"):
        "".encode(codec)
    if not allow_only(kind, for_computing()):
        raise CannotHave("no system-call filter")


def _become_monty(job: dict[str, Any]) -> int:
    """Only comes back when it could not."""
    from nodes.confined.calls import for_a_program, machine
    from nodes.confined.confine import allow_only, limit
    from nodes.confined.own_world import CannotHave, enter, fence

    kind = machine()
    if kind is None:
        raise CannotHave("no system-call filter")
    program = _program(job).encode()
    place = "/code.py"
    try:
        if not job["own_world"]:
            raise CannotHave("namespaces are switched off")
        enter(job["files"], (place, program))
    except CannotHave:
        held = os.memfd_create("code", 0)
        os.write(held, program)
        place = f"/proc/self/fd/{held}"
        fence(job["files"])
    limit(memory_bytes=job["memory_bytes"] + ROOM, cpu_s=_cpu(job), nice=5)
    if not allow_only(kind, for_a_program()):
        raise CannotHave("no system-call filter")
    limits = ["--max-memory", str(job["memory_bytes"]), "--max-feed-duration", str(job["time_s"])]
    limits += ["--max-total-sleep", str(job["time_s"])]
    os.execve(job["files"][0], ["python", *limits, place], {})  # noqa: S606
    return OFF


def _program(job: dict[str, Any]) -> str:
    """The code, and after it the call of its `main`: so that lines keep their numbers."""
    inputs = json.dumps(job["inputs"])
    return (
        f"{job['source']}\n\n"
        "import json as _json_of_treadle\n"
        f"print('\\n' + {job['marker']!r} + '{{\"value\": ' + _json_of_treadle.dumps("
        f"main(**_json_of_treadle.loads({inputs!r}))) + '}}')\n"
    )


def _cpu(job: dict[str, Any]) -> int:
    return int(job["time_s"]) + 2


def _held() -> int:
    """Bytes of address space that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _off(error: Exception) -> int:
    sys.stderr.write(f"{type(error).__name__}: {error}")
    sys.stderr.flush()
    return OFF


if __name__ == "__main__":
    try:
        status = main()
    except (MemoryError, RecursionError):
        status = 71
    sys.stdout.flush()
    os._exit(status)
