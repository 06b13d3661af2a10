"""The trial of a secret that leads to a database: by a run of the step, and in words what came of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.test import Client

from backend.accounts.models import AuditEntry, Role, Secret
from backend.accounts.workspace_secrets import add_secret, replace_secret
from backend.runs.models import Run
from backend.runs.secret_test_api import MOST_A_MINUTE
from tests.conftest import make_person
from tests.runs.stack import Stack, free_port

PASSWORD = "a-w0rd-that-nobody-sees"


class Server:
    """A PostgreSQL that asks for a password, on loopback. It passes bytes on, and is silent when told."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.is_silent = False
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(f"{self._folder}/.s.PGSQL.5432")
                for way in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), source, target:
            while piece := source.recv(65_536):
                if not self.is_silent:
                    target.sendall(piece)


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Server]:
    """The server of the tests, with a user of its own who may do little."""
    folder = parse_qs(urlsplit(postgresql_url).query)["host"][0]
    with psycopg.connect(postgresql_url, autocommit=True) as database:
        database.execute("DROP ROLE IF EXISTS reader")
        database.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'".encode())
        # Here whoever comes by the socket is let in; a password is asked for from this user alone.
        shown = database.execute("SHOW hba_file").fetchone()
        assert shown is not None
        hba = str(shown[0])
        with open(hba, encoding="utf-8") as file:
            before = file.read()
        with open(hba, "w", encoding="utf-8") as file:
            file.write(f"local all reader scram-sha-256\n{before}")
        database.execute("SELECT pg_reload_conf()")
        with closing(Server(folder)) as begun:
            yield begun
        with open(hba, "w", encoding="utf-8") as file:
            file.write(before)
        database.execute("SELECT pg_reload_conf()")


@pytest.fixture
def boss(stack: Stack, settings: Any) -> Client:
    """The owner of the bakery, signed in. What is saved here, the stack's worker can open."""
    settings.TREADLE_KEYS = stack.data / "keys"
    return make_person("boss@example.org", stack.bakery, Role.OWNER).client


def secret_of(stack: Stack, port: int, host: str = "127.0.0.1", **other: str) -> Secret:
    """The shop's database, as its owner saved it."""
    part = {"user": "reader", "password": PASSWORD, "name": "postgres", **other}
    value = f"postgresql://{part['user']}:{part['password']}@{host}:{port}/{part['name']}"
    hosts = [f"{host}:{port}"]
    kept = Secret.objects.for_workspace(stack.bakery.pk).filter(name="Shop").first()
    if kept is not None:
        return replace_secret(kept, value=value, hosts=hosts)
    return add_secret(workspace_id=stack.bakery.pk, name="Shop", value=value, hosts=hosts)


def tried(client: Client, secret: Secret) -> Any:
    answer = client.post(f"/api/secrets/{secret.pk}/test", content_type="application/json")
    assert PASSWORD not in answer.content.decode()
    return answer


def code_of(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["message"]
    assert error["hint"]
    return answer.status_code, error["code"]


def test_a_database_that_can_be_reached_says_which_one_it_is(stack: Stack, server: Server, boss: Client):
    stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=f"127.0.0.1:{server.port}")

    answer = tried(boss, secret_of(stack, server.port))
    mighty = tried(boss, secret_of(stack, server.port, user="postgres"))

    assert answer.status_code == 200, answer.content
    assert answer.json() | {"version": ""} == {
        "database": "postgres",
        "version": "",
        "user": "reader",
        "is_superuser": False,
    }
    assert answer.json()["version"].startswith("PostgreSQL ")
    assert " on " not in answer.json()["version"]
    assert mighty.json()["is_superuser"] is True
    assert AuditEntry.objects.filter(action="secret.tried", who="boss@example.org", thing="Shop").count() == 2
    stored = repr([list(Run.objects.values()), list(AuditEntry.objects.values())])
    assert PASSWORD not in stored
    assert boss.get("/api/secrets").json()["secrets"][0]["uses"] == []


def test_what_is_wrong_is_said(stack: Stack, server: Server, boss: Client):
    nobody, forbidden = free_port(), free_port()
    allowed = f"127.0.0.1:{server.port},127.0.0.1:{nobody},nowhere.invalid:5432"
    stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=allowed)
    elsewhere = add_secret(
        workspace_id=stack.bakery.pk,
        name="Elsewhere",
        value=f"postgresql://reader:{PASSWORD}@127.0.0.1:{server.port}/postgres",
        hosts=["db.example.com:5432"],
    )

    said = {
        "password": tried(boss, secret_of(stack, server.port, password="not-the-w0rd")),
        "database": tried(boss, secret_of(stack, server.port, name="nothing")),
        "port": tried(boss, secret_of(stack, nobody)),
        "host": tried(boss, secret_of(stack, 5432, "nowhere.invalid")),
        "network": tried(boss, secret_of(stack, forbidden)),
        "hosts": tried(boss, elsewhere),
    }

    assert {what: code_of(answer) for what, answer in said.items()} == {
        "password": (422, "database_login"),
        "database": (422, "database_login"),
        "port": (422, "database_unreachable"),
        "host": (422, "address_unreachable"),
        "network": (422, "address_refused"),
        "hosts": (422, "secret_not_allowed"),
    }
    assert "not-the-w0rd" not in said["password"].content.decode()


def test_a_server_that_says_nothing_holds_nobody_up(stack: Stack, server: Server, boss: Client):
    stack.start_worker(TREADLE_ALLOWED_HOSTS_PRIVATE=f"127.0.0.1:{server.port}")
    server.is_silent = True

    answer = tried(boss, secret_of(stack, server.port))

    assert code_of(answer) == (422, "database_unreachable")


def test_without_a_worker_it_is_said_that_nothing_came_back(
    stack: Stack, boss: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("backend.runs.secret_test_api.PATIENCE_S", 0.1)

    assert code_of(tried(boss, secret_of(stack, 5432))) == (422, "trial_timed_out")


@pytest.mark.parametrize("value", ["k3y-of-the-shop", "sqlite:///shop.db", "mysql://u:some-word@db.test/x"])
def test_what_is_no_address_of_a_database_is_told_before_anything_runs(
    stack: Stack, boss: Client, value: str
):
    secret = add_secret(workspace_id=stack.bakery.pk, name="Key", value=value, hosts=["api.example.com"])

    answer = tried(boss, secret)

    assert code_of(answer) == (422, "secret_no_database")
    assert value not in answer.content.decode()
    assert boss.get("/api/secrets").json()["secrets"][0]["is_database"] is False
    assert not Run.objects.exists()


def test_many_trials_in_a_minute_are_refused(stack: Stack, boss: Client):
    secret = secret_of(stack, 5432)
    for _ in range(MOST_A_MINUTE):
        AuditEntry.objects.create(workspace=stack.bakery, action="secret.tried", who="boss@example.org")

    answer = tried(boss, secret)

    assert code_of(answer) == (429, "too_many_trials")
    assert answer.headers["Retry-After"] == "60"
    assert not Run.objects.exists()
    assert AuditEntry.objects.filter(action="secret.tried").count() == MOST_A_MINUTE
