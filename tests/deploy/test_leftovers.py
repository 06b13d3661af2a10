"""What a command of a developer's starts ends with it, however it ends."""

import os
import subprocess
import sys
from pathlib import Path

LOCAL = Path(__file__).parents[2] / "deploy" / "local"

LEAVES = """
import subprocess, sys, time
subprocess.run(["sh", "-c", f"sleep {sys.argv[1]} >/dev/null 2>&1 & echo $!"], start_new_session=True)
time.sleep(float(sys.argv[2]))
sys.exit(3)
"""
"""Leaves a process that nobody waits for, in a session of its own, and goes with status 3."""

BEGIN = f"""
import subprocess, sys
from pathlib import Path
import leftovers
leftovers.adopt()
leaves = [sys.executable, "-c", {LEAVES!r}]
"""


def told(code: str) -> list[str]:
    """What a program prints that leaves something behind."""
    env = {**os.environ, "PYTHONPATH": str(LOCAL)}
    command = [sys.executable, "-c", BEGIN + code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_was_left_behind_is_ended():
    pid, was_found = told("""
left = int(subprocess.run([*leaves, "600", "0"], capture_output=True).stdout)
print(left, left in leftovers.end())
""")

    assert was_found == "True"
    assert not Path(f"/proc/{pid}").exists()


def test_what_was_left_behind_and_ends_by_itself_is_not_kept():
    assert told("""
process = subprocess.Popen([*leaves, "0.2", "1"], stdout=subprocess.PIPE)
left = int(process.stdout.readline())
assert leftovers.wait(process, 0.01) is None
print(leftovers.wait(process), Path(f"/proc/{left}").exists(), leftovers.end())
""") == ["3", "False", "[]"]
