"""The one place that touches uploaded files. Their names are ours: no text of a user is part of a path."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

_NAME = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True)
class StoredFile:
    """What was stored. `name` finds it again within its workspace."""

    name: str
    size_bytes: int
    sha256: str


def store_file(workspace_id: uuid.UUID, pieces: Iterable[bytes]) -> StoredFile:
    """Writes the pieces to a new file, whole and on the disk when this returns, or not at all."""
    name = secrets.token_hex(16)
    path = _path(workspace_id, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    part = path.with_suffix(".part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return StoredFile(name, size, digest.hexdigest())


def open_file(workspace_id: uuid.UUID, name: str) -> BinaryIO:
    """The stored file, for reading. Raises FileNotFoundError."""
    return _path(workspace_id, name).open("rb")


def remove_file(workspace_id: uuid.UUID, name: str) -> None:
    """Removes the file; one that is gone already is no error."""
    _path(workspace_id, name).unlink(missing_ok=True)


def old_files(older_than_s: float) -> Iterable[tuple[uuid.UUID, str]]:
    """The files last changed before that, as (workspace id, name): a crash may have left some behind."""
    root, before = _root(), time.time() - older_than_s
    for path in root.glob("*/*/*") if root.is_dir() else ():
        name = path.name.removesuffix(".part")
        try:
            workspace_id = uuid.UUID(path.parts[-3])
            is_old = path.stat().st_mtime < before
        except (ValueError, FileNotFoundError):
            continue
        if is_old and _NAME.match(name):
            if path.suffix == ".part":
                path.unlink(missing_ok=True)
            else:
                yield workspace_id, name


def _root() -> Path:
    return Path(settings.TREADLE_DATA) / "files"


def _path(workspace_id: uuid.UUID, name: str) -> Path:
    if not _NAME.match(name):
        raise FileNotFoundError("This is not the name of a stored file.")
    return _root() / workspace_id.hex / name[:2] / name
