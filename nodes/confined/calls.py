"""The system calls that computing needs, by their numbers on each kind of machine."""

from __future__ import annotations

import platform
import sys

from nodes.confined.confine import Allowed

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# read, write, close, look at an open file, memory, signals of its own, time, threads' locks, randomness, end.
_FREE = {
    "x86_64": (
        0, 1, 3, 5, 7, 8, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 96, 102, 104, 107, 108,
        131, 158, 186, 201, 202, 204, 218, 219, 228, 229, 230, 231, 271, 273, 318, 324, 334,
    ),
    "aarch64": (
        57, 62, 63, 64, 65, 66, 67, 73, 80, 93, 94, 96, 98, 99, 101, 113, 114, 115, 123, 124, 128, 132,
        134, 135, 139, 169, 172, 174, 175, 176, 177, 178, 214, 215, 216, 233, 278, 283, 293,
    ),
}  # fmt: skip
# mmap, mprotect, newfstatat, statx, prlimit64, openat, execve
_BOUND = {
    "x86_64": (9, 10, 262, 332, 302, 257, 59),
    "aarch64": (222, 226, 79, 291, 261, 56, 221),
}
_EXECUTABLE = 4
_EMPTY_PATH = 0x1000
_READ_ONLY = 0xFFFFFFFF ^ 0x80000 ^ 0x20000 ^ 0x8000
"""All flags of an open file but close-on-exec and the two names of large-file."""


def machine() -> int | None:
    """This machine as filters name it; None where there are none."""
    return MACHINES.get(platform.machine()) if sys.platform == "linux" else None


def for_computing() -> list[Allowed]:
    """What an interpreter needs that is already loaded: it opens nothing and loads nothing more."""
    kind = platform.machine()
    mmap, protect, stat, statx, prlimit, _, _ = _BOUND[kind]
    return [
        *((number, ()) for number in _FREE[kind]),
        (mmap, ((2, 0, _EXECUTABLE, 0),)),
        (protect, ((2, 0, _EXECUTABLE, 0),)),
        *_of_open_files(stat, statx, prlimit),
    ]


def for_a_program() -> list[Allowed]:
    """The same for a program that is started under the filter and must load its libraries first. It can read
    what it can see, so it must see nothing: only in a root of its own, or behind Landlock."""
    kind = platform.machine()
    mmap, protect, stat, statx, prlimit, open_, execute = _BOUND[kind]
    return [
        *((number, ()) for number in _FREE[kind]),
        (mmap, ()),
        (protect, ()),
        (stat, ()),  # of what it sees
        (statx, ()),
        *_of_open_files(stat, statx, prlimit)[2:],
        (open_, ((2, 0, _READ_ONLY, 0),)),
        (execute, ()),
    ]


def _of_open_files(stat: int, statx: int, prlimit: int) -> list[Allowed]:
    return [
        (stat, ((3, 0, _EMPTY_PATH, _EMPTY_PATH),)),
        (statx, ((2, 0, _EMPTY_PATH, _EMPTY_PATH),)),
        (prlimit, ((2, 0, 0xFFFFFFFF, 0), (2, 1, 0xFFFFFFFF, 0))),  # look at limits, set none
    ]
