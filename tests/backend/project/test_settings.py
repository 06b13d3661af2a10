"""What the environment decides, what is refused, and that nothing generated is out of date."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backend.project.checks import weak_settings
from backend.project.databases import database_from_url
from backend.project.paths import LONGEST_SOCKET_FOLDER, socket_dir

ROOT = Path(__file__).resolve().parents[3]


def started_with(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Loads the ASGI application in a process of its own, as the server does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    code = (
        "from backend.project.asgi import application; from django.conf import settings as s; import json;"
        "print(json.dumps([s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**clean, "TREADLE_DATA": str(tmp_path), **env},
        capture_output=True,
        text=True,
    )


def test_a_public_https_address_makes_cookies_secure(tmp_path: Path) -> None:
    done = started_with(tmp_path, TREADLE_URL="https://treadle.example", TREADLE_HOST="0.0.0.0")

    secure, hosts, origins = json.loads(done.stdout)
    assert secure is True
    assert "treadle.example" in hosts
    assert "0.0.0.0" not in hosts
    assert origins == ["https://treadle.example"]


def test_the_place_where_workers_reach_the_web_process_is_one_of_its_hosts(tmp_path: Path) -> None:
    done = started_with(tmp_path, TREADLE_INTERNAL_URL="http://web:8000", TREADLE_HOST="0.0.0.0")

    assert "web" in json.loads(done.stdout)[1]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"TREADLE_SECRET_KEY": "secret"}, "TREADLE_SECRET_KEY"),
        ({"TREADLE_SECRET_KEY": "a" * 64}, "TREADLE_SECRET_KEY"),
        ({"TREADLE_DEBUG": "1", "TREADLE_HOST": "0.0.0.0"}, "TREADLE_DEBUG"),
        ({"TREADLE_DEBUG": "1", "TREADLE_URL": "https://treadle.example"}, "TREADLE_DEBUG"),
        ({"TREADLE_ALLOWED_HOSTS": "*"}, "TREADLE_ALLOWED_HOSTS"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ],
)
def test_weak_settings_do_not_start(tmp_path: Path, env: dict[str, str], said: str) -> None:
    done = started_with(tmp_path, **env)

    assert done.returncode != 0
    assert said in done.stderr


def test_keys_that_others_can_read_are_refused(settings: Any, tmp_path: Path) -> None:
    settings.TREADLE_KEYS = tmp_path
    tmp_path.chmod(0o755)

    assert [error.id for error in weak_settings()] == ["treadle.E003"]


def test_sockets_have_a_short_path_however_long_the_data_folder_is(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()

    folder = socket_dir(long)

    assert len(str(folder)) <= LONGEST_SOCKET_FOLDER
    assert folder == socket_dir(long)
    assert folder != socket_dir(tmp_path)
    folder.rmdir()


def test_a_database_url_is_read(tmp_path: Path) -> None:
    postgres = database_from_url("postgresql://anna:p%40ss@db.example:5433/treadle?sslmode=require", tmp_path)
    sqlite = database_from_url("sqlite:////srv/treadle.db", tmp_path)

    assert (postgres["USER"], postgres["PASSWORD"], postgres["HOST"]) == ("anna", "p@ss", "db.example")
    assert (postgres["PORT"], postgres["NAME"]) == ("5433", "treadle")
    assert postgres["OPTIONS"] == {"sslmode": "require"}
    assert sqlite["NAME"] == "/srv/treadle.db"
    assert database_from_url(None, tmp_path)["NAME"] == str(tmp_path / "treadle.db")


def test_the_models_and_the_migrations_agree(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_description_that_the_front_end_is_built_from_is_up_to_date() -> None:
    out = StringIO()
    call_command("export_openapi", stdout=out)

    assert json.loads((ROOT / "frontend" / "openapi.json").read_text()) == json.loads(out.getvalue())
