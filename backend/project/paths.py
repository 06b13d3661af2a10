"""Where things live on disk. Standard library only: the supervisor imports this before Django is there."""

import hashlib
import os
import tempfile
from pathlib import Path

# A Unix socket's address holds 108 bytes, its ending zero included; the file name needs room too.
LONGEST_SOCKET_FOLDER = 90


def data_dir(value: str | None = None) -> Path:
    """The folder of everything that must outlive a restart, made private to this user."""
    path = Path(value or os.environ.get("TREADLE_DATA") or ".treadle").expanduser().resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def socket_dir(data: Path) -> Path:
    """The folder for Unix sockets: `data/run`, or a short one under the temp folder if that is too long."""
    folder = data / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"treadle-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user; set TREADLE_DATA to a shorter path.")
    return folder
