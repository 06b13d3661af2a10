"""Programs as servers of tools: started as the administrator's file says, and ended whole."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.tools.models import SourceTool, ToolSource
from nodes.sdk.errors import NodeError
from nodes.sdk.tool_sources import SourceCall, ToolAnswer
from tests.tools.conftest import HERE, web
from workers.tools import pipes
from workers.tools.mcp import McpTalk

Begin = Callable[..., McpTalk]


@pytest.fixture
async def begin(tmp_path: Path, settings: Any) -> AsyncIterator[Begin]:
    """A talk with a program; `command` in place of the official server."""
    begun: list[McpTalk] = []
    settings.TREADLE_TOOL_SERVERS = tmp_path / "servers.toml"

    def start(*command: str, env: tuple[str, ...] = (), workspaces: str = "all") -> McpTalk:
        command = command or (sys.executable, str(HERE / "program.py"))
        allowed = json.dumps(workspaces if workspaces == "all" else [workspaces])
        text = f"[servers.office]\ncommand = {json.dumps(command)}\nenv = {json.dumps(env)}\n"
        settings.TREADLE_TOOL_SERVERS.write_text(f"{text}workspaces = {allowed}\n")
        settings.TREADLE_TOOL_SERVERS.chmod(0o600)
        row = ToolSource(workspace_id=uuid4(), name="Office", kind="stdio", server="office")
        begun.append(McpTalk(row, web(1)))
        return begun[-1]

    yield start
    for one in begun:
        await one.close()
    assert pipes._running == {}


async def use(talk: McpTalk, name: str, *, writes: bool = True, **arguments: str) -> ToolAnswer:
    return await talk.call(SourceTool(name=name), SourceCall("", name, arguments, writes=writes, key="1"))


async def refused(talk: McpTalk, name: str = "", **more: Any) -> NodeError:
    with pytest.raises(NodeError) as error:
        await (use(talk, name, **more) if name else talk.look())
    return error.value


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_a_program_says_its_tools_and_does_what_it_is_asked(begin: Begin) -> None:
    talk = begin()

    looked = await talk.look()
    found = await use(talk, "find_order", number="A-17")

    assert [one.name for one in looked.tools] == ["find_order", "surroundings", "leave_behind", "die"]
    assert found.data == {"number": "A-17", "status": "on its way"}


async def test_it_gets_a_clean_world_and_only_the_variables_that_the_file_names(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFICE_KEY", "k3y-of-the-office")
    monkeypatch.setenv("ANOTHER_KEY", "k3y-of-another")

    seen = (await use(begin(env=("OFFICE_KEY",)), "surroundings")).data

    assert isinstance(seen, dict)
    assert seen["OFFICE_KEY"] == "***"  # what it repeats of them is masked
    assert set(seen) <= {
        "PATH",
        "HOME",
        "LANG",
        "TZ",
        "TMPDIR",
        "LC_CTYPE",
        "OFFICE_KEY",
        "FOLDER",
        "SESSION",
    }
    assert (seen["FOLDER"], seen["SESSION"]) == ("/", "True")


async def test_it_is_ended_with_all_that_it_started(begin: Begin) -> None:
    talk = begin()
    left = int((await use(talk, "leave_behind")).text)
    [own] = pipes._running
    assert is_there(left)

    await talk.close()

    for _ in range(100):
        if not is_there(left):
            break
        time.sleep(0.05)  # noqa: ASYNC251 - the system takes a moment to end it
    assert not is_there(left)
    assert not is_there(own)


async def test_one_that_dies_leaves_a_writing_call_unsure_and_is_started_anew(begin: Begin) -> None:
    talk = begin()

    first = await refused(talk, "die")
    again = await use(talk, "find_order", number="A-18")
    reading = await refused(talk, "die", writes=False)

    assert (first.code, first.retry) == ("tool_unsure", False)
    assert again.data == {"number": "A-18", "status": "on its way"}
    assert (reading.code, reading.retry) == ("tool_stopped", True)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("/no/such/program",), "tool_stopped", "cannot be started"),
        (("/bin/false",), "tool_stopped", "ended while"),
        (("/bin/sh", "-c", "echo Welcome; cat"), "tool_protocol", "no JSON"),
        (("/bin/sh", "-c", "read line; yes | tr -d '\\n'"), "answer_too_large", "bytes"),
        (("/bin/sh", "-c", "read line; yes '{}'"), "tool_protocol", "ever more"),
    ],
)
async def test_one_that_does_not_speak_comes_to_an_error_in_bounded_room(
    begin: Begin, command: tuple[str, ...], code: str, said: str
) -> None:
    error = await refused(begin(*command))

    assert error.code == code
    assert said in error.message


async def test_what_is_not_in_the_file_or_not_for_the_workspace_is_not_started(
    begin: Begin, settings: Any
) -> None:
    foreign = await refused(begin(workspaces=str(uuid4())))
    unset = await refused(begin(env=("NOBODY_SET_THIS",)))
    talk = begin()
    settings.TREADLE_TOOL_SERVERS.chmod(0o666)
    open_to_all = await refused(talk)
    settings.TREADLE_TOOL_SERVERS = None
    none = await refused(talk)

    assert (foreign.code, none.code) == ("no_such_tool_server", "no_such_tool_server")
    assert (unset.code, unset.retry) == ("tool_stopped", False)
    assert "NOBODY_SET_THIS" in unset.message
    assert "file" in open_to_all.message
