"""Takes a process's rights away, from the inside, before it looks at what a stranger sent.

Afterwards it has only what it holds: memory up to a bound, seconds of a processor, its open pipes. It can
open no file, no socket and no process. The system-call filter works on Linux (x86-64 and ARM); elsewhere
the limits alone hold. `shut_in` refuses what is dangerous, for readers that need a whole library;
`allow_only` (calls.py says what) refuses all but what computing needs, for code that a stranger wrote.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Sequence

Allowed = tuple[int, Sequence[tuple[int, int, int, int]]]
"""A system call by its number, and its ways: (argument, its half, mask, what is left under the mask)."""

_NO_NEW_PRIVILEGES, _SET_FILTER, _FILTER_MODE = 38, 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refuse: EPERM
_LOAD, _AND, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT = 0, 4

# open, socket, fork, exec, kill and their kin; whatever reaches files, processes, the network or the kernel.
_REFUSED = {
    "x86_64": (
        0xC000003E,
        (
            2, 29, 41, 42, 49, 50, 53, 56, 57, 58, 59, 62, 76, 80, 82, 83, 84, 85, 86, 87, 88, 90, 92, 94,
            101, 105, 106, 133, 155, 161, 165, 169, 175, 176, 200, 246, 248, 249, 250, 257, 258, 259, 260,
            263, 264, 265, 266, 268, 272, 298, 304, 308, 310, 311, 313, 316, 319, 321, 322, 323, 425, 428,
            429, 434, 435, 437, 438,
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            33, 34, 35, 36, 37, 38, 40, 45, 49, 51, 53, 54, 56, 97, 104, 105, 106, 117, 129, 130, 142,
            194, 198, 199, 200, 201, 203, 217, 218, 219, 220, 221, 241, 265, 268, 270, 271, 273, 276, 279,
            280, 281, 282, 425, 428, 429, 434, 435, 437, 438,
        ),
    ),
}  # fmt: skip


def limit(*, memory_bytes: int, cpu_s: int, nice: int = 10) -> None:
    """Bounds what this process may use up; its own children too, if it had any."""
    wanted = {
        "RLIMIT_AS": (memory_bytes, memory_bytes),
        "RLIMIT_CPU": (cpu_s, cpu_s + 2),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_NOFILE": (64, 64),
        "RLIMIT_NPROC": (0, 0),
    }
    for name, bounds in wanted.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        hard = resource.getrlimit(number)[1]
        most = bounds if hard == resource.RLIM_INFINITY else (min(bounds[0], hard), min(bounds[1], hard))
        # macOS refuses some; what is left of the limits still holds.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(number, most)
    with contextlib.suppress(OSError):
        os.nice(nice)


def shut_in() -> bool:
    """From now on no file, socket or process can be opened. False where this cannot be had."""
    known = _REFUSED.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    machine, numbers = known
    return _install(_program(machine, numbers))


def allow_only(machine: int, allowed: Sequence[Allowed]) -> bool:
    """From now on only these system calls can be made, in these ways; all others fail with EPERM, and those
    of another machine's numbering kill. False where this cannot be had."""
    rules = _head(machine)
    for number, conditions in allowed:
        # A call that is not this one, or not in this way, falls through to the next.
        ways = [((_LOAD, 0, 0, _argument(which, half)), (_AND, 0, 0, mask), value)
                for which, half, mask, value in conditions]  # fmt: skip
        body: list[tuple[int, int, int, int]] = []
        for i, (load, mask, value) in enumerate(ways):
            to_the_end = 3 * (len(ways) - i - 1) + 1
            body += [load, mask, (_JUMP_EQUAL, 0, to_the_end, value)]
        body.append((_RETURN, 0, 0, _ALLOW))
        rules += [(_LOAD, 0, 0, _NUMBER_AT), (_JUMP_EQUAL, 0, len(body), number), *body]
    rules.append((_RETURN, 0, 0, _REFUSE))
    return _install(b"".join(struct.pack("HBBI", *rule) for rule in rules))


def _argument(which: int, half: int) -> int:
    return 16 + 8 * which + 4 * half  # both machines count their bytes from the small end


def _install(program: bytes) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    holder = ctypes.create_string_buffer(filter_, len(filter_))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return libc.prctl(_SET_FILTER, _FILTER_MODE, ctypes.byref(holder), 0, 0) == 0


def _program(machine: int, numbers: tuple[int, ...]) -> bytes:
    """A filter: another machine's calls kill, the listed ones fail, the rest pass."""
    rules = _head(machine)
    for number in numbers:
        rules += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    rules.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *rule) for rule in rules)


def _head(machine: int) -> list[tuple[int, int, int, int]]:
    return [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, 0x40000000),  # the x32 names of the same calls
        (_RETURN, 0, 0, _KILL),
    ]
