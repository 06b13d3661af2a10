"""What a check asks a model, and what its answers say of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatChunk, ToolCall
from nodes.sdk.scripted import Reply, ScriptedModels
from tests.models.conformance import everything
from tests.models.fixtures import FakeOpenAI
from tests.models.test_guided import wish
from workers.models.router import ModelTarget, Router
from workers.models.rules import ModelRules
from workers.models.tool_check import QUESTIONS, TOOLS, Asked, ask_once, verdict
from workers.outgoing import AllowList, GuardedHttp

WEATHER = {"place": "Paris", "day": "2027-03-01", "units": "°C"}


@dataclass
class Asking:
    """A model with one reply, and the way in which it was asked."""

    reply: Reply
    ways: list[bool] = field(default_factory=list[bool])

    def asked(self, *, guided: bool) -> ScriptedModels:
        self.ways.append(guided)
        return ScriptedModels([self.reply])


def call(name: str, arguments: dict) -> Reply:
    return [ToolCall("c", name, arguments)]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (call("get_weather", WEATHER), (True, True)),
        (call("get_weather", {**WEATHER, "day": "2027-02-30"}), (False, True)),
        (call("send_email", {"to": "a@b", "subject": "", "body": ""}), (True, False)),
        ("It will rain.", (False, False)),
        (NodeError("bad_tool_call", "No JSON."), (False, False)),
        (NodeError("model_bad_request", "It knows no tools."), (False, False)),
    ],
)
async def test_an_answer_fits_or_not_and_is_right_or_not(reply: Reply, outcome: tuple[bool, bool]) -> None:
    asking: Asked = Asking(reply)

    assert await ask_once(asking, "m", 0, guided=False) == outcome


async def test_a_model_that_does_not_answer_is_no_verdict() -> None:
    with pytest.raises(NodeError, match="Not now"):
        await ask_once(Asking(NodeError("model_busy", "Not now.")), "m", 0, guided=True)


def test_each_tool_is_asked_for_equally_often() -> None:
    assert {
        name: [right for right, _ in QUESTIONS].count(name) for name in (tool.name for tool in TOOLS)
    } == {tool.name: 4 for tool in TOOLS}


def test_verdicts() -> None:
    assert verdict(20, 20, guided=False) == "ok"
    assert verdict(17, 20, guided=False) is None
    assert verdict(20, 15, guided=False) is None
    assert verdict(20, 12, guided=True) == "guided"
    assert verdict(20, 11, guided=True) == "weak"


@pytest.mark.parametrize("is_guided", [True, False])
async def test_a_model_that_needs_it_is_guided(fake_openai: FakeOpenAI, is_guided: bool) -> None:
    async def lookup(workspace_id: str, model_id: str, task: str) -> ModelTarget:
        return ModelTarget("openai_compatible", "fake-1", id="near/m", base_url=fake_openai.url)

    async def rules_of(workspace_id: str, model_id: str) -> ModelRules:
        return ModelRules(is_guided=is_guided)

    http = GuardedHttp(AllowList.parse(fake_openai.place))
    router = Router(lookup, http=http, rules_of=rules_of)
    models = router.for_workspace("ws")

    await _heard_or_failed(models.chat(wish()))
    await _heard_or_failed(models.asked(guided=not is_guided).chat(wish()))

    mine, other = fake_openai.asked[0]["json"], fake_openai.asked[-1]["json"]
    assert ("tools" not in mine) == is_guided
    assert ("tools" in other) == is_guided
    await router.close()
    await http.close()


async def _heard_or_failed(chunks: AsyncIterator[ChatChunk]) -> None:
    """The fake echoes what it hears, which is no choice of a tool; only what it was asked matters here."""
    try:
        await everything(chunks)
    except NodeError as error:
        assert error.code == "bad_tool_call"  # noqa: PT017
