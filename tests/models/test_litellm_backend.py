"""LiteLLM as a library, against a real listener that speaks six families' streams."""

import asyncio
import json
from base64 import b64encode

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatMessage, ChatRequest, ImageContent
from tests.models.conformance import BackendContract, EmbeddingContract, ask, error_of, everything
from tests.models.families import BASES, KEY
from tests.models.families import through_litellm as make
from tests.models.fixtures import FakeOpenAI, wait_until
from workers.models.endless import bounded
from workers.models.litellm_backend import LiteLLMBackend
from workers.outgoing import AllowList, GuardedHttp


@pytest.fixture
async def http(fake_openai: FakeOpenAI):
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


class TestContract(BackendContract):
    """OpenAI through LiteLLM is a ModelBackend."""

    @pytest.fixture
    def backend(self, http: GuardedHttp, fake_openai: FakeOpenAI) -> LiteLLMBackend:
        return make(http, fake_openai, "openai")


class TestEmbeddings(EmbeddingContract):
    """OpenAI's vectors through LiteLLM."""

    @pytest.fixture
    def backend(self, http: GuardedHttp, fake_openai: FakeOpenAI) -> LiteLLMBackend:
        return make(http, fake_openai, "openai")


@pytest.fixture(params=list(BASES))
def backend(request: pytest.FixtureRequest, http: GuardedHttp, fake_openai: FakeOpenAI) -> LiteLLMBackend:
    return make(http, fake_openai, request.param)


async def test_each_family_streams(backend: LiteLLMBackend) -> None:
    chunks = await everything(backend.chat(ask("one two three", temperature=0.2, seed=1, stop=("x",))))

    assert "".join(c.text for c in chunks).split() == ["one", "two", "three"]
    assert chunks[-1].finish == "stop"
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (7, 3)


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (400, {"model_bad_request"}),
        (401, {"model_auth"}),
        (404, {"model_missing"}),
        (429, {"model_rate_limited"}),
        (500, {"model_failed"}),
        (503, {"model_busy"}),
        (529, {"model_busy", "model_failed"}),
    ],
)
async def test_each_family_s_errors_become_our_codes(
    backend: LiteLLMBackend, status: int, codes: set[str]
) -> None:
    error = await error_of(backend.chat(ask(f"status {status}")))

    assert error.code in codes
    assert KEY not in error.message + error.hint


async def test_each_family_s_wish_to_wait_is_heard(backend: LiteLLMBackend) -> None:
    error = await error_of(backend.chat(ask("status 429")))

    assert (error.code, error.retry, error.retry_after_s) == ("model_rate_limited", True, 7)


async def test_each_family_s_stream_is_read_in_whatever_pieces_it_comes(backend: LiteLLMBackend) -> None:
    chunks = await everything(backend.chat(ask("bytes")))

    assert "".join(c.text for c in chunks).strip() == "bytes of 你好 🌍 and é"


@pytest.mark.parametrize("provider", ["openai", "bedrock", "ollama_chat"])
async def test_a_failure_in_mid_stream_is_no_end_of_the_reply(
    http: GuardedHttp, fake_openai: FakeOpenAI, provider: str
) -> None:
    error = await error_of(make(http, fake_openai, provider).chat(ask("late error")))

    assert error.retry
    assert error.code in {"model_busy", "model_rate_limited", "model_failed", "model_unreachable"}


async def test_each_family_is_left_in_the_middle(backend: LiteLLMBackend, fake_openai: FakeOpenAI) -> None:
    stream = backend.chat(ask("slow"))
    await anext(stream)

    await stream.aclose()  # type: ignore[attr-defined]

    await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_each_request_is_sent_once(backend: LiteLLMBackend, fake_openai: FakeOpenAI) -> None:
    await error_of(backend.chat(ask("status 503")))

    assert len(fake_openai.asked) == 1


async def test_a_stream_that_breaks_off_may_be_tried_again(backend: LiteLLMBackend) -> None:
    error = await error_of(backend.chat(ask("cut")))

    assert (error.code, error.retry) == ("model_unreachable", True)


async def test_a_silent_service_is_a_timeout(backend: LiteLLMBackend) -> None:
    backend._timeout_s = 0.3

    assert (await error_of(backend.chat(ask("silent")))).code == "model_timeout"


