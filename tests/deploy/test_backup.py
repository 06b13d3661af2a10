"""`manage.py backup` and `restore`: what was there is there again, also in another database, or nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import models

from backend.accounts.models import Workspace
from backend.accounts.sealed import seal, unseal
from backend.files.services import Sender, keep_upload
from backend.knowledge.models import Document
from backend.knowledge.services import Upload, delete_document
from backend.knowledge.storage import open_file
from backend.project.backup.rows import columns, tables
from backend.providers.models import LocalModel, ModelConnection
from backend.runs.models import Event, Run, RunFile
from backend.workflows.environment import add_variable, values_of
from tests.knowledge.library import HOURS, POLICY, add, finder, make, settled
from tests.publish.conftest import offer_chat
from tests.publish.wire import send
from tests.runs.stack import CHAT, ROOT, Stack, installed, looking_at, until

pytestmark = pytest.mark.slow
PASSPHRASE = "a long walk by the sea"


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
    """A workspace with a secret, an environment variable, a file, and a run that has ended."""
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
    return workspace


def test_it_answers_the_same_question_elsewhere_and_what_was_running_goes_on(
    here: Stack, tmp_path: Path
) -> None:
    workspace = furnish(here)
    app = offer_chat()
    worker = here.children[-1]
    long = here.say(here.app(CHAT, workspace), "Please count to fifty")
    until(lambda: Event.objects.filter(run=long, type="node_started").exists(), "the run is under way")
    worker.kill()  # so that it is under way still, however long the backup takes

    path = backed_up(here, tmp_path / "treadle.zip")
    another = here.start_worker()
    answer = here.ended(long).answer
    another.kill()

    with empty(tmp_path / "there") as there:
        there.data.joinpath("keys").mkdir(mode=0o700)
        shutil.copy(here.data / "keys" / "vault-1", there.data / "keys")
        said = restored(there, path)
        assert "cannot be opened" not in said
        there.start_redis()
        with looking_at(there):
            assert Run.objects.get(pk=long.pk).status == "running"
            there.start_worker()
            there.start_web()
            assert there.ended(long).answer == answer
            with send(there, "/v1/runs", {"query": "Hello", "mode": "wait"}, **app.bearer) as response:
                run = json.load(response)
            assert (run["status"], run["answer"]) == ("succeeded", "You said: Hello")
            assert unseal(ModelConnection.objects.get(), "key") == "sk-very-secret"
            assert values_of(workspace.pk, ["RATES"]) == {"RATES": {"CHF": [0.93, "ü", None]}}
            kept = RunFile.objects.get().file
            with open_file(kept.workspace_id, kept.file) as file:
                assert file.read() == b"900 euros"
            # Downloaded models are not in a backup, and that is said.
            until(lambda: LocalModel.objects.get().state == "failed", "the model's file is missed")
            assert LocalModel.objects.get().error["code"] == "file_missing"
        assert files(there) == files(here)
    assert path.stat().st_mode & 0o077 == 0


def test_it_goes_to_postgresql_and_back_without_a_change(
    here: Stack, tmp_path: Path, postgresql_url: str
) -> None:
    furnish(here)
    offer_chat()
    here.children[-1].kill()
    before = rows_of(here)
    path = backed_up(here, tmp_path / "one.zip")

    with (
        database(postgresql_url, "restored") as url,
        empty(tmp_path / "there", url) as there,
        empty(tmp_path / "again") as again,
    ):
        restored(there, path)
        in_between = rows_of(there)
        with looking_at(there):
            # Numbers that the database counts go on behind the highest.
            workspace = Workspace.objects.earliest("created_at")
            signals = there.say(there.app(CHAT, workspace), "Hello").signals
            assert signals.create(path="x", name="y").pk
        there_again = backed_up(there, tmp_path / "two.zip")
        restored(again, there_again)
        after = rows_of(again)

    assert len(before["runs.Event"]) > 4
    assert plain(in_between) == plain(before)
    assert {label: len(rows) for label, rows in after.items()} == {
        label: len(rows)
        + {
            "runs.Run": 1,
            "runs.Conversation": 1,
            "runs.Message": 1,
            "runs.Signal": 1,
            "workflows.Workflow": 1,
            "workflows.Version": 1,
        }.get(label, 0)
        for label, rows in before.items()
    }
    assert files(again) == files(here)


def test_a_document_answers_with_its_source_in_the_other_database_too(
    here: Stack, tmp_path: Path, postgresql_url: str
) -> None:
    here.start_worker()
    knowledge = make()
    policy, hours = (settled(here, one) for one in add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS)))
    assert (policy.status, hours.status) == ("ready", "ready")
    workspace = Workspace.objects.get(pk=knowledge.workspace_id)
    asked = [
        (mode, here.app(finder(knowledge, mode=mode, top_k=2), workspace), question)
        for mode in ("keyword", "vector")
        for question in ("When do you pay the money back?", "几天内可以退货？", "When are you open?")
    ]
    before = [here.ended(here.say(version, question)) for _, version, question in asked]
    path = backed_up(here, tmp_path / "one.zip")

    with database(postgresql_url, "library") as url, empty(tmp_path / "there", url) as there:
        restored(there, path)
        there.start_redis()
        with looking_at(there):
            there.start_worker()
            after = [there.ended(there.say(version, question)) for _, version, question in asked]
            (late,) = add(knowledge, ("late.md", "# Cats\n\nThe cat of the shop is called Ada."))
            assert settled(there, late).status == "ready"
            cat = there.ended(there.say(asked[0][1], "What is the cat called?"))
            delete_document(Document.objects.get(pk=hours.pk))
            gone = there.ended(there.say(asked[2][1], "When are you open?"))
        assert files(here).items() <= files(there).items() | {
            (name, content) for name, content in files(here).items() if hours.file in name
        }

    assert [(run.answer, run.sources) for run in after] == [(run.answer, run.sources) for run in before]
    assert "policy.md" in before[0].answer
    assert before[3].sources[0]["document"] == "policy.md"
    assert before[2].sources[0]["document"] == "hours.md"
    assert "hours.md" not in gone.answer
    assert cat.sources[0]["document"] == "late.md"


def test_every_column_there_is_has_a_form_in_a_backup() -> None:
    # A column of a new kind belongs into `_plain` and `_stored` first, and then here.
    known = (
        models.CharField | models.TextField | models.BooleanField | models.IntegerField | models.FloatField
    )
    known |= models.DateTimeField | models.DateField | models.UUIDField | models.JSONField
    known |= models.BinaryField | models.GenericIPAddressField | models.ForeignKey

    strange = [
        f"{model._meta.label}.{field.name}: {type(field).__name__}"
        for model in tables(apps)
        for field in columns(model)
        if not isinstance(field, known)
    ]

    assert strange == []


def test_keys_are_inside_only_if_asked_for_and_only_under_a_passphrase(here: Stack, tmp_path: Path) -> None:
    furnish(here)
    here.children[-1].kill()
    key = (here.data / "keys" / "vault-1").read_text()

    without = backed_up(here, tmp_path / "without.zip")
    inside = backed_up(here, tmp_path / "with.zip", "--with-keys", TREADLE_BACKUP_PASSPHRASE=PASSPHRASE)
    weak = command(here, "backup", str(tmp_path / "weak.zip"), "--with-keys", TREADLE_BACKUP_PASSPHRASE="sea")

    assert "keys.sealed" not in zipfile.ZipFile(without).namelist()
    for path in (without, inside):
        with zipfile.ZipFile(path) as archive:
            assert not any(
                word in archive.read(name)
                for name in archive.namelist()
                for word in (key.encode(), b"sk-very")
            )
    assert weak.returncode != 0
    assert "12 characters" in weak.stderr
    with empty(tmp_path / "closed") as there:
        assert "1 stored keys and secrets cannot be opened" in restored(there, without)
    with empty(tmp_path / "wrong") as there:
        wrong = command(there, "restore", str(inside), "--with-keys", TREADLE_BACKUP_PASSPHRASE="another one")
        assert wrong.returncode != 0
        assert "does not open the keys" in wrong.stderr
        assert not rows_exist(there)
    with empty(tmp_path / "open") as there:
        said = restored(there, inside, "--with-keys", TREADLE_BACKUP_PASSPHRASE=PASSPHRASE)
        assert "cannot be opened" not in said
        assert (there.data / "keys" / "vault-1").read_text() == key


def test_a_backup_of_one_moment_is_taken_while_others_write(here: Stack, tmp_path: Path) -> None:
    # Every run that is in it has its message and its conversation in it too, whatever is written meanwhile.
    version = here.app(CHAT)
    for _ in range(30):
        here.say(version, "before")
    here.start_worker()
    backup = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(tmp_path / "moment.zip")],
        cwd=ROOT,
        env=here.environment(),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    while backup.poll() is None:
        here.say(version, "meanwhile")

    assert backup.returncode == 0
    with empty(tmp_path / "there") as there:
        restored(there, tmp_path / "moment.zip")
        with looking_at(there):
            assert Run.objects.count() >= 30
            assert all(run.messages.exists() for run in Run.objects.all())
            assert all(run.last_seq == run.events.count() for run in Run.objects.prefetch_related("events"))


def test_it_is_refused_where_something_is(here: Stack, tmp_path: Path) -> None:
    here.app(CHAT)
    path = backed_up(here, tmp_path / "one.zip")
    before = rows_of(here)

    again = command(here, "restore", str(path))
    with empty(tmp_path / "files") as there:
        (there.data / "files" / "x").mkdir(parents=True)
        beside = command(there, "restore", str(path))
        assert not rows_exist(there)

    assert again.returncode != 0
    assert "This installation is not empty" in again.stderr
    assert rows_of(here) == before
    assert beside.returncode != 0
    assert "is not empty" in beside.stderr


def damaged_rows(archive: dict[str, bytes]) -> None:
    name = "tables/accounts.Workspace.jsonl"
    archive[name] = archive[name].replace(b"bakery", b"bakers")


def with_a_stranger(archive: dict[str, bytes]) -> None:
    archive["tables/evil.jsonl"] = b"[]\n"


def with_a_way_out(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    manifest["parts"]["files/../../out"] = {"sha256": "0", "size": 1}
    archive["manifest.json"] = json.dumps(manifest).encode()
    archive["files/../../out"] = b"x"


def from_the_future(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    manifest["migrations"].append(["runs", "9999_time_travel"])
    archive["manifest.json"] = json.dumps(manifest).encode()


def in_another_form(archive: dict[str, bytes]) -> None:
    archive["manifest.json"] = archive["manifest.json"].replace(b'"format": 1', b'"format": 2')


def without_a_manifest(archive: dict[str, bytes]) -> None:
    del archive["manifest.json"]


def saying_nothing_of_a_part(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    manifest["parts"]["tables/accounts.Workspace.jsonl"] = 5
    archive["manifest.json"] = json.dumps(manifest).encode()


def with_a_broken_tie(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    name = "tables/accounts.Workspace.jsonl"
    archive[name] = b""
    manifest["parts"][name] = {
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "size": 0,
    }
    manifest["tables"]["accounts.Workspace"]["rows"] = 0
    archive["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (damaged_rows, "is damaged"),
        (with_a_stranger, "other parts than its manifest says"),
        (with_a_way_out, "which no backup has"),
        (from_the_future, "newer version of Treadle"),
        (in_another_form, "has the form 2"),
        (without_a_manifest, "is not a whole backup"),
        (saying_nothing_of_a_part, "says nothing of its part"),
        (with_a_broken_tie, "point to rows that are not in it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_right_is_refused_and_nothing_is_put_in(
    here: Stack, tmp_path: Path, change: Any, said: str
) -> None:
    here.app(CHAT)
    with zipfile.ZipFile(backed_up(here, tmp_path / "good.zip")) as good:
        archive = {name: good.read(name) for name in good.namelist()}
    change(archive)
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as out:
        for name, content in archive.items():
            out.writestr(name, content)

    with empty(tmp_path / "there") as there:
        done = command(there, "restore", str(bad))

        assert done.returncode != 0
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert not rows_exist(there)
        assert not (there.data / "files").exists()


def test_what_is_not_ours_in_the_folder_of_files_spoils_no_backup(here: Stack, tmp_path: Path) -> None:
    folder = here.data / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / "kept").write_text("ours")
    (folder / ".nfs000001").write_text("of the file system")

    path = backed_up(here, tmp_path / "a.zip")

    with empty(tmp_path / "there") as there:
        restored(there, path)
        assert files(there) == {"ab/kept": b"ours"}


def test_half_a_file_is_no_backup(here: Stack, tmp_path: Path) -> None:
    whole = backed_up(here, tmp_path / "whole.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])

    with empty(tmp_path / "there") as there:
        done = command(there, "restore", str(tmp_path / "half.zip"))

    assert done.returncode != 0
    assert "only a part of one" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_backup_that_is_stopped_leaves_nothing(here: Stack, tmp_path: Path, number: signal.Signals) -> None:
    put_a_large_file(here)
    target = tmp_path / "out"
    target.mkdir()
    backup = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(target)],
        cwd=ROOT,
        env=here.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # As a terminal starts it; a job in the background is deaf to Ctrl-C, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: any(target.iterdir()), "the backup is being written")

    backup.send_signal(number)
    _, said = backup.communicate(timeout=60)

    assert backup.returncode == 130
    assert "Stopped. There is no backup." in said
    assert "Traceback" not in said
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restore_that_is_stopped_leaves_nothing_and_can_be_done_again(
    here: Stack, tmp_path: Path, number: signal.Signals
) -> None:
    here.app(CHAT)
    put_a_large_file(here)
    path = backed_up(here, tmp_path / "large.zip")

    with empty(tmp_path / "there") as there:
        restore = subprocess.Popen(
            [sys.executable, "manage.py", "restore", str(path)],
            cwd=ROOT,
            env=there.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: (there.data / ".files-restoring").exists(), "files are being put in")
        restore.send_signal(number)
        _, said = restore.communicate(timeout=60)

        assert restore.returncode == (130 if number == signal.SIGTERM else -signal.SIGKILL)
        assert "Traceback" not in said
        assert not rows_exist(there)
        assert not (there.data / "files").exists()
        restored(there, path)
        assert plain(rows_of(there)) == plain(rows_of(here))
        assert files(there) == files(here)


def test_what_goes_wrong_outside_is_said_plainly(here: Stack, tmp_path: Path) -> None:
    here.app(CHAT)
    path = backed_up(here, tmp_path / "one.zip")
    with Path("/dev/full").open("wb") as full:
        no_room = subprocess.run(
            [sys.executable, "manage.py", "backup", "-"],
            cwd=ROOT,
            env=here.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    away = {"DATABASE_URL": "postgresql://treadle:x@127.0.0.1:9/treadle"}
    no_database = [command(here, "backup", "-", **away), command(here, "restore", str(path), **away)]

    assert no_room.returncode != 0
    assert "could not be written" in no_room.stderr
    for done in no_database:
        assert done.returncode != 0
        assert "The database could not be" in done.stderr
    assert "Traceback" not in no_room.stderr + no_database[0].stderr + no_database[1].stderr


def put_a_large_file(stack: Stack) -> None:
    """One that takes a moment to pack."""
    folder = stack.data / "files" / "0"
    folder.mkdir(parents=True)
    with (folder / "large").open("wb") as large:
        for _ in range(200):
            large.write(os.urandom(1 << 20))


def test_a_folder_gets_a_new_file_and_nothing_is_replaced(here: Stack, tmp_path: Path) -> None:
    made = Path(command(here, "backup", str(tmp_path)).stdout.strip())
    again = command(here, "backup", str(made))
    nowhere = command(here, "backup", str(tmp_path / "no" / "folder.zip"))

    assert made.parent == tmp_path
    assert again.returncode != 0
    assert "exists already" in again.stderr
    assert nowhere.returncode != 0
    assert "There is no folder" in nowhere.stderr


def test_it_goes_through_a_pipe(here: Stack, tmp_path: Path) -> None:
    here.app(CHAT)
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", "-"], cwd=ROOT, env=here.environment(), capture_output=True
    )
    assert done.returncode == 0, done.stderr

    with empty(tmp_path / "there") as there:
        back = subprocess.run(
            [sys.executable, "manage.py", "restore", "-"],
            cwd=ROOT,
            env=there.environment(),
            input=done.stdout,
            capture_output=True,
        )

        assert back.returncode == 0, back.stderr
        assert plain(rows_of(there)) == plain(rows_of(here))


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
