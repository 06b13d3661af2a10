"""llama.cpp's own server as the model host's child. What it makes of a real model, `test_host.py` asks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from nodes.sdk.models import ChatMessage, ChatRequest
from tests.models.conformance import error_of, everything
from tests.models.fixtures import ROOT, wait_until
from workers.models import llama_server_runtime
from workers.models.host_app import HostApp
from workers.models.llama_server_runtime import LlamaServerRuntime
from workers.models.router import Router
from workers.models.runtime import Ended, Job, Piece, Refused

STAND_IN = Path(__file__).with_name("stand_in_llama_server.py")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The stand-in, as a program."""
    made = tmp_path / "llama-server"
    made.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    made.chmod(0o755)
    return made


@pytest.fixture
def model(tmp_path: Path) -> Path:
    made = tmp_path / "model.gguf"
    made.write_text("a model")
    return made


@pytest.fixture
def no_model(tmp_path: Path) -> Path:
    made = tmp_path / "broken.gguf"
    made.write_text("something else")
    return made


@pytest.fixture
async def runtime(model: Path, program: Path) -> AsyncIterator[LlamaServerRuntime]:
    made = LlamaServerRuntime(model, str(program), slots=3, context=700, threads=2)
    await made.load()
    yield made
    await made.close()


def job(text: str, **more: Any) -> Job:
    return Job((ChatMessage("user", text),), max_tokens=20, **more)


async def said(runtime: LlamaServerRuntime, text: str, **more: Any) -> list[Piece]:
    return [piece async for piece in runtime.generate(job(text, **more))]


def noted(model: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (model.parent / name).read_text().splitlines()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_open(port: int) -> bool:
    """Whether somebody listens there: a process's threads may outlast it for a moment, with its sockets."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


async def test_it_is_started_on_loopback_with_slots_and_a_key_that_nobody_reads(
    runtime: LlamaServerRuntime, model: Path
) -> None:
    (started,) = noted(model, "started")

    arguments = started["arguments"]
    given = {name: value for name, value in pairwise(arguments) if name[0] == "-"}
    assert given["--host"] == "127.0.0.1"
    assert (given["--parallel"], given["--ctx-size"], given["--threads"]) == ("3", "2100", "2")
    key = started["environment"]["LLAMA_API_KEY"]
    assert len(key) >= 40
    assert key not in " ".join(arguments)
    assert "TREADLE_SECRET_KEY" not in started["environment"]


async def test_it_answers_word_by_word_and_is_bound_by_a_grammar(
    runtime: LlamaServerRuntime, model: Path
) -> None:
    pieces = await said(runtime, "hi", schema={"type": "integer"})

    assert [piece.text for piece in pieces] == ["You said hi.", ""]
    assert pieces[-1].finish == "stop"
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.completion_tokens == 4
    (asked,) = noted(model, "asked")
    assert "root ::=" in asked["grammar"]
    assert (asked["stream"], asked["max_tokens"]) == (True, 20)


async def test_what_it_does_not_take_is_refused(runtime: LlamaServerRuntime) -> None:
    with pytest.raises(Refused) as refused:
        await said(runtime, "too long")

    assert refused.value.code == "context_too_long"


async def test_several_are_answered_side_by_side_and_who_leaves_frees_a_slot(
    runtime: LlamaServerRuntime,
) -> None:
    endless = runtime.generate(job("go on"))
    await anext(endless)
    assert (await said(runtime, "hi"))[0].text == "You said hi."
    assert await busy(runtime) == 1

    await endless.aclose()  # type: ignore[attr-defined]

    for _ in range(500):
        if await busy(runtime) == 0:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the slot did not come free")


async def busy(runtime: LlamaServerRuntime) -> int:
    http, key = runtime._http, runtime._key  # pyright: ignore[reportPrivateUsage]
    assert http is not None
    headers = {"Authorization": f"Bearer {key}"}
    async with http.open("GET", str(http.base / "slots"), headers=headers) as response:
        return len(await response.json())


async def test_one_that_is_killed_says_so_and_is_started_again_with_the_next_question(
    runtime: LlamaServerRuntime, model: Path
) -> None:
    with pytest.raises(Ended) as ended:
        await said(runtime, "die")

    assert ended.value.was_killed
    assert await runtime.is_alive()
    assert (await said(runtime, "hi"))[0].text == "You said hi."
    first, second = (one["pid"] for one in noted(model, "started"))
    assert first != second


async def test_one_that_dies_between_two_questions_is_started_again(
    runtime: LlamaServerRuntime, model: Path
) -> None:
    (first,) = noted(model, "started")
    os.kill(first["pid"], signal.SIGKILL)
    arguments = first["arguments"]
    port = int(arguments[arguments.index("--port") + 1])
    await asyncio.to_thread(wait_until, lambda: not is_running(first["pid"]) and not is_open(port))

    assert (await said(runtime, "hi"))[0].text == "You said hi."


async def test_one_that_keeps_dying_is_left_alone_for_a_while(
    runtime: LlamaServerRuntime, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        with pytest.raises(Ended):
            await said(runtime, "die")

    for _ in range(2):
        with pytest.raises(Ended, match="3 times in a minute"):
            await said(runtime, "hi")
    assert len(noted(model, "started")) == 3

    monkeypatch.setattr(llama_server_runtime, "DEATHS_WITHIN_S", 0)
    assert (await said(runtime, "hi"))[0].text == "You said hi."


async def test_a_file_that_is_no_model_is_a_sentence(no_model: Path, program: Path) -> None:
    runtime = LlamaServerRuntime(no_model, str(program))

    with pytest.raises(RuntimeError, match="ended by itself"):
        await runtime.load()
    await runtime.close()


async def test_nothing_of_it_is_left_when_it_is_closed(model: Path, program: Path) -> None:
    runtime = LlamaServerRuntime(model, str(program))
    await runtime.load()
    (started,) = noted(model, "started")

    await runtime.close()

    assert not is_running(started["pid"])


async def test_a_step_reads_in_plain_words_that_the_model_was_stopped(
    runtime: LlamaServerRuntime, tmp_path: Path
) -> None:
    host = HostApp(runtime, name="practice", waiting=4, give_up=pytest.fail)
    runner = web.AppRunner(host.app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "m.sock")).start()
    router = Router(practice=str(tmp_path / "m.sock"))
    models = router.for_workspace("ws")
    try:
        in_the_middle = await error_of(models.chat(ChatRequest("practice", (ChatMessage("user", "die"),))))
        after = await everything(models.chat(ChatRequest("practice", (ChatMessage("user", "hi"),))))
    finally:
        await router.close()
        await runner.cleanup()

    assert (in_the_middle.code, in_the_middle.retry) == ("model_failed", True)
    assert "memory ran out" in in_the_middle.message
    assert "".join(chunk.text for chunk in after) == "You said hi."


def test_it_does_not_outlive_a_host_that_is_killed(model: Path, program: Path, tmp_path: Path) -> None:
    host = subprocess.Popen(
        [sys.executable, "-m", "workers.models.host", "--socket", str(tmp_path / "h"), "--model", str(model)],
        cwd=ROOT,
        env={**os.environ, "TREADLE_LLAMA": "auto", "TREADLE_LLAMA_SERVER": str(program)},
    )
    try:
        wait_until(lambda: (tmp_path / "started").exists(), 60)
        (started,) = noted(model, "started")
        assert is_running(started["pid"])
    finally:
        host.kill()
        host.wait(10)

    wait_until(lambda: not is_running(started["pid"]))
