"""Keys that the installation makes for itself, kept in the data folder and readable by its user only."""

import contextlib
import os
import secrets
from pathlib import Path


def key_file(folder: Path, name: str, key: str = "") -> str:
    """The key in `folder/name`; made on first use, or taken from `key`; the same for all who ask at once.

    The key is written whole to a file of its own first and then linked to its name: `link` refuses to
    replace an existing file, so the first process wins and the others read what it wrote.
    """
    path = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = folder / f".{name}-{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key or secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
