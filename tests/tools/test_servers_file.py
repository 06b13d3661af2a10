"""The administrator's file of programs: what it may say, and that a slip in it opens nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.checks import run_checks

from backend.tools.machine import BadServersFile, machine_servers, servers_shown
from tests.conftest import Person
from workers.heartbeat import tool_servers

OURS = UUID(int=7)
GOOD = f"""
[servers.files]
title = "Files of the office"
command = ["/bin/cat", "--root", "/srv"]
env = ["HOME"]
workspaces = ["{OURS}"]

[servers.clock]
command = ["/bin/cat"]
workspaces = "all"
"""


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    settings.TREADLE_TOOL_SERVERS = tmp_path / "servers.toml"
    settings.TREADLE_TOOL_SERVERS.write_text(GOOD)
    settings.TREADLE_TOOL_SERVERS.chmod(0o600)
    return settings.TREADLE_TOOL_SERVERS


def test_a_workspace_sees_its_programs_by_title_and_nothing_of_how_they_start(file: Path) -> None:
    assert servers_shown(OURS) == [
        {"server": "files", "title": "Files of the office"},
        {"server": "clock", "title": "clock"},
    ]
    assert servers_shown(uuid4()) == [{"server": "clock", "title": "clock"}]
    assert tool_servers() == {"tool_servers": {"state": "ok", "detail": "2 in the file"}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[servers", "not TOML"),
        ("", "tables named"),
        ('other = 1\n[servers.a]\ncommand = ["/bin/cat"]\nworkspaces = "all"', "nothing else"),
        ('[servers.a]\ncommand = ["/bin/cat"]', 'workspaces in [servers.a] is "all"'),
        ('[servers.a]\ncommand = ["/bin/cat"]\nworkspaces = "every"', "workspaces"),
        ('[servers.a]\ncommand = ["/bin/cat"]\nworkspaces = ["me"]', "workspaces"),
        ('[servers.a]\ncommand = ["/bin/cat"]\nworkspace = "all"', "no workspace."),
        ('[servers.a]\ncommand = "/bin/cat"\nworkspaces = "all"', "is a list"),
        ('[servers.a]\ncommand = ["cat"]\nworkspaces = "all"', "whole path"),
        ('[servers.a]\ncommand = []\nworkspaces = "all"', "is a list"),
        ('[servers.a]\ncommand = ["/bin/cat"]\nenv = ["TREADLE_VAULT_KEY"]\nworkspaces = "all"', "own"),
        ('[servers.a]\ncommand = ["/bin/cat"]\nenv = ["KEY=1"]\nworkspaces = "all"', "names of variables"),
        ('[servers.a]\ncommand = ["/bin/cat"]\ntitle = ""\nworkspaces = "all"', "title"),
        ('[servers."a b"]\ncommand = ["/bin/cat"]\nworkspaces = "all"', "no name"),
        (f"# {'x' * 200_000}", "larger"),
    ],
)
def test_a_file_with_a_slip_counts_for_nothing_and_says_why(file: Path, text: str, why: str) -> None:
    file.write_text(text)

    with pytest.raises(BadServersFile) as bad:
        machine_servers()

    assert why in str(bad.value)
    assert servers_shown(OURS) == []
    assert tool_servers()["tool_servers"]["state"] == "down"
    [warning] = run_checks(tags=["tools"])
    assert str(bad.value) in warning.msg


def test_a_file_that_others_can_write_counts_for_nothing(file: Path) -> None:
    file.chmod(0o620)

    with pytest.raises(BadServersFile, match="chmod go-w"):
        machine_servers()


def test_a_program_that_is_not_there_is_said_on_the_health_page(file: Path) -> None:
    file.write_text(GOOD.replace('"/bin/cat", "--root"', '"/no/such/program", "--root"'))

    part = tool_servers()["tool_servers"]

    assert part["state"] == "limited"
    assert part["detail"].startswith("1 of 2")
    assert "/no/such" not in part["detail"]


def test_no_route_names_a_program(file: Path, owner: Person) -> None:
    def add(**body: str) -> Any:
        return owner.client.post("/api/tools/machine", body, "application/json")

    clock = add(server="clock", name="Clock")
    source = clock.json()
    changed = owner.client.put(
        f"/api/tools/{source['id']}", {"name": "Watch", "auth": "oauth"}, "application/json"
    )

    assert (source["kind"], source["server"], source["address"]) == ("stdio", "clock", "")
    assert (changed.json()["auth"], changed.json()["server"]) == ("none", "clock")
    assert add(server="files", name="Files").json()["error"]["code"] == "no_such_tool_server"
    assert add(server="nothing", name="Files").json()["error"]["code"] == "no_such_tool_server"
    assert add(server="clock", name="X", command="/bin/sh").json()["error"]["code"] == "unknown_field"
    signing_in = owner.client.post(f"/api/tools/{source['id']}/sign-in", {}, "application/json")
    assert signing_in.json()["error"]["code"] == "sign_in_impossible"
    assert "/bin/cat" not in owner.client.get("/api/tools").content.decode()
