"""What code may not do: each attempt in a real process, in each way that this system can shut one in."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from nodes.confined.code import ConfinedCode
from nodes.sdk import Json, NodeError
from nodes.sdk.code import Language

REFUSED = "code_failed"


async def outcome(
    language: Language, source: str, *, own_world: bool = True, time_s: float = 5, **inputs: Json
) -> Any:
    """What the code gave, or the code of its error."""
    try:
        return (await ConfinedCode(own_world=own_world).run(language, source, inputs, time_s=time_s)).value
    except NodeError as error:
        plain = error.hint and "Traceback" not in error.message
        return error.code if plain else repr(error)


def main(body: str) -> str:
    return "def main():\n" + "\n".join(f"    {line}" for line in body.split("\n"))


def _time_for(wanted: Any) -> float:
    """Little where time is what ends it; much where something else must, on a machine that has much to do."""
    return 0.5 if wanted in ("code_time", EITHER) else 20


def function(body: str) -> str:
    return f"function main() {{\n{body}\n}}"


PYTHON = {
    "read a file": ("return open('/etc/passwd').read()", REFUSED),
    "list the root": ("import os\nreturn os.listdir('/')", REFUSED),
    "read its own memory map": ("return open('/proc/self/maps').read()", REFUSED),
    "write a file": ("open('/tmp/owned', 'w').write('x')", REFUSED),
    "climb with pathlib": ("from pathlib import Path\nreturn Path('../../etc/hosts').read_text()", REFUSED),
    "read the environment": ("import os\nreturn os.environ['PATH']", REFUSED),
    "import subprocess": ("import subprocess\nreturn subprocess.run(['id'])", REFUSED),
    "import ctypes": ("import ctypes\nreturn ctypes.CDLL(None)", REFUSED),
    "import socket": ("import socket\nreturn socket.socket()", REFUSED),
    "run a shell": ("import os\nreturn os.system('id')", REFUSED),
    "climb the class tree": ("return ().__class__.__bases__[0].__subclasses__()", REFUSED),
    "find the builtins": ("return main.__globals__['__builtins__']", REFUSED),
    "load a pickle": ("import pickle\nreturn pickle.loads(b'cos\\nsystem\\n.')", REFUSED),
    "an endless loop": ("while True: pass", "code_time"),
    "an endless list": ("a = []\nwhile True: a.append('x' * 10000)", "code_memory"),
    "one huge text": ("return 'x' * 10**10", "code_memory"),
    "deep recursion": ("def f(): return f()\nreturn f()", REFUSED),
    "a flood of words": ("for i in range(10**7): print('x' * 100)", "code_too_much"),
    "a huge result": ("return 'x' * 2_000_000", "code_too_much"),
    "sleep": ("import time\ntime.sleep(600)\nreturn 1", "code_time"),
    "a set": ("return {1, 2}", "code_bad_output"),
    "not a number": ("return float('nan')", "code_bad_output"),
}
# These may end by time or by memory: what counts is that they end, and with a reason.
EXHAUSTING = {
    "a huge whole number": "return 7 ** (10 ** 8) % 10",
    "a pattern that blows up": "import re\nreturn bool(re.match('(a+)+$', 'a' * 60 + 'b'))",
    "a sort of very much": "return sorted(range(10**9))[0]",
}
EITHER = ("code_time", "code_memory")
JAVASCRIPT = {
    "import a module": ("return import('os')", REFUSED),
    "require": ("return require('fs').readFileSync('/etc/passwd')", REFUSED),
    "reach the engine's own modules": ("return std.open('/etc/passwd', 'r')", REFUSED),
    "find a process": ("return process.env", REFUSED),
    "fetch": ("return fetch('http://127.0.0.1/')", REFUSED),
    "a worker": ("return new Worker('x.js')", REFUSED),
    "an endless loop": ("for (;;) {}", "code_time"),
    "an endless list": ("const a = []; for (;;) a.push('x'.repeat(10000))", "code_memory"),
    "deep recursion": ("const f = () => f() + 1; return f()", REFUSED),
    "a flood of words": ("for (let i = 0; i < 1e5; i++) console.log('x'.repeat(100)); return 1", 1),
    "a huge result": ("return 'x'.repeat(2e6)", "code_too_much"),
    "a promise for ever": ("return new Promise(() => {})", REFUSED),
    "promises without end": ("return (async () => { for (;;) await null })()", "code_time"),
    "promises that pile up": ("const f = () => Promise.resolve().then(f); return f()", EITHER),
    "a pattern that blows up": ("return /^(a+)+$/.test('a'.repeat(60) + 'b')", "code_time"),
    "another JSON": ("JSON.stringify = () => '{\"value\": 1}'; return {mine: 2}", {"mine": 2}),
    "a poisoned prototype": ("Object.prototype.toJSON = function () { return 7 }; return {a: 1}", 7),
    "the constructor's constructor": ("return console.log.constructor('return typeof std')()", "undefined"),
    "a circle": ("const a = {}; a.a = a; return a", REFUSED),
}
# With all of CPython and a way to call the system directly, an attacker needs no hole in an interpreter.
FULL = {
    "read a file": "open('/etc/passwd')",
    "read memory": "open('/proc/self/mem', 'rb')",
    "list the root": "os.listdir('/')",
    "make a file": "os.open('/x', os.O_CREAT | os.O_WRONLY)",
    "make a folder": "os.mkdir('/x')",
    "make a link": "os.symlink('/etc', '/x')",
    "make a device": "os.mknod('/x', 0o600 | 0o020000, os.makedev(1, 1))",
    "change the root": "os.chroot('/')",
    "fork": "os.fork()",
    "start a program": "os.execv('/bin/sh', ['sh'])",
    "spawn": "os.posix_spawn('/bin/sh', ['sh'], {})",
    "hit the parent": "os.kill(os.getppid() or 1, 9)",
    "hit everybody": "os.kill(-1, 9)",
    "become root": "os.setuid(0)",
    "a thread": "import threading; threading.Thread(target=print).start()",
    "a pipe": "os.pipe()",
    "a file in memory": "os.memfd_create('x')",
    "more memory": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
}
CALLS = {
    "ptrace": (101, 0, 1, 0, 0),
    "socket": (41, 2, 1, 0),
    "an unnamed socket pair": (53, 1, 1, 0),
    "connect": (42, 3, 0, 0),
    "clone": (56, 0x11, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "vfork": (58,),
    "unshare": (272, 0x10000000),
    "setns": (308, 3, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "pivot_root": (155, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "io_uring": (425, 8, 0),
    "userfaultfd": (323, 0),
    "keyctl": (250, 0, 0),
    "read another's memory": (310, 1, 0, 0, 0, 0, 0),
    "open by handle": (304, 0, 0, 0),
    "load a module": (175, 0, 0, 0),
    "execute from a file": (322, 3, 0, 0, 0, 0x1000),
    "a new filter": (317, 1, 0, 0),
    "prctl": (157, 4, 1, 0, 0, 0),
    "openat2": (437, -100, 0, 0, 24),
    "memory that can be run": (9, 0, 4096, 7, 0x22, -1, 0),
    "a path of a file": (262, -100, 0, 0, 0),
}


@pytest.mark.parametrize("own_world", [True, False], ids=["own world", "fence"])
@pytest.mark.parametrize("name", PYTHON)
async def test_python_does_not_get_out_nor_use_up_more_than_it_may(name: str, own_world: bool):
    body, wanted = PYTHON[name]

    assert await outcome("python", main(body), own_world=own_world, time_s=_time_for(wanted)) == wanted


@pytest.mark.parametrize("name", EXHAUSTING)
async def test_python_that_uses_up_all_it_may_ends_with_a_reason(name: str):
    said = await outcome("python", main(EXHAUSTING[name]), time_s=0.5)

    assert said in ("code_time", "code_memory", "code_stopped", "code_failed", False, True)


@pytest.mark.parametrize("own_world", [True, False], ids=["own world", "filter only"])
@pytest.mark.parametrize("name", JAVASCRIPT)
async def test_javascript_does_not_get_out_nor_use_up_more_than_it_may(name: str, own_world: bool):
    body, wanted = JAVASCRIPT[name]

    said = await outcome("javascript", function(body), own_world=own_world, time_s=_time_for(wanted))

    assert said in wanted if wanted is EITHER else said == wanted


async def test_all_of_python_finds_every_door_shut():
    lines = [f"        ({name!r}, lambda: exec({attempt!r}, globals()))," for name, attempt in FULL.items()]
    source = f"""
