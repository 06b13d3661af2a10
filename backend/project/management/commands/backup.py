"""Makes a backup, also while everything runs."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from backend.project.backup.archive import BackupError
from backend.project.backup.take import take_backup
from backend.project.management.stopping import passphrase_of_person, stoppable

_KEYS_ARE_IN = "The vault's keys are inside, under your passphrase."
_NO_KEYS = (
    "The vault's keys are NOT inside: keep TREADLE_VAULT_KEY (or the files keys/vault-* of the data folder) "
    "in another safe place. Without them, stored keys and secrets must be entered again."
)


class Command(BaseCommand):
    """`manage.py backup FILE | FOLDER | - [--with-keys]`"""

    help = "Writes database, uploaded files and vectors to one file, while everything goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and whether the keys go along."""
        parser.add_argument("target", help="a new file, a folder to put one into, or - for standard output")
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="put the vault's keys in, under a passphrase (asked, or TREADLE_BACKUP_PASSPHRASE)",
        )

    def handle(self, *args: Any, target: str, with_keys: bool, **options: Any) -> None:
        """A file that appears under its name is whole; a backup that is stopped leaves nothing."""
        try:
            with stoppable("Stopped. There is no backup."):
                passphrase = passphrase_of_person(is_new=True) if with_keys else None
                if target == "-":
                    take_backup(sys.stdout.buffer, passphrase=passphrase, say=self._say)
                    sys.stdout.buffer.flush()
                else:
                    self._to_file(_file_at(Path(target)), passphrase)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error}") from None
        except DatabaseError as error:
            raise CommandError(f"The database could not be read: {error}") from None
        self._say(_KEYS_ARE_IN if with_keys else _NO_KEYS)

    def _to_file(self, path: Path, passphrase: str | None) -> None:
        part = path.with_name(f".{path.name}.part")
        try:
            with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as out:
                take_backup(out, passphrase=passphrase, say=self._say)
                _to_disk(out)
            os.link(part, path)  # refuses to replace what appeared there meanwhile
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(str(path))

    def _say(self, text: str) -> None:
        self.stderr.write(text)


def _file_at(target: Path) -> Path:
    path = target / f"treadle-{timezone.now():%Y%m%d-%H%M%S}.zip" if target.is_dir() else target
    if path.exists():
        raise BackupError(f"{path} exists already. Name a new file.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    return path


def _to_disk(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())
