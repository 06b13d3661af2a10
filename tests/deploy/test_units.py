"""deploy/systemd: units that systemd reads without complaint, fenced in, naming what is there."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
FENCES = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
    "User": "treadle",
}
services = pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")


def said(path: Path) -> dict[str, list[str]]:
    """What a unit says, by name."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


@services
def test_a_service_is_fenced_in(path: Path) -> None:
    unit = said(path)

    assert {name: unit.get(name, ["missing"])[-1] for name in FENCES} == FENCES
    assert unit["RestrictAddressFamilies"]


@services
def test_a_service_that_falls_over_starts_again_but_not_with_bad_settings(path: Path) -> None:
    unit = said(path)

    if path.name == "treadle-prepare.service":
        assert unit["Type"] == ["oneshot"]
    else:
        assert unit["Restart"] == ["always"]
        assert unit["MemoryMax"]
    if path.name in ("treadle-web.service", "treadle-worker@.service"):
        assert unit["RestartPreventExitStatus"] == ["78"]


@services
def test_a_command_names_real_modules(path: Path) -> None:
    words = said(path)["ExecStart"][0].split()

    if words[0] == "/opt/treadle/.venv/bin/python":
        assert words[2] in get_commands() if words[1] == "manage.py" else importlib.util.find_spec(words[2])
        for word in words:
            if word.startswith(("backend.", "workers.")):
                assert importlib.util.find_spec(word.split(":")[0])


def test_no_secret_has_a_value() -> None:
    text = (FOLDER / "treadle.env.example").read_text(encoding="utf-8")

    assert re.findall(r"^(TREADLE_\w+KEY)=(.*)$", text, re.MULTILINE) == [
        ("TREADLE_SECRET_KEY", ""),
        ("TREADLE_VAULT_KEY", ""),
    ]


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with the programs of this machine in place of those of the machine they are for."""
    for path in [*SERVICES, *FOLDER.glob("*.target")]:
        text = path.read_text(encoding="utf-8").replace("/opt/treadle/.venv/bin/python", sys.executable)
        text = text.replace("/opt/treadle", str(ROOT)).replace("/usr/bin/redis-server", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


@analyze
def test_systemd_finds_nothing_wrong(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(units.glob("treadle*")))],
        capture_output=True,
        text=True,
    )

    complaints = [line for line in done.stderr.splitlines() if "treadle" in line]
    assert complaints == []


@analyze
def test_systemd_would_notice_a_slip(units: Path) -> None:
    web = units / "treadle-web.service"
    web.write_text(web.read_text().replace("MemoryMax=1G", "MemoryMax=lots"))

    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(web)], capture_output=True, text=True)

    assert "treadle-web.service" in done.stderr
    assert "'lots'" in done.stderr


@analyze
@services
def test_systemd_calls_the_exposure_low(units: Path, path: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(units / path.name)],
        capture_output=True,
        text=True,
    )

    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stderr
    assert float(level[1]) < 3