import os
def main():
    open_doors = []
    for name, attempt in [
{chr(10).join(lines)}
    ]:
        try:
            attempt()
        except (OSError, ImportError, RuntimeError, ValueError):
            continue
        open_doors.append(name)
    return open_doors
"""

    assert await outcome("full_python", source) == []


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
async def test_no_system_call_but_those_of_computing_is_answered():
    source = """
import ctypes
def main(calls):
    libc = ctypes.CDLL(None, use_errno=True)
    answered = []
    for name, call in calls.items():
        ctypes.set_errno(0)
        done = libc.syscall(*[ctypes.c_long(one) for one in call])
        if done != -1 or ctypes.get_errno() != 1:
            answered.append([name, done, ctypes.get_errno()])
    return answered
"""

    assert await outcome("full_python", source, calls={k: list(v) for k, v in CALLS.items()}) == []


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("call", [0x40000000 | 1, 0x40000000 | 520], ids=["x32 write", "x32 execve"])
async def test_a_call_by_the_numbers_of_another_machine_kills(call: int):
    source = f"import ctypes\ndef main(): return ctypes.CDLL(None).syscall(ctypes.c_long({call}), 1, 0, 0)"

    assert await outcome("full_python", source) == "code_stopped"


async def test_all_of_python_is_nobody_without_environment_descriptors_or_capabilities(monkeypatch):
    monkeypatch.setenv("TREADLE_SECRET_KEY", "hunter2")
    held = os.open("/etc/hostname", os.O_RDONLY)
    os.set_inheritable(held, True)
    source = """
