"""Puts a backup into an empty installation."""

import shutil
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from backend.project.backup.archive import BackupError
from backend.project.backup.put_back import restore_backup
from backend.project.management.stopping import passphrase_of_person, stoppable


class Command(BaseCommand):
    """`manage.py restore FILE | - [--with-keys]`"""

    help = "Puts a backup into an empty installation, SQLite or PostgreSQL, whichever it came from."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, and whether to take the keys over."""
        parser.add_argument("source", help="the file that `backup` made, or - for standard input")
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="take the vault's keys over too; asks the passphrase, or takes TREADLE_BACKUP_PASSPHRASE",
        )

    def handle(self, *args: Any, source: str, with_keys: bool, **options: Any) -> None:
        """Whole or not at all. What was running when the backup was made goes on."""
        ask = (lambda: passphrase_of_person(is_new=False)) if with_keys else None
        try:
            with (
                stoppable("Stopped. Nothing was put in."),
                tempfile.TemporaryDirectory(dir=settings.TREADLE_DATA, prefix=".restore-") as folder,
            ):
                path = Path(source)
                if source == "-":
                    path = Path(folder) / "backup.zip"
                    with path.open("wb") as out:
                        shutil.copyfileobj(sys.stdin.buffer, out)
                restore_backup(path, passphrase=ask, say=lambda text: self.stderr.write(text))
        except BackupError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be put in: {error}") from None
        except DatabaseError as error:
            raise CommandError(f"The database could not be written: {error}") from None
        self.stdout.write("Restored. Start web and workers; what was running goes on.")
