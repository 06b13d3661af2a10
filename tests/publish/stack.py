"""The real thing for tests: a web server and a worker as processes of their own, with a scripted model.

They share the test process's database file and Redis, so that a test makes an app by calling the
services and then talks to it as anyone outside would.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
HURRY = {"TREADLE_LEASE_S": "2", "TREADLE_SWEEP_S": "0.3", "TREADLE_SILENT_S": "0.5"}


@dataclass
class Stack:
    """A web process and, when started, a worker. `script` is what the model says."""

    folder: Path
    script: str
    port: int = 0
    _web: subprocess.Popen[bytes] | None = None
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Stack:
        """Starts both and waits until the web process answers."""
        self.port = _free_port()
        command = ["-m", "uvicorn", "backend.project.asgi:application", "--port", str(self.port)]
        self._web = self._run("web", [*command, "--log-level", "warning", "--timeout-graceful-shutdown", "2"])
        self.start_worker()
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/robots.txt", timeout=1)
                return self
            except (URLError, OSError):
                assert self._web.poll() is None, (self.folder / "web.log").read_text()
                time.sleep(0.1)
        raise AssertionError((self.folder / "web.log").read_text())

    def start_worker(self, script: str | None = None) -> None:
        """Starts one more worker, whose model may follow another script."""
        name = f"worker-{len(self._workers)}"
        path = self.folder / f"{name}.yaml"
        path.write_text(script or self.script, encoding="utf-8")
        command = ["-m", "celery", "-A", "workers.app", "worker", "-Q", "runs", "-P", "threads", "-c", "2"]
        env = {"TREADLE_MODELS": f"scripted:{path}"}
        self._workers.append(self._run(name, [*command, "--loglevel", "warning"], env))

    def kill_worker(self) -> None:
        """kill -9: no goodbye, no last write."""
        worker = self._workers[-1]
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        """Ends every process that was started."""
        for process in [*self._workers, self._web]:
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _run(
        self, name: str, command: list[str], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        database = settings.DATABASES["default"]["NAME"]
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **HURRY, "DATABASE_URL": f"sqlite:///{database}", **(env or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
