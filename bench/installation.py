"""A whole Treadle in a folder of its own: the processes that `make up` starts, and a fake model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "deploy" / "local"))
MOST = 1_000_000_000


@dataclass(frozen=True)
class Installation:
    """A running installation; `keys` by app, `pids` by process name, `model_port` of the fake model."""

    address: str
    workspace_id: Any
    keys: dict[str, str]
    pids: dict[str, int]
    model_port: int


@contextmanager
def installation(
    only: tuple[str, ...] = ("redis", "web", "worker"), database_url: str = "", **settings: str
) -> Iterator[Installation]:
    """Starts these services of `make up`, publishes the bench's apps, and ends all of it afterwards.

    The database is SQLite unless an address is given; `settings` go to the environment as they are.
    """
    from services import place_from_environment, services
    from supervisor import Supervisor

    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder, fake_model() as model_port:
        _set_environment(Path(folder), model_port)
        os.environ |= settings
        if database_url:
            os.environ["DATABASE_URL"] = database_url
        place = place_from_environment()
        workspace_id, keys = publish_apps(model_port)
        supervisor = Supervisor(place, ROOT)
        try:
            for service in services(place):
                if service.name in only:
                    supervisor.start(service)
            if "web" in only:
                wait_for(f"{place.address}/healthz", needs={"redis", "worker"})
            pids = {name: child.process.pid for name, child in supervisor.children.items()}
            yield Installation(place.address, workspace_id, keys, pids, model_port)
        finally:
            supervisor.stop()


def wait_for(url: str, *, needs: set[str] | None = None, within_s: float = 120) -> None:
    """Returns when /healthz answers and the parts in `needs` (None: all) are well."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as error:
            body = json.load(error)
        except (OSError, ValueError):
            time.sleep(0.02)
            continue
        parts = body.get("parts", {})
        if all(parts.get(name, {}).get("state") == "ok" for name in (needs or parts)):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{url} did not become well within {within_s:.0f} s.")


def publish_apps(model_port: int) -> tuple[Any, dict[str, str]]:
    """Migrates, makes the owner, and publishes `echo` (calls no model) and `chat`; gives their keys."""
    import django

    django.setup()
    from django.core.management import call_command

    from backend.accounts.links import first_owner
    from backend.accounts.models import Member

    call_command("migrate", verbosity=0, interactive=False)
    workspace_id = Member.objects.get(user=first_owner(language="en")).workspace_id
    echo = three_steps("template", {"text": "{{ start_1.query }}!"})
    keys = {"echo": publish(workspace_id, "echo", echo)}
    model = connect(workspace_id, model_port, ["fake-t200-i20-n50"])
    keys["chat"] = publish(
        workspace_id, "chat", three_steps("prompt", {"model": model, "user": "{{ start_1.query }}"})
    )
    return workspace_id, keys


def three_steps(kind: str, config: dict[str, Any], answer: str = "{{ middle.text }}") -> Any:
    """start → one step of this kind → reply."""
    from nodes.sdk.graph import Edge, Graph, GraphNode

    nodes = {
        "start_1": GraphNode("start_1", "start"),
        "middle": GraphNode("middle", kind, config=config),
        "answer_1": GraphNode("answer_1", "answer", config={"text": answer}),
    }
    return Graph(nodes, (Edge("start_1", "out", "middle"), Edge("middle", "out", "answer_1")))


def publish(workspace_id: Any, name: str, graph: Any) -> str:
    """Publishes an app with this graph; gives its key."""
    from backend.publish.models import LIMIT_FIELDS
    from backend.publish.services import publish_workflow
    from backend.workflows.services import create_workflow

    workflow = create_workflow(workspace_id=workspace_id, name=name, graph=graph)
    published = publish_workflow(workflow=workflow, by=None)
    # The limits stay at work, only no bench reaches them.
    for field in LIMIT_FIELDS:
        setattr(published.publication, field, MOST)
    published.publication.save()
    assert published.api_key is not None
    return published.api_key


def connect(workspace_id: Any, port: int, models: list[str], name: str = "fake") -> str:
    """A connection to the fake model, ready for use; gives the id of its first model."""
    from backend.providers import services

    connection = services.add_connection(
        workspace_id=workspace_id,
        name=name,
        kind="openai_compatible",
        models=models,
        fields={"base_url": f"http://127.0.0.1:{port}/v1"},
    )
    services.mark_ready(connection)
    return connection.model_ids()[0]


@contextmanager
def fake_model() -> Iterator[int]:
    """The port of a model server with set timings, which runs as long as this is open."""
    port = free_port()
    command = [sys.executable, "-m", "bench.fake_model", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _set_environment(data: Path, model_port: int) -> None:
    """This process and those it starts belong to the installation in `data`."""
    for name in [n for n in os.environ if n.startswith("TREADLE_")]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "backend.project.settings",
        "TREADLE_DATA": str(data),
        "PORT": str(free_port()),
        "TREADLE_ALLOWED_HOSTS_PRIVATE": f"127.0.0.1:{model_port}",
    }
