"""`manage.py backup` and `restore`: what was there is there again, also in another database, or nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from backend.accounts.models import Workspace
from backend.accounts.sealed import unseal
from backend.knowledge.models import Document
from backend.knowledge.services import delete_document
from backend.knowledge.storage import open_file
from backend.project.backup.rows import columns, tables
from backend.providers.models import LocalModel, ModelConnection
from backend.runs.blobs import read_whole
from backend.runs.models import Event, Run, RunFile
from backend.workflows.environment import values_of
from tests.deploy.backups import (
    LARGE_VALUE,
    PASSPHRASE,
    backed_up,
    command,
    database,
    empty,
    files,
    furnish,
    here,
    plain,
    restored,
    rows_exist,
    rows_of,
)
from tests.knowledge.library import HOURS, POLICY, add, finder, make, settled
from tests.publish.conftest import offer_chat
from tests.publish.wire import send
from tests.runs.stack import CHAT, ROOT, Stack, looking_at, until

__all__ = ["here"]

pytestmark = pytest.mark.slow


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
            large = Run.objects.get(query=LARGE_VALUE)
            facts = list(large.events.order_by("seq").values_list("data", flat=True))
            assert read_whole(large.pk, facts)[1]["query"] == LARGE_VALUE
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
    assert len(before["runs.Blob"]) == len(before["runs.RunBlob"]) == 2
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


def test_what_is_not_ours_in_the_folder_of_files_spoils_no_backup(here: Stack, tmp_path: Path) -> None:
    folder = here.data / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / "kept").write_text("ours")
    (folder / ".nfs000001").write_text("of the file system")

    path = backed_up(here, tmp_path / "a.zip")

    with empty(tmp_path / "there") as there:
        restored(there, path)
        assert files(there) == {"ab/kept": b"ours"}


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
