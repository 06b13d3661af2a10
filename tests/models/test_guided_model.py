"""Tool calls of the practice model itself, through the real host: whatever it means, what it writes fits."""

import json
from collections.abc import AsyncIterator

import pytest

from bench.tool_cases import cases, tool
from nodes.sdk.models import ChatMessage, ChatRequest, ToolCall
from nodes.sdk.tool_arguments import fault_of
from tests.models.conformance import everything
from tests.models.fixtures import Host
from workers.models.router import Router, WorkspaceModels

pytestmark = pytest.mark.slow

# `make bench ARGS=tools` asks two hundred.
CASES = cases(5, seed=11)


@pytest.fixture
async def models(model_host: Host) -> AsyncIterator[WorkspaceModels]:
    router = Router(practice=str(model_host.socket))
    yield router.for_workspace("ws")
    await router.close()


def asked(question: str, **more: object) -> ChatRequest:
    return ChatRequest("practice", (ChatMessage("user", question),), seed=1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.question)
async def test_every_call_fits_its_tool(models: WorkspaceModels, case) -> None:
    request = asked(case.question, tools=case.tools, tool_choice="required")

    last = (await everything(models.chat(request)))[-1]

    offered = {one.name: one.parameters for one in case.tools}
    assert last.tool_calls
    for call in last.tool_calls:
        assert fault_of(call.arguments, offered[call.name]) == ""


@pytest.mark.parametrize("name", ["set_thermostat", "draw_chart", "add_calendar_event"])
async def test_data_is_within_its_ranges(models: WorkspaceModels, name: str) -> None:
    schema = dict(tool(name).parameters)

    chunks = await everything(models.chat(asked("The bedroom, 21 degrees.", schema=schema, max_tokens=600)))

    assert fault_of(json.loads("".join(c.text for c in chunks)), schema) == ""


async def test_an_answer_comes_after_the_results(models: WorkspaceModels) -> None:
    call = ToolCall("c1", "get_weather", {"place": "Rome"})
    messages = (
        ChatMessage("user", "Will it rain in Rome?"),
        ChatMessage("assistant", "", tool_calls=(call,)),
        ChatMessage("tool", "No rain in Rome.", answers="c1"),
    )
    request = ChatRequest(
        "practice", messages, tools=(tool("get_weather"),), tool_choice="none", max_tokens=30
    )

    chunks = await everything(models.chat(request))

    assert sum(bool(c.text) for c in chunks) > 1
    assert chunks[-1].tool_calls == ()
