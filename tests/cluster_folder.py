"""A folder for a PostgreSQL cluster that nobody else locks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def cluster_folder() -> Iterator[Path]:
    """A new folder, gone afterwards. Where the tests run as root the server runs as another user, and each
    pytest that begins shuts the folder that all their temporary ones lie in to everyone but itself."""
    folder = Path(tempfile.mkdtemp(prefix="treadle-pg-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
