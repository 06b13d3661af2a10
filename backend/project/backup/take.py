"""Makes a backup while everything runs: one look at the database, so that all rows are of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from backend.accounts import vault
from backend.project.backup.archive import FILES, KEYS, TABLES, ArchiveWriter, BackupError, is_name
from backend.project.backup.rows import applied, columns, lines_of, tables, unapplied
from backend.project.backup.sealed_keys import seal

Say = Callable[[str], None]
SNAPSHOT = "backup"
_TELL_EVERY = 50_000


def take_backup(out: IO[bytes], *, passphrase: str | None, say: Say) -> None:
    """Writes a backup to `out`; with a passphrase, the vault's keys are in it. Raises BackupError."""
    with ArchiveWriter(out) as archive:
        about = _rows(archive, say)
        # Files after rows: what a row names is there. A file that came later is in nobody's way.
        about["files"] = _files(archive, Path(settings.TREADLE_DATA) / "files", say)
        if passphrase is not None:
            with archive.part(KEYS) as append:
                append(seal(vault.all_keys(), passphrase))
        archive.finish(about)


def _rows(archive: ArchiveWriter, say: Say) -> dict[str, Any]:
    with _one_moment() as using:
        if missing := unapplied(using):
            raise BackupError(
                f"The database lacks {len(missing)} changes of this version. Run `manage.py prepare` first."
            )
        return {
            "made_at": timezone.now().isoformat(),
            "database": connections[using].vendor,
            "migrations": [list(migration) for migration in applied(using)],
            "tables": {model._meta.label: _table(archive, model, using, say) for model in tables(apps)},
        }


@contextmanager
def _one_moment() -> Iterator[str]:
    """A connection of our own on which the database looks the same until the end; writers go on beside it."""
    settings_of = dict(connections.settings["default"])
    if connections["default"].vendor == "sqlite":
        # In WAL mode a reader keeps the state of its first look, and holds no writer up.
        settings_of["OPTIONS"] = {**settings_of["OPTIONS"], "transaction_mode": "DEFERRED"}
    connections.settings[SNAPSHOT] = settings_of
    try:
        with transaction.atomic(using=SNAPSHOT):
            with connections[SNAPSHOT].cursor() as cursor:
                if connections[SNAPSHOT].vendor == "postgresql":
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
                cursor.fetchall()
            yield SNAPSHOT
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT]
        del connections.settings[SNAPSHOT]


def _table(archive: ArchiveWriter, model: type, using: str, say: Say) -> dict[str, object]:
    label, count = model._meta.label, 0
    with archive.part(f"{TABLES}{label}.jsonl") as append:
        for line in lines_of(model, using):
            append(line)
            count += 1
            if count % _TELL_EVERY == 0:
                say(f"  {label}: {count:,} rows so far")
    say(f"  {label}: {count:,} rows")
    return {"rows": count, "columns": [field.attname for field in columns(model)]}


def _files(archive: ArchiveWriter, folder: Path, say: Say) -> int:
    count = 0
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.suffix == ".part" or path.is_symlink() or not path.is_file():
            continue  # still being uploaded, or nothing of ours
        name = FILES + path.relative_to(folder).as_posix()
        if not is_name(name):  # .nfs…, ._…: with it in there, nobody could put the backup in
            say(f"  {path} is left out: it is no file of Treadle's")
            continue
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue  # removed since we looked
        with file, archive.part(name) as append:
            while data := file.read(1 << 20):
                append(data)
        count += 1
        if count % 1000 == 0:
            say(f"  {count:,} files so far")
    say(f"  {count:,} files")
    return count
