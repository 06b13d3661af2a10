"""`make check`, `test`, `soak`, `bench` and its kind, `guide`, `baselines`, `lock`, `types`, `nodes`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import install
import leftovers
import locks
from console import Steps, Stop, say
from progress import Progress, expectations, remember, told

ROOT = install.ROOT
LOG = ROOT / ".treadle" / "logs" / "develop.log"
LONG_PROFILES = {
    "simulation": [
        "tests/engine/test_lost_messages.py",
        "tests/engine/test_simulation.py",
        "tests/contracts/test_rejoining.py",
    ],
    "reference": ["tests/engine/test_reference.py", "tests/engine/test_forking.py"],
    "waiting": ["tests/runs/test_waiting_survives.py"],
    "sweep": ["tests/chaos/test_failpoint_sweep.py"],
    "stopping": ["tests/chaos/test_told_to_stop_sweep.py", "tests/chaos/test_settled_sweep.py"],
    "chaos": ["tests/chaos/test_real_processes.py"],
}
"""What `make soak` runs, by the words one may give it."""
SOAKED = ROOT / ".treadle" / "soak.json"
"""What those took the last time."""


def main(arguments: list[str]) -> int:
    """Runs one of the developer's commands. Returns its exit status."""
    command, rest = (arguments or ["check"])[0], arguments[1:]
    try:
        install.check_python()
        if command == "lock":
            locks.write_locks(ROOT, install.VENV / "bin" / "uv")
            return 0
        _set_up()
        return COMMANDS[command](rest)
    except Stop as stop:
        say(f"\n{stop}")
        return 1


def check(_: list[str]) -> int:
    """Every linter, type checker and contract; goes on after a failure, so that one run shows them all."""
    bin_ = install.VENV / "bin"
    python, npm = str(install.python()), _npm()
    env = _environment()
    return _all(
        [
            ("ruff check", [str(bin_ / "ruff"), "check", "."], ROOT),
            ("ruff format", [str(bin_ / "ruff"), "format", "--check", "."], ROOT),
            ("pyright (strict: SDK and engine)", [str(bin_ / "pyright")], ROOT),
            ("import contracts", [str(bin_ / "lint-imports")], ROOT),
            ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], ROOT),
            ("what is made from step types", [python, "manage.py", "node", "docs", "--check"], ROOT),
            ("django check", [python, "manage.py", "check"], ROOT),
            ("biome and tsc", [npm, "run", "--silent", "check"], install.FRONTEND),
        ],
        env,
    )


def test(arguments: list[str]) -> int:
    """The front end's unit tests, then pytest with everything else, the browser included.

    The whole suite runs in several processes, as many as `PROCESSES` says: two unless said.
    """
    if not install.frontend_is_built():
        with Steps(1).step("Building the front end"):
            install.build_frontend(LOG)
    pytest = [str(install.python()), "-m", "pytest", *(arguments or ["-n", _processes()])]
    suites = [("pytest", pytest, ROOT)]
    if not arguments:
        suites.insert(0, ("vitest", [_npm(), "run", "--silent", "test"], install.FRONTEND))
    return _all(suites, _environment())


def soak(arguments: list[str]) -> int:
    """The long profiles of what proves the engine: all of them, or those that are named. Ctrl-C ends it."""
    unknown = sorted(set(arguments) - set(LONG_PROFILES))
    if unknown:
        raise Stop(f"There is no profile {', '.join(unknown)}. There are: {', '.join(LONG_PROFILES)}.")
    pytest = [str(install.python()), "-m", "pytest", "-v", "-s", "--durations=10"]
    chosen = {name: files for name, files in LONG_PROFILES.items() if not arguments or name in arguments}
    known = expectations(SOAKED, _guesses())
    so_far = Progress({name: known[name] for name in chosen})
    with told(so_far, say):
        code = _all(
            [(name, [*pytest, *files], ROOT) for name, files in chosen.items()],
            _environment() | {"TREADLE_SOAK": "1"},
            so_far.begin,
        )
        so_far.end()
    if code == 0:
        remember(SOAKED, {name: took for name, took in so_far.took.items() if name != "chaos"})
    return code


def _guesses() -> dict[str, float]:
    """Seconds that the long profiles take; how long chaos is to go on, one says oneself."""
    chaos = 2 * 60 * float(os.environ.get("CHAOS_MINUTES", "30")) + 120
    return {
        "simulation": 600,
        "reference": 1800,
        "waiting": 60,
        "sweep": 400,
        "stopping": 240,
        "chaos": chaos,
    }


