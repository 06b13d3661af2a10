"""The zip itself: everything in it is hashed, and nothing of it is believed before the hash is right."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

MANIFEST = "manifest.json"
KEYS = "keys.sealed"
TABLES = "tables/"
FILES = "files/"
FORMAT = 1
_CHUNK = 1 << 20
_MOST_OF_A_MANIFEST = 256 * 1024 * 1024
_NAME = re.compile(r"[\w][\w.@ +~-]{0,254}")


class BackupError(Exception):
    """It cannot go on. The text is for the person at the terminal: what is so, and what to do."""


class ArchiveWriter:
    """Puts named parts into a zip, and at the end says what they are."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.parts: dict[str, dict[str, Any]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Gives a function that appends bytes to the part `name`."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:

            def append(data: bytes) -> None:
                nonlocal size
                entry.write(data)
                digest.update(data)
                size += len(data)

            yield append
        self.parts[name] = {"sha256": digest.hexdigest(), "size": size}

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *raised: object) -> None:
        self._zip.close()

    def finish(self, about: dict[str, Any]) -> None:
        """Writes the manifest; without it, a reader takes the file for half a backup."""
        manifest = {"format": FORMAT, **about, "parts": self.parts}
        self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))


class ArchiveReader:
    """A backup whose manifest has been read. Raises BackupError for what is none, or not whole."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            info = self._zip.getinfo(MANIFEST)
            if info.file_size > _MOST_OF_A_MANIFEST:
                raise BackupError(f"{path} is not a backup of Treadle.")
            self.manifest: dict[str, Any] = json.loads(self._zip.read(info))
            self.parts: dict[str, dict[str, Any]] = dict(self.manifest["parts"])
            is_known = self.manifest["format"] == FORMAT
        except FileNotFoundError:
            raise BackupError(f"There is no file {path}.") from None
        except zipfile.BadZipFile:
            raise BackupError(f"{path} is not a backup of Treadle, or only a part of one.") from None
        except (KeyError, ValueError, TypeError):
            raise BackupError(f"{path} is not a whole backup of Treadle: its manifest is missing.") from None
        if not is_known:
            raise BackupError(
                f"{path} has the form {self.manifest['format']}, and this version of Treadle knows {FORMAT}. "
                "Use the version that made it, or a newer one."
            )
        for name, said in self.parts.items():
            _check_name(name)
            if not isinstance(said, dict) or not said.keys() >= {"sha256", "size"}:
                raise BackupError(f"{path} says nothing of its part {name!r} to know it by. It was changed.")

    def close(self) -> None:
        """Lets go of the file."""
        self._zip.close()

    def names(self, folder: str) -> list[str]:
        """The parts below `folder`."""
        return [name for name in self.parts if name.startswith(folder)]

    def check(self, say: Callable[[str], None]) -> None:
        """Reads everything once. Raises BackupError when a part is not what the manifest says it is."""
        if set(self._zip.namelist()) != {*self.parts, MANIFEST}:
            raise BackupError("The backup holds other parts than its manifest says. It was changed.")
        for done, name in enumerate(self.parts, start=1):
            for _ in self.read(name):
                pass
            if done % 1000 == 0:
                say(f"  {done} of {len(self.parts)} parts are whole")

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, piece by piece. Raises BackupError at the end when they are not right."""
        said, digest, size = self.parts[name], hashlib.sha256(), 0
        try:
            with self._zip.open(name) as entry:
                while data := entry.read(_CHUNK):
                    size += len(data)
                    if size > said["size"]:
                        break
                    digest.update(data)
                    yield data
        except (KeyError, zipfile.BadZipFile, OSError, EOFError) as error:
            raise BackupError(f"{name} in the backup cannot be read: {error}") from None
        if size != said["size"] or digest.hexdigest() != said["sha256"]:
            raise BackupError(f"{name} in the backup is damaged. Nothing was changed here.")

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a part, without their ends."""
        rest = b""
        for data in self.read(name):
            *whole, rest = (rest + data).split(b"\n")
            yield from whole
        if rest:
            yield rest


def is_name(name: str) -> bool:
    """Whether a part may be called so: it can only become a file below the folder it belongs to."""
    parts = PurePosixPath(name).parts
    is_known = name == KEYS or (name.startswith((TABLES, FILES)) and len(parts) > 1)
    return is_known and "/".join(parts) == name and all(_NAME.fullmatch(part) for part in parts)


def _check_name(name: str) -> None:
    if not is_name(name):
        raise BackupError(f"The backup holds a part with the name {name!r}, which no backup has.")
