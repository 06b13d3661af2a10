"""TREADLE_ENV=production: unsafe settings are refused with a sentence each, by every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KEY, VAULT, PASSWORD = "k3Jx" * 2 + "9fQz7LmW" * 4, "v8Tr" * 2 + "2bNc5HyD" * 4, "p7Wq3Zx9Lm2Vt6Rb"
SAFE = {
    "TREADLE_ENV": "production",
    "TREADLE_URL": "https://treadle.example.com",
    "TREADLE_HOST": "0.0.0.0",
    "TREADLE_SECRET_KEY": KEY,
    "TREADLE_VAULT_KEY": VAULT,
    "TREADLE_WORKERS": "2",
    "DATABASE_URL": f"postgresql://treadle:{PASSWORD}@db.internal/treadle",
    "REDIS_URL": f"redis://:{PASSWORD}@redis.internal:6379/0",
}
WEB = [sys.executable, "-m", "uvicorn", "backend.project.asgi:application", "--port", "0"]
WORKER = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-P", "threads", "-c", "1"]
CHECK = [sys.executable, "manage.py", "check"]


def started(command: list[str], data: Path, env: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
    """The command in SAFE settings, changed by `env`; None takes a setting away."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") and not k.endswith("_URL")}
    whole = {**clean, "TREADLE_DATA": str(data), **SAFE, **env}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={name: value for name, value in whole.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=100,
    )


UNSAFE = [
    ({"TREADLE_ENV": "prod"}, "TREADLE_ENV is 'prod'."),
    ({"TREADLE_DEBUG": "1"}, "Debugging is on"),
    ({"TREADLE_ALLOWED_HOSTS": "*"}, "TREADLE_ALLOWED_HOSTS allows every host."),
    ({"TREADLE_SECRET_KEY": None}, "TREADLE_SECRET_KEY is not set."),
    ({"TREADLE_SECRET_KEY": KEY[:31]}, "TREADLE_SECRET_KEY is too easy to guess."),
    ({"TREADLE_SECRET_KEY": "changeme-" + KEY}, "TREADLE_SECRET_KEY is too easy to guess."),
    ({"TREADLE_VAULT_KEY": None}, "TREADLE_VAULT_KEY is not set."),
    ({"TREADLE_VAULT_KEY": "a" * 64}, "TREADLE_VAULT_KEY is too easy to guess."),
    ({"TREADLE_VAULT_KEY": f"{VAULT},{VAULT}x"}, "TREADLE_VAULT_KEY is too easy to guess."),
    ({"TREADLE_VAULT_KEY": KEY}, "TREADLE_VAULT_KEY is the same as TREADLE_SECRET_KEY."),
    ({"TREADLE_URL": None}, "TREADLE_URL is not set."),
    ({"TREADLE_URL": "treadle.example.com"}, "TREADLE_URL is 'treadle.example.com'."),
    ({"TREADLE_URL": "https://treadle.example.com/app"}, "TREADLE_URL is "),
    ({"TREADLE_URL": "http://treadle.example.com"}, "TREADLE_URL is http"),
    ({"DATABASE_URL": None}, "Several workers cannot share a SQLite file."),
    ({"REDIS_URL": None}, "Several workers cannot share the embedded Redis."),
    ({"REDIS_URL": "redis://redis.internal/0"}, "REDIS_URL goes to another machine without a password."),
    ({"REDIS_URL": "rediss://:redis@redis.internal/0"}, "The password in REDIS_URL is too easy to guess."),
    ({"DATABASE_URL": "postgresql://treadle@db.internal/t"}, "DATABASE_URL goes to another machine without"),
    ({"DATABASE_URL": "postgresql:///t?host=db.internal"}, "DATABASE_URL goes to another machine without"),
    ({"DATABASE_URL": "postgres://t:postgres@db.internal/t"}, "The password in DATABASE_URL is too easy"),
    ({"TREADLE_MODELS": "scripted:x.yaml"}, "TREADLE_MODELS is set, which is for tests only."),
    ({"TREADLE_ENABLE_FAILPOINTS": "1"}, "TREADLE_ENABLE_FAILPOINTS is set"),
    ({"PORT": "http"}, "PORT is 'http'; it must be a whole number"),
    ({"TREADLE_WORKERS": "0"}, "TREADLE_WORKERS is '0'; it must be a whole number"),
]


@pytest.mark.parametrize(("env", "said"), UNSAFE, ids=[said.split(".")[0] for _, said in UNSAFE])
def test_an_unsafe_setting_is_refused_with_a_sentence(
    tmp_path: Path, env: dict[str, str | None], said: str
) -> None:
    done = started([sys.executable, "-c", "import backend.project.asgi"], tmp_path, env)

    assert done.returncode != 0
    assert said in done.stderr


def test_safe_settings_are_taken(tmp_path: Path) -> None:
    done = started(CHECK, tmp_path, {})

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [WEB, WORKER], ids=["web", "worker"])
def test_a_process_that_is_refused_says_all_of_it_and_shows_no_trace(
    tmp_path: Path, command: list[str]
) -> None:
    done = started(
        command, tmp_path, {"TREADLE_VAULT_KEY": None, "TREADLE_URL": "http://treadle.example.com"}
    )

    assert done.returncode == 78
    assert "- TREADLE_VAULT_KEY is not set." in done.stderr
    assert "- TREADLE_URL is http" in done.stderr
    assert "Traceback" not in done.stderr
    assert KEY not in done.stderr


def test_one_machine_may_keep_sqlite_and_its_own_redis(tmp_path: Path) -> None:
    done = started(CHECK, tmp_path, {"TREADLE_WORKERS": None, "DATABASE_URL": None, "REDIS_URL": None})

    assert done.returncode == 0, done.stderr


def test_a_try_on_ones_own_machine_needs_no_certificate(tmp_path: Path) -> None:
    done = started(CHECK, tmp_path, {"TREADLE_URL": "http://127.0.0.1:8000"})

    assert done.returncode == 0, done.stderr