def guide(_: list[str]) -> int:
    """Takes the pictures of docs/guide anew, by the end-to-end test that does what the guide tells."""
    os.environ["GUIDE_PICTURES"] = "1"
    return test(["tests/e2e/test_guide.py"])


def baselines(_: list[str]) -> int:
    """Takes the pictures anew that the screens are compared with, by the test that compares them."""
    os.environ["BASELINES"] = "1"
    return test(["tests/e2e/test_screens.py"])


def types(_: list[str]) -> int:
    """Writes `frontend/openapi.json` from the API and the TypeScript types from that."""
    env = _environment()
    description = install.FRONTEND / "openapi.json"
    with description.open("w") as out:
        subprocess.run(
            [str(install.python()), "manage.py", "export_openapi"], cwd=ROOT, stdout=out, env=env, check=True
        )
    return subprocess.run([_npm(), "run", "--silent", "types"], cwd=install.FRONTEND, env=env).returncode


def nodes(_: list[str]) -> int:
    """Writes what is made from the builtin step types: docs/nodes.md, and what tests compare with."""
    return _all([("step types", [str(install.python()), "manage.py", "node", "docs"], ROOT)], _environment())


def bench(arguments: list[str]) -> int:
    """Measures, on this machine as it is. Results: a table, and bench/results/latest.jsonl."""
    return _bench("bench", arguments)


def _bench(module: str, arguments: list[str]) -> int:
    if not install.frontend_is_built():
        with Steps(1).step("Building the front end"):
            install.build_frontend(LOG)
    env = {**_environment(), "PYTHONPATH": str(ROOT)}
    return subprocess.run([str(install.python()), "-m", module, *arguments], cwd=ROOT, env=env).returncode


def bench_editor(_: list[str]) -> int:
    """Measures the editor in Chromium. Results: a table, and bench/results/editor.jsonl."""
    return _bench("bench.editor", [])


def bench_peers(arguments: list[str]) -> int:
    """Installs what `make bench` compares with, each into an environment of its own in the cache folder."""
    env = {**_environment(), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(install.python()), "-m", "bench.peers", *arguments], cwd=ROOT, env=env
    ).returncode


def _set_up() -> None:
    if not install.python_is_ready("dev"):
        with Steps(1).step("Installing Python packages", "about half a minute the first time"):
            install.install_python("dev", LOG)
    if install.node() is None:
        with Steps(1).step("Fetching Node.js", "the machine has none that is new enough"):
            install.install_node(LOG)
    if not install.packages_are_ready():
        with Steps(1).step("Installing the front end's packages", "about half a minute the first time"):
            install.install_packages(LOG)


def _all(
    commands: list[tuple[str, list[str], Path]],
    env: dict[str, str],
    begins: Callable[[str], object] = lambda _: None,
) -> int:
    failed = []
    for title, command, folder in commands:
        say(f"\n== {title}")
        begins(title)
        began = time.monotonic()
        code = _run(command, folder, env)
        say(f"== {title}: {'ok' if code == 0 else f'failed ({code})'} in {time.monotonic() - began:.0f} s")
        if code:
            failed.append(title)
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def _run(command: list[str], folder: Path, env: dict[str, str]) -> int:
    """Its exit status. Ctrl-C reaches it too: then it gets the time to end what it has started."""
    leftovers.adopt()
    try:
        running = subprocess.Popen(command, cwd=folder, env=env)
        try:
            return leftovers.wait(running) or 0
        except KeyboardInterrupt:
            say("\nEnding what was started ...")
            leftovers.wait(running, 60)
            raise
    finally:
        leftovers.end()


def _environment() -> dict[str, str]:
    """Ours, with Node on the PATH and a data folder apart from the one `make up` uses."""
    node = install.node()
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}" if node else os.environ["PATH"]
    return {**install.environment(), "PATH": path, "TREADLE_DATA": str(ROOT / ".treadle" / "develop")}


def _processes() -> str:
    """How many processes the whole suite runs in; "0": in one, without a helper."""
    given = os.environ.get("PROCESSES", "2")
    if not (given.isascii() and given.isdigit() and int(given) <= 32):
        raise Stop(f"PROCESSES is {given!r}; it must be a whole number from 0 to 32.")
    return "0" if given == "1" else given


def _npm() -> str:
    node = install.node()
    if node is None:
        raise Stop("Node.js 20.19 or newer is missing.")
    return shutil.which("npm", path=str(node.parent)) or "npm"


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "check": check,
    "test": test,
    "types": types,
    "nodes": nodes,
    "guide": guide,
    "baselines": baselines,
    "bench": bench,
    "bench-editor": bench_editor,
    "bench-peers": bench_peers,
    "soak": soak,
}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
