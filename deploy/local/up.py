"""`make up`: from a bare checkout to a working Treadle and one link, in one command.

Standard library only; it runs on the machine's own Python and puts everything else into the checkout.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeAlias

import install
import llama
from ask import ask
from console import Steps, Stop, say


def main(arguments: list[str]) -> int:
    """Runs `up` (the default), `setup` or `link`. Returns the exit status."""
    commands = {"link": print_link, "setup": set_up}
    try:
        install.check_python()
        return commands.get(" ".join(arguments), up)()
    except Stop as stop:
        say(f"\n{stop}")
        return 1


def up() -> int:
    """Sets up, starts everything, asks one question, prints the link, and stays until it is told to stop."""
    began = time.monotonic()
    _follow_make()

    from services import place_from_environment, port_is_free, services
    from supervisor import Supervisor

    place = place_from_environment()
    lock = _lock(place.data, place.address)
    if not port_is_free(place):
        raise Stop(f"Port {place.port} is already in use. Choose another one: PORT={place.port + 1} make up")

    todo = _missing(place.logs / "setup.log")
    steps = Steps(len(todo) + (3 if place.is_new else 2))
    _set_up(todo, steps)
    supervisor = Supervisor(place, install.ROOT)
    try:
        with steps.step("Preparing the database"):
            # Redis and the model load meanwhile: neither needs the database.
            waiting = services(place)
            for service in [s for s in waiting if s.name in ("redis", "model")]:
                supervisor.start(service)
            prepared = _prepare(dict(place.env))
        with steps.step("Starting web, worker, Redis and the practice model"):
            for service in [s for s in waiting if s.name not in ("redis", "model")]:
                supervisor.start(service)
            _wait_until_healthy(supervisor, place.address, within_s=90)
        if prepared["sample"]:
            _ask_sample(place.address, prepared["sample"], steps)
        took = time.monotonic() - began
        say(f"\nTreadle is ready after {took:.0f} s. Open this link to sign in (it works once):")
        say(f"\n    {prepared['link']}\n")
        say("make link prints a new one. Ctrl-C stops everything.")
        _stay(supervisor)
    finally:
        if supervisor.children:
            say("\nStopping …")
            supervisor.stop()
            say("Stopped. Nothing is left running; your data is in " + str(place.data))
        lock.close()
    return 0


def set_up() -> int:
    """Installs what is missing and starts nothing: for machines where something else starts the processes."""
    todo = _missing(install.ROOT / ".treadle" / "logs" / "setup.log")
    steps = Steps(len(todo))
    for title, hint, make in todo:
        with steps.step(title, hint):
            make()
    say(f"Treadle is set up in {install.ROOT}; nothing was started.")
    return 0


def print_link() -> int:
    """Prints a new sign-in link for the installation in this checkout."""
    if not install.python().exists():
        raise Stop("Treadle is not set up yet. Run: make up")
    from services import place_from_environment

    done = subprocess.run(
        [str(install.python()), "manage.py", "sign_in_link"],
        cwd=install.ROOT,
        env=dict(place_from_environment().env),
    )
    return done.returncode


Todo: TypeAlias = list[tuple[str, str, Callable[[], None]]]
"""What set-up still has to do: title, what to expect, and how."""


def _missing(log: Path) -> Todo:
    parts = [
        (
            "Installing Python packages",
            "about half a minute the first time",
            lambda: install.python_is_ready("runtime"),
            lambda: install.install_python("runtime", log),
        ),
        (
            "Fetching Node.js",
            "the machine has none that is new enough",
            lambda: install.frontend_is_built() or install.node() is not None,
            lambda: install.install_node(log),
        ),
        (
            "Installing the front end's packages",
            "about half a minute the first time",
            lambda: install.frontend_is_built() or install.packages_are_ready(),
            lambda: install.install_packages(log),
        ),
        (
            "Building llama-cpp-python",
            "6 to 9 minutes the first time on this machine",
            lambda: not llama.is_wanted() or llama.is_installed(),
            lambda: llama.install_wheel(log),
        ),
        ("Building the front end", "", install.frontend_is_built, lambda: install.build_frontend(log)),
    ]
    return [(title, hint, make) for title, hint, is_done, make in parts if not is_done()]


def _set_up(todo: Todo, steps: Steps) -> None:
    if todo:
        say(f"Setting up Treadle in {install.ROOT}")
    for title, hint, make in todo:
        with steps.step(title, hint):
            make()
    if install.redis_server() is None and not os.environ.get("REDIS_URL"):
        raise Stop(
            "No Redis server was found here. Run this line, then make up again:\n\n"
            "    sudo apt-get install -y redis-server\n"
        )


def _ask_sample(address: str, slug: str, steps: Steps) -> None:
    question = "Write two sentences about the sea."
    try:
        with steps.step("Asking the sample app a question"):
            answer = ask(address, slug, question)
    except Stop as reason:
        say(f"      {reason}")  # the rest works; the chat will say the same in its own place
    else:
        say(f"      Q: {question}\n      A: {answer}")


def _prepare(env: dict[str, str]) -> dict[str, Any]:
    """Migrates, makes the first owner and the sample app if there are none, and returns {link, sample}."""
    done = subprocess.run(
        [str(install.python()), "manage.py", "prepare"],
        cwd=install.ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Stop("The database could not be prepared:\n\n" + done.stderr.strip()[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def _wait_until_healthy(supervisor: Any, address: str, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    health: dict[str, Any] = {}
    while time.monotonic() < deadline and not supervisor.stopping:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=3) as answer:
                health = json.load(answer)
            if health["status"] == "ok":
                return
        except (OSError, ValueError, urllib.error.HTTPError):
            pass  # not up yet
        supervisor.tend()
        time.sleep(0.1)
    if supervisor.stopping:
        raise KeyboardInterrupt
    late = [name for name, part in health.get("parts", {}).items() if part.get("state") != "ok"] or ["web"]
    tails = "\n".join(f"--- {supervisor.log_of(n)}\n{_tail(supervisor.log_of(n))}" for n in late)
    raise Stop(f"Not everything came up in {within_s:.0f} s: {', '.join(late)}.\n{tails}")


def _stay(supervisor: Any) -> None:
    while not supervisor.stopping:
        for name in supervisor.tend():
            say(f"{name} stopped and is being started again; its log: {supervisor.log_of(name)}")
        time.sleep(0.2)


def _follow_make() -> None:
    """Ends with the `make` that started us, also when that one is killed outright."""
    if "MAKELEVEL" in os.environ:
        from supervisor import die_with_parent

        die_with_parent(signal.SIGTERM)


def _lock(data: Path, address: str) -> IO[str]:
    lock = (data / "supervisor.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(
            f"Treadle already runs with this data folder, at {address}. For a new link run: make link"
        ) from None
    return lock


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-10:]) if path.exists() else "(no log)"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
