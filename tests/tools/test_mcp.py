"""Servers of the official package, asked by our client."""

from __future__ import annotations

import pytest

from backend.tools.models import SourceTool
from nodes.sdk.errors import NodeError
from nodes.sdk.tool_sources import SourceCall
from tests.tools.conftest import Serve, source, web
from workers.tools.lines import HttpLine
from workers.tools.mcp import McpTalk


def call(name: str, **arguments: str) -> SourceCall:
    return SourceCall("", name, arguments, writes=True, key="run:use_tool_1")


@pytest.mark.parametrize("way", ["json", "events", "sse"])
async def test_a_server_says_its_tools_and_does_what_it_is_asked(serve: Serve, way: str) -> None:
    port = await serve(way)
    talk = McpTalk(source(port, "/sse" if way == "sse" else "/mcp"), web(port))

    looked = await talk.look()
    found = await talk.call(SourceTool(name="find_order"), call("find_order", number="A-17"))
    drawn = await talk.call(SourceTool(name="picture"), call("picture"))
    await talk.close()

    assert [(one.name, one.title, one.reads) for one in looked.tools] == [
        ("find_order", "Find an order", True),
        ("picture", "", False),
        ("fail", "", False),
    ]
    assert found.data == {"number": "A-17", "status": "on its way"}
    assert [(made.name, made.content[:4]) for made in drawn.files] == [("image-1.png", b"\x89PNG")]


async def test_what_a_tool_says_went_wrong_is_an_error_in_its_words(serve: Serve) -> None:
    port = await serve("events")
    talk = McpTalk(source(port), web(port))

    with pytest.raises(NodeError) as failed:
        await talk.call(SourceTool(name="fail"), call("fail", why="the rain"))

    assert failed.value.code == "tool_failed"
    assert "because of the rain" in failed.value.message


async def test_a_changed_description_has_another_digest(serve: Serve) -> None:
    before = await serve("json")
    after = await serve("json", "changed")

    first = await McpTalk(source(before), web(before)).look()
    second = await McpTalk(source(after), web(after)).look()

    assert first.tools[0].digest != second.tools[0].digest
    assert [one.digest for one in first.tools[1:]] == [one.digest for one in second.tools[1:]]


async def test_a_server_that_restarts_is_talked_to_anew(serve: Serve) -> None:
    port = await serve("events")
    talk = McpTalk(source(port), web(port))
    await talk.look()
    line = talk._line
    assert isinstance(line, HttpLine)
    line._session = "forgotten"

    found = await talk.call(SourceTool(name="find_order"), call("find_order", number="A-18"))

    assert found.data == {"number": "A-18", "status": "on its way"}
