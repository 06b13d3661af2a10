import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "reaches"),
    [("TREADLE_SHARED", True), ("TREADLE_SOAK", True), ("TREADLE_MODELS", False), ("REDIS_URL", False)],
)
def test_of_what_is_set_outside_only_what_tests_read_themselves_reaches_them(name: str, reaches: bool):
    look = f"import os, tests.environment; print({name!r} in os.environ)"

    told = subprocess.run(
        [sys.executable, "-c", look],
        cwd=ROOT,
        env=os.environ | {name: "given"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == str(reaches)
