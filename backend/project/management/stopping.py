"""For commands that take a while: told to stop, they end in order. And a passphrase is never an argument."""

import getpass
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backend.project.backup.archive import BackupError

STOPPED = 130
PASSPHRASE = "TREADLE_BACKUP_PASSPHRASE"  # noqa: S105  the name of a variable


@contextmanager
def stoppable(said: str) -> Iterator[None]:
    """Ends the process with `said` when it is told to stop; what is open inside is closed before."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{said}\n")
        raise SystemExit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def passphrase_of_person(*, is_new: bool) -> str:
    """From the environment, else asked at the terminal; a new one twice. Raises BackupError."""
    if given := os.environ.get("TREADLE_BACKUP_PASSPHRASE"):
        return given
    if not sys.stdin.isatty():
        raise BackupError(f"Set {PASSPHRASE}, or run this at a terminal to be asked.")
    first = getpass.getpass("Passphrase for the keys: ")
    if is_new and getpass.getpass("Once more: ") != first:
        raise BackupError("These were two different passphrases.")
    return first