async def test_a_reply_without_end_is_ended(backend: LiteLLMBackend, fake_openai: FakeOpenAI) -> None:
    error = await error_of(bounded(backend.chat(ask("endless")), "fake-1"))

    assert (error.code, error.retry) == ("model_endless", False)
    await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_azure_is_asked_by_deployment_and_version_with_its_own_header(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    await everything(make(http, fake_openai, "azure", "my-deployment").chat(ask("hi")))

    [asked] = fake_openai.asked
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    assert asked["path"] == "/openai/deployments/my-deployment/chat/completions"
    assert headers["api-key"] == KEY
    assert "authorization" not in headers


async def test_bedrock_s_requests_are_signed_and_do_not_hold_the_key(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    await everything(make(http, fake_openai, "bedrock").chat(ask("hi")))

    [asked] = fake_openai.asked
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA0/")
    assert "/us-east-1/bedrock/" in headers["authorization"]
    assert KEY not in json.dumps(asked)


async def test_ollama_is_asked_in_its_own_words(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    await everything(make(http, fake_openai, "ollama_chat", "qwen3").chat(ask("hi", temperature=0.2, seed=1)))

    [asked] = fake_openai.asked
    assert (asked["path"], asked["json"]["model"], asked["json"]["stream"]) == ("/api/chat", "qwen3", True)
    assert asked["json"]["options"] == {"temperature": 0.2, "seed": 1}


async def test_a_known_model_has_a_price(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    chunks = await everything(make(http, fake_openai, "openai", "gpt-4o-mini").chat(ask("hi")))

    assert chunks[-1].usage is not None
    assert chunks[-1].usage.cost is not None
    assert 0 < chunks[-1].usage.cost < 0.001


async def test_an_unknown_model_has_none(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    chunks = await everything(make(http, fake_openai, "openai").chat(ask("hi")))

    assert chunks[-1].usage is not None
    assert chunks[-1].usage.cost is None


async def test_a_key_of_the_environment_is_not_used(
    http: GuardedHttp, fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-operator's")
    backend = LiteLLMBackend(http, "openai", "m", api_key="", base_url=fake_openai.url)

    assert (await error_of(backend.chat(ask("hi")))).code == "model_auth"
    assert fake_openai.asked == []


@pytest.mark.parametrize("provider", ["vertex_ai", "databricks", "sagemaker", "custom", ""])
async def test_a_family_that_was_not_proven_is_refused(http: GuardedHttp, provider: str) -> None:
    error = await error_of(LiteLLMBackend(http, provider, "m", api_key=KEY).chat(ask("hi")))

    assert error.code == "model_missing"


@pytest.mark.parametrize(
    ("text", "code"),
    [("status 401", "model_auth"), ("status 429", "model_rate_limited"), ("garbage", "model_failed")],
)
async def test_a_refused_embedding_has_our_code(
    http: GuardedHttp, fake_openai: FakeOpenAI, text: str, code: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await make(http, fake_openai, "openai").embed([text], kind="query")

    assert caught.value.code == code
    assert KEY not in caught.value.message


CAT = ImageContent("image/png", b"\x89PNG the cat", "cat.png")


def ask_with_picture(text: str) -> ChatRequest:
    return ChatRequest("m", (ChatMessage("user", text, images=(CAT,)),))


async def test_each_family_is_sent_the_picture_whole(
    backend: LiteLLMBackend, fake_openai: FakeOpenAI
) -> None:
    chunks = await everything(backend.chat(ask_with_picture("what is this")))

    assert "".join(c.text for c in chunks).split() == ["what", "is", "this"]
    assert b64encode(CAT.content).decode() in json.dumps(fake_openai.asked[-1]["json"])


async def test_each_family_s_no_to_pictures_is_heard(backend: LiteLLMBackend) -> None:
    error = await error_of(backend.chat(ask_with_picture("status 400 This model does not support images.")))

    assert error.code == "model_cannot_see"


async def test_a_model_whose_pictures_would_be_left_out_is_not_asked(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    """LiteLLM sends DeepSeek the words alone; of one of OpenAI's that its list is silent on, it decides."""
    base = f"http://{fake_openai.place}/v1"
    blind = LiteLLMBackend(http, "deepseek", "deepseek-chat", api_key=KEY, base_url=base, timeout_s=5)
    unknown = LiteLLMBackend(http, "openai", "gpt-4", api_key=KEY, base_url=base, timeout_s=5)
    before = len(fake_openai.asked)

    assert (await error_of(blind.chat(ask_with_picture("hi")))).code == "model_cannot_see"
    assert len(fake_openai.asked) == before
    await everything(unknown.chat(ask_with_picture("hi")))
    assert b64encode(CAT.content).decode() in json.dumps(fake_openai.asked[-1]["json"])
