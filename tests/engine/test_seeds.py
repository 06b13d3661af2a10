import subprocess
import sys
from pathlib import Path

from tests.engine.seeds import Seed

ROOT = Path(__file__).parents[2]
FAILING = """
from tests.engine.seeds import Seed

def test_that_fails():
    with Seed("SIMULATION", 7):
        assert 1 == 2
"""


def test_a_failing_seed_prints_itself(tmp_path: Path):
    file = tmp_path / "test_it.py"
    file.write_text(FAILING, "utf-8")

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-c", "/dev/null", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert told.returncode == 1
    assert "SIMULATION_FIRST=7 SIMULATION_SEEDS=1 repeats this." in told.stdout


def test_a_seed_that_passes_says_nothing():
    with Seed("SIMULATION", 7):
        pass
