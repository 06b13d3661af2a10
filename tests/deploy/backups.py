"""Installations that are backed up and restored, and what is in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps

from backend.accounts.models import Workspace
from backend.accounts.sealed import seal
from backend.files.services import Sender, keep_upload
from backend.knowledge.services import Upload
from backend.project.backup.rows import tables
from backend.providers.models import LocalModel, ModelConnection
from backend.runs.models import RunFile
from backend.workflows.environment import add_variable
from tests.runs.stack import CHAT, ECHO, ROOT, Stack, installed, looking_at

PASSPHRASE = "a long walk by the sea"
LARGE_VALUE = "ß and 你好. " * 10_000


@pytest.fixture
def here(migrated_data: Path, tmp_path: Path, django_db_blocker: Any, settings: Any) -> Iterator[Stack]:
    """An installation on SQLite; this process seals with its keys."""
    with installed(migrated_data, tmp_path / "here", django_db_blocker) as built:
        settings.TREADLE_KEYS = built.data / "keys"
        yield built


def command(stack: Stack, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`manage.py …` in an installation."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=stack.environment(env),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def backed_up(stack: Stack, path: Path, *more: str, **env: str) -> Path:
    """A backup of an installation."""
    done = command(stack, "backup", str(path), *more, **env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(path)
    return path


def restored(stack: Stack, path: Path, *more: str, **env: str) -> str:
    """Puts a backup into an installation; gives what was said."""
    done = command(stack, "restore", str(path), *more, **env)
    assert done.returncode == 0, done.stderr
    return done.stderr


def rows_of(stack: Stack) -> dict[str, list[tuple[Any, ...]]]:
    """All that the tables hold, as this process reads it."""
    with looking_at(stack):
        return {
            model._meta.label: list(model._base_manager.order_by("pk").values_list())
            for model in tables(apps)
        }


@contextmanager
def empty(data: Path, database_url: str = "") -> Iterator[Stack]:
    """An installation in which nothing was ever started."""
    data.mkdir()
    built = Stack(data, database_url=database_url)
    try:
        yield built
    finally:
        built.stop()


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """An empty database on the PostgreSQL of `server_url`."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def furnish(stack: Stack) -> Workspace:
    """A workspace with a secret, an environment variable, a file, and two runs; one had a large value."""
    workspace = Workspace.objects.get_or_create(name="Anna's bakery")[0]
    connection = ModelConnection(workspace=workspace, name="far", kind="litellm", provider="openai")
    seal(connection, "key", "sk-very-secret")
    connection.save()
    add_variable(workspace_id=workspace.pk, name="RATES", type="object", value={"CHF": [0.93, "ü", None]})
    LocalModel.objects.create(
        workspace=workspace,
        slug="qwen",
        title="Qwen",
        url="https://models.example/qwen.gguf",
        sha256="0" * 64,
        state="ready",
    )
    file = stack.data / "files" / workspace.pk.hex / "ab" / "abcdef0123456789"
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(range(256)) * 5000)
    stack.start_worker()
    run = stack.say(stack.app(CHAT), "Grüße, 你好 \u0001")
    sender = Sender(workspace.pk, run.workflow_id, "member", "anna")
    sent = keep_upload(sender, Upload("contract.txt", 9, [b"900 euros"]))
    RunFile.objects.create(run=run, file=sent)
    assert stack.ended(run).answer
    assert stack.ended(stack.say(stack.app(ECHO), LARGE_VALUE)).answer
    return workspace


def put_a_large_file(stack: Stack) -> None:
    """One that takes a moment to pack."""
    folder = stack.data / "files" / "0"
    folder.mkdir(parents=True)
    with (folder / "large").open("wb") as large:
        for _ in range(200):
            large.write(os.urandom(1 << 20))


def files(stack: Stack) -> dict[str, bytes]:
    """The uploaded files of an installation."""
    top = stack.data / "files"
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


def plain(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows with bytes as bytes, whichever database they come from, in an order that both agree on."""
    return {
        label: sorted(
            (tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in table), key=repr
        )
        for label, table in rows.items()
    }


def rows_exist(stack: Stack) -> bool:
    """Whether anything is in the tables, if there are tables."""
    if stack.database_url.startswith("sqlite") and not (stack.data / "treadle.db").exists():
        return False
    with looking_at(stack):
        from django.db import connection

        there = connection.introspection.table_names()
        return any(model._base_manager.exists() for model in tables(apps) if model._meta.db_table in there)
