"""deploy/compose/compose.yaml: right by the schema, closed by default, and nothing secret has a default."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import get_commands

from tests.deploy.composition import FILLED, FOLDER, ROOT, Refused, example, variables, whole

SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
SECRETS = ("TREADLE_SECRET_KEY", "TREADLE_VAULT_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
SERVICES: dict[str, Any] = whole(FILLED)["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
named = pytest.mark.parametrize("name", list(SERVICES))


def test_the_file_is_right_by_the_schema() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(whole(FILLED))


def test_the_schema_would_notice_a_slip() -> None:
    slipped = whole(FILLED)
    slipped["services"]["web"]["comand"] = []

    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.Draft7Validator(SCHEMA).validate(slipped)


@pytest.mark.parametrize("name", [*SECRETS, "TREADLE_URL"])
def test_it_does_not_start_without_a_secret_and_says_which(name: str) -> None:
    with pytest.raises(Refused, match=rf"^Set {name} in \.env.*\.$"):
        whole({**FILLED, name: ""})


def test_the_example_holds_every_variable_and_no_secret() -> None:
    given = example()

    assert {name: given[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")
    assert {name for name, how in variables().items() if how == ":?"} <= set(given)
    assert set(given) - {"COMPOSE_PROJECT_NAME"} <= set(variables())


def test_the_example_as_it_is_does_not_start() -> None:
    with pytest.raises(Refused):
        whole(example())


def test_only_the_web_process_is_published_and_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    https = published.pop("caddy")
    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert SERVICES["caddy"]["profiles"] == ["https"]
    assert {port.split("/")[0] for port in https} == {"80:80", "443:443"}


def test_the_stores_are_on_a_network_without_a_way_out() -> None:
    networks = whole(FILLED)["networks"]

    assert networks["back"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["back"]
    assert "back" not in SERVICES["caddy"]["networks"]
    assert SERVICES["model"]["network_mode"] == "none"


@named
def test_a_service_has_limits_and_a_way_to_tell_how_it_is(name: str) -> None:
    service = SERVICES[name]

    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["pids_limit"] > 0
    assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")
    assert name in ("prepare", "caddy") or service["healthcheck"]["test"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", [*OURS, "redis", "caddy"])
def test_a_service_writes_only_where_it_must(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


@named
def test_what_a_service_names_is_there(name: str) -> None:
    service, file = SERVICES[name], whole(FILLED)
    volumes = [volume.split(":")[0] for volume in service.get("volumes", [])]

    assert set(service.get("networks", [])) <= set(file["networks"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in volumes:
        assert (FOLDER / volume).exists() if volume.startswith(".") else volume in file["volumes"]
    if "image" in service and name not in OURS:
        assert service["image"].split(":")[1] not in ("", "latest")


@pytest.mark.parametrize("name", OURS)
def test_a_command_names_real_modules(name: str) -> None:
    command = SERVICES[name]["command"]

    assert command[0] == "python"
    if command[1] == "-m":
        assert importlib.util.find_spec(command[2])
    else:
        assert command[1] == "manage.py"
        assert command[2] in get_commands()
    for word in command:
        if word.startswith(("backend.", "workers.")):
            assert importlib.util.find_spec(word.split(":")[0])


@pytest.mark.parametrize("name", [name for name in OURS if name != "model"])
def test_production_takes_the_environment(name: str, tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") and not k.endswith("_URL")}
    env = {**kept, **SERVICES[name]["environment"], "TREADLE_DATA": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert env["TREADLE_ENV"] == "production"


def test_a_weak_password_gets_past_compose_and_is_refused_by_treadle(tmp_path: Path) -> None:
    weak = whole({**FILLED, "REDIS_PASSWORD": "redis"})["services"]["worker"]["environment"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") and not k.endswith("_URL")}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**kept, **weak, "TREADLE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert "The password in REDIS_URL is too easy to guess." in done.stderr
