"""Reads compose.yaml the way docker compose does: merge keys, and variables from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "compose"
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}|\$(\w+)")

# A full .env, such as a careful person would write.
FILLED = {
    "TREADLE_URL": "https://treadle.example.com",
    "TREADLE_SECRET_KEY": "5b1f9c0e7a3d48268e47d1b6f0a9c35d2e",
    "TREADLE_VAULT_KEY": "c8e20f7b6d914a53b1720ce98f4d6a35e7",
    "POSTGRES_PASSWORD": "7d3f0b9e21c84a56",
    "REDIS_PASSWORD": "e05a9c72b84d1f36",
    "TREADLE_DOMAIN": "treadle.example.com",
}


class Refused(Exception):
    """Compose does not start: a variable that must be set is not. The text is the sentence it shows."""


def whole(env: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with the variables of `env` filled in. Raises Refused."""
    read = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    filled = _filled(read, env)
    for service in filled["services"].values():
        replicas = service["deploy"].get("replicas", 1)
        service["deploy"]["replicas"] = int(replicas)  # as compose does, knowing the schema
    return filled


def variables() -> dict[str, str]:
    """The variables that compose.yaml reads, and how: `:?`, `:-` or nothing."""
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    return {name: how for name, how, _, _ in _VARIABLE.findall(text) if name}


def example() -> dict[str, str]:
    """What .env.example says."""
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return dict(pairs)


def _filled(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, env) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, env) for item in value]
    return _VARIABLE.sub(lambda found: _value(found, env), value) if isinstance(value, str) else value


def _value(found: re.Match[str], env: Mapping[str, str]) -> str:
    name, how, more = found[1] or found[4], found[2], found[3]
    if name is None:
        return "$"
    if how == ":?" and not env.get(name):
        raise Refused(more)
    return env.get(name) or (more or "" if how == ":-" else "")
