"""A world of its own for a process: namespaces with an empty root. Or else a fence around files."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

_NEW_ALL = 0x10000000 | 0x20000000 | 0x40000000 | 0x00020000 | 0x08000000 | 0x04000000
"""User, process ids, network, mounts, messages, host name."""
_NOSUID, _NODEV, _READ_ONLY, _REMOUNT, _BIND, _REC, _PRIVATE = 2, 4, 1, 32, 4096, 16384, 1 << 18
_DETACH = 2
_DIES_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CREATE_RULES, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on both machines
_ALL_OF_FILES, _EXECUTE_AND_READ = 0x1FFF, 1 | 4
NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


class CannotHave(OSError):
    """This system does not give it."""


def enter(files: Sequence[str], content: tuple[str, bytes] | None = None) -> None:
    """Makes this process, by a fork, the first one of new namespaces: as nobody, without a network, in an
    empty root that only has `files` (read, at their places) and one file with `content`.

    Returns in the new process alone; the old one waits for its end and ends as it did. Raises CannotHave.
    """
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_NEW_ALL), "unshare")
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")
    except OSError as error:
        raise CannotHave(f"id maps: {error}") from error
    _empty_root(files, content)
    child = os.fork()
    if child:
        _wait_for(child)
    _libc.prctl(_DIES_WITH_PARENT, 9, 0, 0, 0)


def fence(files: Sequence[str]) -> None:
    """From now on no file can be opened but these, to read and to execute. Raises CannotHave."""
    wanted = struct.pack("Q", _ALL_OF_FILES)
    rules = _libc.syscall(_CREATE_RULES, wanted, len(wanted), 0)
    _check(rules, "landlock")
    for name in files:
        place = os.open(name, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _EXECUTE_AND_READ, place)
        _check(_libc.syscall(_ADD_RULE, rules, 1, rule, 0), "landlock")
        os.close(place)
    _check(_libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    _check(_libc.syscall(_RESTRICT, rules, 0), "landlock")
    os.close(rules)


def drop_capabilities() -> None:
    """What being the first of a namespace brought."""
    header = struct.pack("Ii", 0x20080522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def _empty_root(files: Sequence[str], content: tuple[str, bytes] | None) -> None:
    _mount(None, "/", None, _REC | _PRIVATE)
    root = "/proc"  # a folder that is there everywhere, and nothing of it is wanted any more
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=64m,mode=755")
    for name in files:
        place = Path(root + name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        _mount(name, str(place), None, _BIND)
    if content is not None:
        Path(root + content[0]).write_bytes(content[1])
    os.chdir(root)
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise CannotHave("pivot_root")
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _DETACH), "umount")
    os.chdir("/")
    _mount(None, "/", None, _REMOUNT | _BIND | _READ_ONLY | _NOSUID | _NODEV)


def _wait_for(child: int) -> None:
    for number in range(3):
        os.close(number)  # the pipes end when the child does
    _, status = os.waitpid(child, 0)
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    said = [None if text is None else text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*said, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result < 0:
        raise CannotHave(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