import os
def main():
    open_ = []
    for number in range(3, 64):
        try:
            os.fstat(number)
            open_.append(number)
        except OSError:
            pass
    return {"env": dict(os.environ), "open": open_, "pid": os.getpid(), "user": os.getuid()}
"""

    said = await outcome("full_python", source)
    os.close(held)

    assert said == {"env": {}, "open": [], "pid": 1, "user": 65534}


async def test_code_that_takes_no_notice_of_its_alarm_is_killed_with_all_its_processes():
    source = """
def main():
    while True:
        try:
            while True: pass
        except BaseException: pass
"""
    began = time.monotonic()

    said = await outcome("full_python", source, time_s=0.2)

    assert said in ("code_time", "code_stopped")
    assert time.monotonic() - began < 30
    await _nothing_is_left()


async def test_code_that_is_cancelled_is_dead_at_once():
    running = asyncio.create_task(outcome("javascript", function("for (;;) {}"), time_s=60))
    async with asyncio.timeout(30):
        while not _launchers():  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    await _nothing_is_left()


async def test_one_run_leaves_nothing_to_the_next():
    await outcome("javascript", "globalThis.left = 1; function main() { return 1 }")

    assert await outcome("javascript", function("return typeof left")) == "undefined"


async def test_all_of_python_needs_a_world_of_its_own():
    assert await outcome("full_python", main("return 1"), own_world=False) == "code_off"


async def test_without_a_filter_nothing_is_run_at_all(monkeypatch):
    monkeypatch.setattr("nodes.sdk.code.platform.machine", lambda: "riscv64")

    for language in ("python", "javascript", "full_python"):
        assert await outcome(language, main("return 1")) == "code_off"


async def test_an_administrator_can_switch_it_off(monkeypatch):
    monkeypatch.setenv("TREADLE_CODE", "off")

    assert await outcome("python", main("return 1")) == "code_off"


async def test_only_packages_that_an_administrator_names_can_be_imported(monkeypatch):
    source = "def main():\n    import yaml\n    return yaml.safe_load('a: 1')"

    without = await outcome("full_python", source)
    monkeypatch.setenv("TREADLE_CODE_PACKAGES", "yaml, ../evil, jinja2")
    with_it = await outcome("full_python", source)
    told = "{% for n in [1, 2] %}{{ n }};{% endfor %}"
    template = f"import jinja2\ndef main(): return jinja2.Template({told!r}).render()"

    assert (without, with_it) == ("code_failed", {"a": 1})
    assert await outcome("full_python", template) == "1;2;"


async def test_what_goes_in_cannot_become_code():
    source = "def main(text): return text"
    text = '\'}))\nimport os; os.system("id")\n"""\\'

    assert await outcome("python", source, text=text) == text
    assert await outcome("javascript", "const main = ({ text }) => text", text=text) == text


def _launchers() -> list[str]:
    mine = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and "nodes/confined/launch.py" in (folder / "cmdline").read_text():
                status = (folder / "stat").read_text()
                if int(status.rpartition(")")[2].split()[1]) in (os.getpid(), *map(int, mine)):
                    mine.append(folder.name)
        except OSError:
            continue
    return mine


async def _nothing_is_left() -> None:
    async with asyncio.timeout(30):
        while _launchers():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
