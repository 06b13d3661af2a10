"""Loaded by pytest before Django's settings: each test process has a data folder of its own."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="treadle-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["TREADLE_DATA"] = _folder
os.environ["PORT"] = "8000"
for _name in list(os.environ):
    if _name == "REDIS_URL" or (
        _name.startswith("TREADLE_") and _name not in ("TREADLE_DATA", "TREADLE_SOAK")
    ):
        del os.environ[_name]
