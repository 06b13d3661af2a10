"""A backup that is damaged or foreign, or was stopped: it is refused, or leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.backups import (
    backed_up,
    command,
    empty,
    files,
    here,
    plain,
    put_a_large_file,
    restored,
    rows_exist,
    rows_of,
)
from tests.runs.stack import CHAT, ROOT, Stack, until

__all__ = ["here"]

pytestmark = pytest.mark.slow


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
