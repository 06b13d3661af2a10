"""Real services for tests about models: a fake provider and our own model host, each a real listener.

    from tests.models.fixtures import fake_openai, model_host  # noqa: F401  (pytest fixtures)

`FakeOpenAI()` and `running_host()` are the same as context managers.
"""

from __future__ import annotations

import asyncio
import atexit
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.models.fake_provider import FakeProvider
from workers.models.runtimes import server_program

ROOT = Path(__file__).parents[2]


class FakeOpenAI:
    """A provider on a loopback port, in a thread of its own: `with FakeOpenAI() as fake: fake.url`.

    It speaks OpenAI's, Anthropic's and Gemini's streams. What it does is up to the last message; see
    `FakeProvider`. `asked` has every request, `closed_early` how many answers nobody waited for.
    """

    def __init__(self) -> None:
        self.provider = FakeProvider()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def place(self) -> str:
        """host:port, as TREADLE_ALLOWED_HOSTS_PRIVATE wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base address of an OpenAI-compatible connection."""
        return f"http://{self.place}/v1"

    @property
    def asked(self) -> list[dict]:
        return self.provider.asked

    @property
    def closed_early(self) -> int:
        return self.provider.closed_early

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.port = self._loop.run_until_complete(self.provider.start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self.provider.stop())
        self._loop.close()


@dataclass
class Host:
    """A running model host. `socket` is what TREADLE_MODEL_HOST should be."""

    socket: Path
    process: subprocess.Popen[bytes]
    runtime: str = "xllamacpp"

    @property
    def is_ready(self) -> bool:
        try:
            return self.get("/health")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        return self.send("GET", path, None)

    def send(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = self.connect()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """A connection to send by hand on, and to close when it pleases."""
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.socket))
        return connection

    def kill(self) -> None:
        """As by the kernel when memory runs out."""
        self.process.kill()
        self.process.wait(10)


def runtime_environment(runtime: str) -> dict[str, str]:
    """What a model host needs to use that runtime, and no other."""
    env = {**os.environ, "TREADLE_LLAMA": runtime}
    return {**env, "PYTHONPATH": str(llama_cpp_python())} if runtime == "llama-cpp-python" else env


@cache
def llama_cpp_python() -> Path:
    """A folder to import llama-cpp-python from; its wheel is built once, in the user's cache."""
    sys.path.insert(0, str(ROOT / "deploy" / "local"))
    try:
        import console
        import llama

        try:
            wheel = llama.build_wheel(ROOT / ".treadle" / "logs" / "llama.log")
        except console.Stop as stop:
            pytest.fail(str(stop), pytrace=False)
    finally:
        sys.path.remove(str(ROOT / "deploy" / "local"))
    folder = Path(tempfile.mkdtemp(prefix="llama-cpp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@contextmanager
def running_host(*arguments: str, runtime: str = "xllamacpp") -> Iterator[Host]:
    """`python -m workers.models.host` on a unix socket with the practice model, loaded."""
    with tempfile.TemporaryDirectory(prefix="host-") as folder:
        path = Path(folder) / "model.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.models.host", "--socket", str(path), *arguments],
            cwd=ROOT,
            env=runtime_environment(runtime),
        )
        host = Host(path, process, runtime)
        try:
            wait_until(lambda: host.is_ready or process.poll() is not None, 60)
            assert process.poll() is None, "the model host ended while it was loading"
            yield host
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_until(is_true, within_s: float = 20) -> None:
    """Looks every 20 ms. Fails when it never becomes true: a bound against hanging, not a measurement."""
    end = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def fake_openai() -> Iterator[FakeOpenAI]:
    """A fresh fake provider."""
    with FakeOpenAI() as fake:
        yield fake


# Building the second takes six to nine minutes where nobody has built it yet.
RUNTIMES = [
    "xllamacpp",
    pytest.param("llama-cpp-python", marks=pytest.mark.timeout(1800)),
    pytest.param(
        "llama-server",
        marks=pytest.mark.skipif(
            server_program() is None,
            reason="There is no llama-server on PATH here.",
        ),
    ),
]


@pytest.fixture(scope="session", params=RUNTIMES)
def model_host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """The real host with the real practice model, started once for each runtime: four requests fit in."""
    slots, queue = ("1", "3") if request.param == "llama-cpp-python" else ("2", "2")
    with running_host("--slots", slots, "--queue", queue, runtime=request.param) as host:
        yield host
