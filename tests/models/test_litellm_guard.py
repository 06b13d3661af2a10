"""Every connection of LiteLLM passes the guard: no family reaches a private address, directly or redirected.

Should an upgrade of LiteLLM move the place where its transports are made, these tests fail.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator

import pytest

from backend.providers import known
from nodes.sdk.errors import NodeError
from nodes.sdk.media_by_script import tone
from nodes.sdk.models import Recording
from tests.models.conformance import ask, error_of
from tests.models.fixtures import FakeOpenAI
from workers.models.litellm_backend import EMBEDDERS, OPTIONS, PROVIDERS, RERANKERS, LiteLLMBackend
from workers.models.litellm_media import MEDIA, LiteLLMMedia
from workers.models.litellm_setup import litellm_library
from workers.outgoing import AllowList, GuardedHttp

_connects: list[object] | None = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _connects is not None and event == "socket.connect":
        _connects.append(arguments[1])


sys.addaudithook(_hear)


@pytest.fixture
def connects() -> Iterator[list[object]]:
    """Every address that any code of this process connects a Python socket to."""
    global _connects
    _connects = []
    yield _connects
    _connects = None


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library below some providers tries thrice in vain; here it does so without its pauses."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.0)


@pytest.fixture
async def http(fake_openai: FakeOpenAI):
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


def test_every_provider_that_is_offered_is_proven_here() -> None:
    offered = {provider.id: provider for provider in known.PROVIDERS}
    fields = {
        name: {field.name for field in one.fields} - {"api_key", "base_url"} for name, one in offered.items()
    }

    proven = {"chat": PROVIDERS, "embedding": EMBEDDERS, "rerank": RERANKERS, **MEDIA}
    for kind, families in proven.items():
        assert {name for name, one in offered.items() if kind in one.kinds} <= set(families)
    assert {name: more for name, more in fields.items() if more} == {k: set(v) for k, v in OPTIONS.items()}


def make(http: GuardedHttp, provider: str, base: str = "") -> LiteLLMBackend:
    options = {"aws_access_key_id": "AKIA0", "aws_secret_access_key": "s", "aws_region_name": "us-east-1"}
    key = "" if provider == "bedrock" else "k"
    model = "amazon.titan-embed-text-v2:0" if provider == "bedrock" else "some-model"
    return LiteLLMBackend(http, provider, model, api_key=key, base_url=base, options=options)


async def embedding_error(backend: LiteLLMBackend) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await backend.embed(["hi"], kind="query")
    return caught.value


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("base", ["http://169.254.169.254/v1", "http://[::ffff:169.254.169.254]/v1"])
async def test_a_link_local_address_is_refused(
    http: GuardedHttp, provider: str, base: str, connects: list[object]
) -> None:
    error = await error_of(make(http, provider, base).chat(ask("hi")))

    assert error.code == "address_refused"
    assert connects == []


@pytest.mark.parametrize("provider", EMBEDDERS)
@pytest.mark.parametrize("base", ["http://169.254.169.254/v1", "http://[::ffff:169.254.169.254]/v1"])
async def test_vectors_are_not_fetched_from_a_link_local_address(
    http: GuardedHttp, provider: str, base: str, connects: list[object]
) -> None:
    error = await embedding_error(make(http, provider, base))

    assert error.code == "address_refused"
    assert connects == []


@pytest.mark.parametrize("provider", EMBEDDERS)
async def test_vectors_are_not_fetched_where_a_redirect_leads(
    http: GuardedHttp, provider: str, fake_openai: FakeOpenAI, connects: list[object]
) -> None:
    error = await embedding_error(make(http, provider, f"http://{fake_openai.place}/redirect"))

    assert error.code == "address_refused"
    assert {address for address in connects if address != ("127.0.0.1", fake_openai.port)} == set()
    assert len(fake_openai.asked) == 1


async def ranking_error(backend: LiteLLMBackend) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await backend.rerank("hi", ["one", "two"])
    return caught.value


@pytest.mark.parametrize("provider", RERANKERS)
@pytest.mark.parametrize("base", ["http://169.254.169.254/v1", "http://[::ffff:169.254.169.254]/v1"])
async def test_rankings_are_not_fetched_from_a_link_local_address(
    http: GuardedHttp, provider: str, base: str, connects: list[object]
) -> None:
    error = await ranking_error(make(http, provider, base))

    assert error.code == "address_refused"
    assert connects == []


# Jina's requests go to /v1/rerank whatever path an address has.
@pytest.mark.parametrize("provider", [name for name in RERANKERS if name != "jina_ai"])
async def test_rankings_are_not_fetched_where_a_redirect_leads(
    http: GuardedHttp, provider: str, fake_openai: FakeOpenAI, connects: list[object]
) -> None:
    error = await ranking_error(make(http, provider, f"http://{fake_openai.place}/redirect"))

    assert error.code == "address_refused"
    assert {address for address in connects if address != ("127.0.0.1", fake_openai.port)} == set()
    assert len(fake_openai.asked) == 1


@pytest.mark.parametrize("provider", RERANKERS)
async def test_a_ranker_s_own_name_is_looked_up_by_the_guard_alone(
    provider: str, connects: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        names.append(host)
        return ["10.0.0.1"]

    http = GuardedHttp(AllowList(), lookup=lookup)
    await litellm_library()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    error = await ranking_error(make(http, provider))

    assert error.code == "address_refused"
    assert len(names) == 1
    assert connects == []
    await http.close()


async def media_error(http: GuardedHttp, provider: str, task: str, base: str = "") -> NodeError:
    backend = LiteLLMMedia(http, provider, "some-model", api_key="k", base_url=base)
    ask = {
        "transcription": lambda: backend.transcribe(Recording("audio/wav", tone(1)), language=""),
        "speech": lambda: backend.speak("hi", voice=""),
        "image": lambda: backend.draw("hi", size=""),
    }[task]
    with pytest.raises(NodeError) as caught:
        await ask()
    return caught.value


WAYS = [(provider, task) for task, families in MEDIA.items() for provider in families]


@pytest.mark.parametrize(("provider", "task"), WAYS)
@pytest.mark.parametrize("base", ["http://169.254.169.254/v1", "http://[::ffff:169.254.169.254]/v1"])
async def test_sounds_and_pictures_are_not_fetched_from_a_link_local_address(
    http: GuardedHttp, provider: str, task: str, base: str, connects: list[object]
) -> None:
    error = await media_error(http, provider, task, base)

    assert error.code == "address_refused"
    assert connects == []


@pytest.mark.parametrize(("provider", "task"), WAYS)
async def test_sounds_and_pictures_are_not_fetched_where_a_redirect_leads(
    http: GuardedHttp, provider: str, task: str, fake_openai: FakeOpenAI, connects: list[object]
) -> None:
    error = await media_error(http, provider, task, f"http://{fake_openai.place}/redirect")

    assert error.code == "address_refused"
    assert {address for address in connects if address != ("127.0.0.1", fake_openai.port)} == set()
    assert len(fake_openai.asked) == 1


# Azure has no name of its own: its address is the customer's.
@pytest.mark.parametrize(("provider", "task"), [way for way in WAYS if way[0] != "azure"])
async def test_the_name_of_who_hears_speaks_and_draws_is_looked_up_by_the_guard_alone(
    provider: str, task: str, connects: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        names.append(host)
        return ["10.0.0.1"]

    http = GuardedHttp(AllowList(), lookup=lookup)
    await litellm_library()
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    error = await media_error(http, provider, task)

    assert error.code == "address_refused"
    assert len(names) == 1
    assert connects == []
    await http.close()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_redirect_to_a_link_local_address_is_refused(
    http: GuardedHttp, provider: str, fake_openai: FakeOpenAI, connects: list[object]
) -> None:
    base = f"http://{fake_openai.place}/redirect"
    error = await error_of(make(http, provider, base).chat(ask("hi")))

    assert error.code == "address_refused"
    assert {address for address in connects if address != ("127.0.0.1", fake_openai.port)} == set()
    assert len(fake_openai.asked) == 1


# Azure and Ollama have no address of their own.
@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in ("azure", "ollama_chat")])
async def test_the_provider_s_own_name_is_looked_up_by_the_guard_alone(
    provider: str, connects: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        names.append(host)
        return ["10.0.0.1"]

    def no_other_look_up(*arguments: object, **more: object) -> None:
        raise AssertionError(f"looked up {arguments}")

    http = GuardedHttp(AllowList(), lookup=lookup)
    await litellm_library()
    monkeypatch.setattr(socket, "getaddrinfo", no_other_look_up)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    error = await error_of(make(http, provider).chat(ask("hi")))

    assert error.code == "address_refused"
    assert len(names) == 1
    assert connects == []
    await http.close()


async def test_outside_of_a_call_nothing_connects(connects: list[object], fake_openai: FakeOpenAI) -> None:
    litellm = await litellm_library()

    async def by_hand() -> None:
        await litellm.acompletion(
            model="openai/m", api_key="k", api_base=fake_openai.url, max_retries=0,
            messages=[{"role": "user", "content": "hi"}],
        )  # fmt: skip

    with pytest.raises(litellm.InternalServerError):
        await by_hand()
    with pytest.raises(litellm.InternalServerError):
        await asyncio.to_thread(
            litellm.completion, model="openai/m", api_key="k", api_base=fake_openai.url, max_retries=0,
            messages=[{"role": "user", "content": "hi"}],
        )  # fmt: skip

    assert connects == []


async def test_loading_the_library_connects_nowhere() -> None:
    code = (
        "import sys, asyncio\n"
        "seen = []\n"
        "sys.addaudithook(lambda e, a: seen.append((e, a[1:])) if e in"
        " ('socket.connect', 'socket.getaddrinfo') else None)\n"
        "from workers.models.litellm_setup import litellm_library\n"
        "library = asyncio.run(litellm_library())\n"
        "assert not library.callbacks and not library.success_callback and library.telemetry is False\n"
        "assert seen == [], seen\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)

    assert await process.wait() == 0
