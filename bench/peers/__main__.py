"""`make bench-peers`, or `make bench-peers ARGS="langgraph n8n"`: installs what Treadle is measured against.

Each peer gets an environment of its own in the cache folder. One that cannot be installed here is said so,
and the next follows; begun again, it goes on where it was. Nothing of a peer runs but what its build needs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench.installation import ROOT  # from here on deploy/local is on the path too
from bench.peers.places import NODE, PLACES, Place, environment, python_of, root

SPARE_GB = 2.0


def main() -> int:
    """Installs the named peers, or all. Exit status 1 when one could not be."""
    from console import Steps, Stop, say

    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"of: {', '.join(PLACES)} (default: all)")
    parser.add_argument("--remove", action="store_true", help="remove the named peers, or all of them")
    given = parser.parse_args()
    chosen = [name for name in PLACES if name in given.peers] or list(PLACES)
    if unknown := sorted(set(given.peers) - set(PLACES)):
        parser.error(f"There is no peer {unknown[0]!r}. There are: {', '.join(PLACES)}.")
    if given.remove:
        for name in chosen:
            shutil.rmtree(PLACES[name].folder, ignore_errors=True)
        return 0
    if any(PLACES[name].kind == "node" for name in chosen) and NODE not in chosen:
        chosen.insert(0, NODE)
    say(f"Peers go to {root()}; TREADLE_PEERS names another folder.")
    steps, failed = Steps(len(chosen)), []
    for name in chosen:
        try:
            with steps.step(name, "is there" if PLACES[name].is_ready() else PLACES[name].about):
                install(PLACES[name])
        except Stop as stop:
            failed.append(name)
            say(f"{name} is left out: {stop}\n")
    if failed:
        say(f"Not installed: {', '.join(failed)}. The others can be measured: make bench ARGS=peers")
    return 1 if failed else 0


def install(place: Place) -> None:
    """Makes the environment of one peer. Raises Stop, with the reason in words."""
    from console import Stop

    if place.is_ready():
        return
    root().mkdir(parents=True, exist_ok=True)
    free_gb = shutil.disk_usage(root()).free / 1e9
    if free_gb < place.needs_gb + SPARE_GB:
        raise Stop(f"it needs about {place.needs_gb:g} GB and only {free_gb:.1f} GB are free.")
    if place.kind == "python":
        _python(place)
    else:
        _node(place)
    (place.folder / "ready").write_text(place.stamp)


def _python(place: Place) -> None:
    from console import Stop

    found = python_of(place.python)
    if found is None:
        least = ".".join(map(str, place.python))
        raise Stop(f"it needs Python {least} or 3.13, and none was found. TREADLE_PEERS_PYTHON can name one.")
    uv = str(Path(sys.executable).with_name("uv"))
    if not place.interpreter().exists():
        _run(place, [uv, "venv", "--quiet", "--clear", "--python", found, str(place.folder)])
    command = [uv, "pip", "sync", "--quiet", "--system-certs", "--compile-bytecode"]
    _run(place, [*command, "--python", str(place.interpreter()), str(place.pins)])


def _node(place: Place) -> None:
    """Packages without their scripts, then the scripts of those that must be built (from source)."""
    from console import Stop

    if not PLACES[NODE].is_ready():
        raise Stop(f"it needs the peer {NODE!r}, which is not there.")
    place.folder.mkdir(parents=True, exist_ok=True)
    said = json.loads(place.pins.read_text())
    scripts = said.pop("scriptsOf")
    (place.folder / "package.json").write_text(json.dumps(said))
    npm = ["npm", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--legacy-peer-deps"]
    _run(place, [*npm, "install", "--omit=dev", "--ignore-scripts"])
    if scripts:
        _run(place, [*npm, "rebuild", *scripts])


def _run(place: Place, command: list[str]) -> None:
    from console import Stop

    log = root() / f"{place.name}.log"
    cwd = place.folder if place.kind == "node" else ROOT
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=cwd, env=environment(), stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        tail = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-6:]
        raise Stop("it could not be installed. {} ends with:\n  {}".format(log, "\n  ".join(tail)))


if __name__ == "__main__":
    sys.exit(main())
