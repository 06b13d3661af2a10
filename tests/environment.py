"""Loaded by pytest before Django's settings: each test process has a data folder of its own.

Where the machine has room for it, all files of tests lie in memory: a commit then waits for no disk. That a
commit is written through is a setting of the database (`backend/project/databases.py`), and no process that a
test kills takes what it wrote along.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 1024**3
_KEPT = ("TREADLE_DATA", "TREADLE_SOAK", "TREADLE_SHARED")
"""What tests read themselves; all else that is set outside must not reach them."""

if (
    "TMPDIR" not in os.environ
    and _MEMORY.is_dir()
    and os.access(_MEMORY, os.W_OK | os.X_OK)
    and shutil.disk_usage(_MEMORY).free >= _ROOM
):
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

_folder = tempfile.mkdtemp(prefix="treadle-test-")
_owner = os.getpid()


@atexit.register
def _tidy() -> None:
    """Removes the folder, but not at the end of a process that was forked from ours."""
    if os.getpid() == _owner:
        shutil.rmtree(_folder, ignore_errors=True)


os.environ["TREADLE_DATA"] = _folder
os.environ["PORT"] = "8000"
for _name in list(os.environ):
    if _name == "REDIS_URL" or (_name.startswith("TREADLE_") and _name not in _KEPT):
        del os.environ[_name]
