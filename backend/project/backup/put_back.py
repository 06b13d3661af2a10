"""Puts a backup into an empty installation, whole or not at all.

The tables are made as they were when the backup was taken, filled in one transaction, and only then brought
to this version: an older backup goes into a newer Treadle.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from backend.accounts import vault
from backend.accounts.sealed import sealed_fields, unseal
from backend.project.backup.archive import FILES, KEYS, TABLES, ArchiveReader, BackupError
from backend.project.backup.rows import applied, columns, put_in, tables
from backend.project.backup.sealed_keys import unseal as open_keys

Say = Callable[[str], None]
_TELL_EVERY = 50_000


def restore_backup(path: Path, *, passphrase: Callable[[], str] | None, say: Say) -> None:
    """Raises BackupError, and then nothing was changed. `passphrase` is asked for, if keys are wanted too."""
    reader = ArchiveReader(path)
    try:
        targets = _known_migrations(reader.manifest)
        _refuse_unless_empty(targets)
        say("Reading the whole backup once, to see that nothing is damaged …")
        reader.check(say)
        keys = _keys(reader, passphrase)
        _put_all(reader, targets, keys, say)
    finally:
        reader.close()
    call_command("migrate", verbosity=0, interactive=False)
    for config in apps.get_app_configs():
        if after := getattr(config, "after_restore", None):
            say(f"  {config.label}: making again what was not in the backup")
            after()
    _tell_closed_secrets(say)


def _known_migrations(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """The migrations that lead to the tables of the backup. Raises BackupError when some are unknown here."""
    known = MigrationExecutor(connection).loader.graph.nodes
    there = [(str(app), str(name)) for app, name in manifest["migrations"]]
    if strange := [f"{app}.{name}" for app, name in there if (app, name) not in known]:
        raise BackupError(
            "The backup was made by a newer version of Treadle, or with apps that are not here: "
            f"{', '.join(strange[:3])} is unknown. Update Treadle and try again."
        )
    return there


def _refuse_unless_empty(targets: list[tuple[str, str]]) -> None:
    """Raises BackupError when there is anything that could be lost or mixed."""
    there = set(connection.introspection.table_names())
    for model in tables(apps):
        if model._meta.db_table in there and model._base_manager.exists():
            raise BackupError(
                f"This installation is not empty: it has rows of {model._meta.label}. Restore into a new "
                "one, with a data folder and a database of its own, before anything is started there."
            )
    if there and set(applied("default")) - set(targets):
        raise BackupError(
            "The tables of this installation are empty, but newer than the backup. "
            "Start from a database without tables."
        )
    files = Path(settings.TREADLE_DATA) / "files"
    if files.is_dir() and any(files.iterdir()):
        raise BackupError(f"{files} is not empty. Restore into a new installation.")


def _keys(reader: ArchiveReader, passphrase: Callable[[], str] | None) -> dict[str, str]:
    if passphrase is None:
        return {}
    if KEYS not in reader.parts:
        raise BackupError("There are no keys in this backup. Restore it without --with-keys.")
    return open_keys(b"".join(reader.read(KEYS)), passphrase())


def _put_all(reader: ArchiveReader, targets: list[tuple[str, str]], keys: dict[str, str], say: Say) -> None:
    executor = MigrationExecutor(connection)
    graph = executor.loader.graph
    last = [
        one
        for one in targets
        if not any(c.key in targets for c in graph.node_map[one].children if c.key[0] == one[0])
    ]
    executor.migrate(last)
    then: Apps = executor.loader.project_state(targets).apps
    with _files(reader, say) as put_files_in_place, transaction.atomic():
        for model in tables(then):
            _fill(reader, model, say)
        _check_ties()
        _continue_numbers(then)
        put_files_in_place()
        vault.add_keys(keys)


def _fill(reader: ArchiveReader, model: Any, say: Say) -> None:
    label, about = model._meta.label, reader.manifest["tables"].get(model._meta.label)
    if about is None:
        return  # the table came with the same migrations, but its rows are left out
    if {field.attname for field in columns(model)} != set(about["columns"]):
        raise BackupError(
            f"The columns of {label} in the backup are not those of its version. It was changed."
        )
    count = 0
    try:
        for count in put_in(model, about["columns"], reader.lines(f"{TABLES}{label}.jsonl"), "default"):
            if count and count % _TELL_EVERY == 0:
                say(f"  {label}: {count:,} rows so far")
    except (DatabaseError, ValueError, TypeError) as error:
        raise BackupError(f"A row of {label} cannot be stored: {error}") from error
    if count != about["rows"]:
        raise BackupError(f"The backup says that {label} has {about['rows']} rows, and holds {count}.")
    say(f"  {label}: {count:,} rows")


def _check_ties() -> None:
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise BackupError(f"Rows in the backup point to rows that are not in it: {error}") from error


def _continue_numbers(then: Apps) -> None:
    """Where the database counts ids, it goes on behind the highest."""
    statements = connection.ops.sequence_reset_sql(no_style(), tables(then))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def _files(reader: ArchiveReader, say: Say) -> Iterator[Callable[[], None]]:
    """Unpacks the files beside their place; gives what moves them there, undone when the rest fails."""
    home = Path(settings.TREADLE_DATA)
    place, beside, names = home / "files", home / ".files-restoring", reader.names(FILES)
    shutil.rmtree(beside, ignore_errors=True)
    is_moved = False

    def put_in_place() -> None:
        nonlocal is_moved
        if names:
            if place.is_dir():
                place.rmdir()
            beside.rename(place)
            is_moved = True

    try:
        for name in names:
            path = beside / name.removeprefix(FILES)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for piece in reader.read(name):
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
        say(f"  {len(names):,} files")
        yield put_in_place
    except BaseException:
        if is_moved:
            shutil.rmtree(place, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _tell_closed_secrets(say: Say) -> None:
    closed = 0
    for model, field in sealed_fields():
        for row in model._default_manager.exclude(**{field: ""}).iterator():
            try:
                unseal(row, field)
            except vault.VaultError:
                closed += 1
    if closed:
        say(
            f"{closed} stored keys and secrets cannot be opened: their vault key is not here. Set "
            "TREADLE_VAULT_KEY (or TREADLE_VAULT_OLD_KEYS) to it, or copy its file into the folder of keys, "
            "or enter them again."
        )
