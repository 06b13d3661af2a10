"""The scripted model: deterministic, slow on demand, able to fail."""

import asyncio
import time
from pathlib import Path

import pytest

from nodes.sdk.errors import NodeError
from tests.models.conformance import BackendContract, EmbeddingContract, ask, error_of, everything
from workers.models.scripted import Rule, ScriptedBackend

SCRIPT = """
rules:
  - when: Refund
    reply: Your money comes back within five days.
  - when: broken
    reply: one two three four
    after_words: 2
    error: {code: model_busy, message: Too much to do., retry_after_s: 3}
  - when: flaky
    times: 1
    error: {code: model_unreachable}
  - when: "{message}"
    reply: "<{message}>"
  - schema: true
    data: {topic: billing}
reply: "{message}"
"""


@pytest.fixture
def backend(tmp_path: Path) -> ScriptedBackend:
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT, encoding="utf-8")
    return ScriptedBackend.from_file(script)


class TestContract(BackendContract):
    """The scripted model is a ModelBackend."""


class TestEmbeddings(EmbeddingContract):
    """Its vectors, too."""


async def say(backend: ScriptedBackend, text: str) -> str:
    return "".join(chunk.text for chunk in await everything(backend.chat(ask(text))))


async def test_the_first_rule_that_fits_answers(backend: ScriptedBackend) -> None:
    assert await say(backend, "I want a refund!") == "Your money comes back within five days."
    assert await say(backend, "other") == "other"


async def test_a_rule_can_fail_after_some_words(backend: ScriptedBackend) -> None:
    stream = backend.chat(ask("broken"))

    assert [(await anext(stream)).text, (await anext(stream)).text] == ["one ", "two "]
    with pytest.raises(NodeError) as caught:
        await anext(stream)
    assert (caught.value.code, caught.value.retry, caught.value.retry_after_s) == ("model_busy", True, 3)


async def test_a_rule_can_hold_for_some_calls_only(backend: ScriptedBackend) -> None:
    assert (await error_of(backend.chat(ask("flaky")))).code == "model_unreachable"
    assert await say(backend, "flaky") == "flaky"


async def test_what_a_user_wrote_is_not_filled_in_again(backend: ScriptedBackend) -> None:
    assert await say(backend, "{message} {system}") == "<{message} {system}>"


async def test_words_can_come_slowly() -> None:
    backend = ScriptedBackend([Rule(when="slow", reply="a b c", delay_s=0.03)])
    stream = backend.chat(ask("slow"))

    started = time.monotonic()
    await everything(stream)

    assert time.monotonic() - started >= 0.09  # never faster than told; how much slower is no matter


async def test_a_slow_answer_can_be_cancelled() -> None:
    backend = ScriptedBackend(delay_s=60)
    task = asyncio.create_task(everything(backend.chat(ask("hi"))))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("rule", "says"), [({"wen": "x"}, "wen"), ({"error": {"code": "nope"}}, "nope")])
def test_a_mistake_in_a_script_is_named(rule: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Rule.from_json(rule)
