"""A program of the administrator's file, used by a run: started on use, and never by looking."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from backend.accounts.models import Role, Workspace
from backend.tools.models import ToolSource
from tests.conftest import make_person
from tests.runs.stack import Stack, graph, node, until
from tests.tools.conftest import HERE


def test_a_program_is_started_by_who_uses_it_and_gone_afterwards(
    stack: Stack, settings: Any, tmp_path: Path
) -> None:
    starts, file = tmp_path / "starts", tmp_path / "servers.toml"
    command = json.dumps([sys.executable, str(HERE / "program.py"), str(starts)])
    file.write_text(f'[servers.office]\ncommand = {command}\nworkspaces = "all"\n')
    file.chmod(0o600)
    settings.TREADLE_TOOL_SERVERS = file
    stack.env["TREADLE_TOOL_SERVERS"] = str(file)
    stack.start_worker()
    ella = make_person("ella@example.com", Workspace.objects.create(name="Inn"), Role.EDITOR)

    [offered] = ella.client.get("/api/tools").json()["on_this_machine"]
    assert not starts.exists()
    added = ella.client.post(
        "/api/tools/machine", {"server": offered["server"], "name": "Office"}, "application/json"
    )
    row = ToolSource.objects.get(pk=added.json()["id"])

    def is_ready() -> bool:
        row.refresh_from_db()
        return row.state == "ready"

    until(is_ready, "a worker looked", stack.log_tail)
    tool = row.tools.get(name="find_order")
    chosen = {
        "source": str(row.pk),
        "name": tool.name,
        "digest": tool.digest,
        "effect": tool.effect,
        "input_schema": tool.input_schema,
    }
    use = node("use_tool", tool=chosen, arguments={"number": "{{ start_1.query }}"})
    drawn = graph(
        [node("start"), use, node("answer", text="{{ use_tool_1.data.status }}")],
        "start_1 -> use_tool_1",
        "use_tool_1 -> answer_1",
    )
    version = stack.app(drawn, ella.workspace)
    looks = len(starts.read_text().split())
    ella.client.get("/api/tools")
    assert len(starts.read_text().split()) == looks == 1

    run = stack.ended(stack.say(version, "A-17"))

    pids = [int(one) for one in starts.read_text().split()]
    assert (run.answer, len(pids)) == ("on its way", 2)
    until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "no program is left", stack.log_tail
    )
