"""The straight path, against a real listener."""

import asyncio
from base64 import b64encode

import pytest

from nodes.sdk.errors import NodeError
from nodes.sdk.models import ChatMessage, ChatRequest, ImageContent
from tests.models.conformance import BackendContract, EmbeddingContract, ask, error_of, everything
from tests.models.fixtures import FakeOpenAI, wait_until
from workers.models.openai_backend import OpenAIBackend
from workers.outgoing import AllowList, GuardedHttp

KEY = "sk-very-secret"


@pytest.fixture
async def http(fake_openai: FakeOpenAI):
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


@pytest.fixture
def backend(http: GuardedHttp, fake_openai: FakeOpenAI) -> OpenAIBackend:
    return OpenAIBackend(http, fake_openai.url, "fake-1", api_key=KEY, title="here/fake-1", silence_s=5)


class TestContract(BackendContract):
    """The straight path is a ModelBackend."""


class TestEmbeddings(EmbeddingContract):
    """Its vectors, too."""


async def test_what_is_sent_is_openai_s_json(backend: OpenAIBackend, fake_openai: FakeOpenAI) -> None:
    await everything(backend.chat(ask("hi", temperature=0.1, max_tokens=9, seed=3, stop=("x",))))

    sent = fake_openai.asked[-1]
    assert sent["headers"]["Authorization"] == f"Bearer {KEY}"
    assert sent["json"] == {
        "model": "fake-1",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.1,
        "max_tokens": 9,
        "seed": 3,
        "stop": ["x"],
    }


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (400, "model_bad_request", False),
        (401, "model_auth", False),
        (403, "model_auth", False),
        (404, "model_missing", False),
        (408, "model_timeout", True),
        (413, "context_too_long", False),
        (422, "model_bad_request", False),
        (429, "model_rate_limited", True),
        (500, "model_failed", True),
        (502, "model_failed", True),
        (503, "model_busy", True),
        (504, "model_timeout", True),
        (529, "model_busy", True),
    ],
)
async def test_a_status_becomes_a_code(backend: OpenAIBackend, status: int, code: str, retry: bool) -> None:
    error = await error_of(backend.chat(ask(f"status {status}")))

    assert (error.code, error.retry) == (code, retry)
    assert "here/fake-1" in error.message
    assert error.hint


async def test_an_error_never_shows_the_key(backend: OpenAIBackend) -> None:
    error = await error_of(backend.chat(ask("status 400")))

    assert "for key" in error.message
    assert KEY not in error.message + error.hint + repr(error)


async def test_a_rate_limit_says_how_long_to_wait(backend: OpenAIBackend) -> None:
    assert (await error_of(backend.chat(ask("status 429")))).retry_after_s == 7


async def test_a_stream_cut_into_bytes_reads_the_same(backend: OpenAIBackend) -> None:
    chunks = await everything(backend.chat(ask("bytes")))

    assert "".join(c.text for c in chunks).strip() == "bytes of 你好 🌍 and é"


async def test_lines_may_end_as_on_windows(backend: OpenAIBackend) -> None:
    chunks = await everything(backend.chat(ask("crlf")))

    assert "".join(c.text for c in chunks).strip() == "crlf"


async def test_a_service_that_does_not_stream_is_understood(backend: OpenAIBackend) -> None:
    chunks = await everything(backend.chat(ask("whole")))

    assert [c.text for c in chunks] == ["whole", ""]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


async def test_missing_usage_is_estimated(backend: OpenAIBackend) -> None:
    last = (await everything(backend.chat(ask("no usage"))))[-1]

    assert last.usage is not None
    assert last.usage.prompt_tokens > 0


async def test_reasoning_is_kept_apart(backend: OpenAIBackend) -> None:
    chunks = await everything(backend.chat(ask("think")))

    assert "".join(c.reasoning for c in chunks) == "Hm."
    assert "Hm." not in "".join(c.text for c in chunks)


async def test_a_stream_that_breaks_off_may_be_tried_again(backend: OpenAIBackend) -> None:
    error = await error_of(backend.chat(ask("cut")))

    assert (error.code, error.retry) == ("model_unreachable", True)


async def test_an_error_in_the_stream_is_an_error(backend: OpenAIBackend) -> None:
    assert (await error_of(backend.chat(ask("late error")))).code == "model_busy"


async def test_a_stream_of_nonsense_is_a_failure(backend: OpenAIBackend) -> None:
    assert (await error_of(backend.chat(ask("garbage")))).code == "model_failed"


async def test_a_silent_service_is_a_timeout(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    backend = OpenAIBackend(http, fake_openai.url, "fake-1", silence_s=0.2)

    error = await error_of(backend.chat(ask("silent")))

    assert (error.code, error.retry) == ("model_timeout", True)


async def test_a_service_that_is_not_there_is_unreachable(http: GuardedHttp) -> None:
    http.allow |= AllowList.parse("127.0.0.1:9")

    error = await error_of(OpenAIBackend(http, "http://127.0.0.1:9/v1", "m").chat(ask("hi")))

    assert (error.code, error.retry) == ("model_unreachable", True)


async def test_leaving_closes_the_connection(backend: OpenAIBackend, fake_openai: FakeOpenAI) -> None:
    stream = backend.chat(ask("slow"))
    await anext(stream)

    await stream.aclose()  # type: ignore[attr-defined]

    await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_a_finished_answer_leaves_its_connection_for_the_next(
    backend: OpenAIBackend, http: GuardedHttp
) -> None:
    for _ in range(3):
        await everything(backend.chat(ask("hi")))

    connector = http._sessions.session(allow_listed=True).connector
    assert connector is not None
    assert sum(len(idle) for idle in connector._conns.values()) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("base", ["http://169.254.169.254/v1", "http://127.0.0.1:1/v1", "http://[::1]/v1"])
async def test_a_private_address_is_refused(http: GuardedHttp, base: str) -> None:
    assert (await error_of(OpenAIBackend(http, base, "m").chat(ask("hi")))).code == "address_refused"


async def test_a_redirect_is_not_followed(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    backend = OpenAIBackend(http, f"http://{fake_openai.place}/redirect", "m", api_key=KEY)

    assert (await error_of(backend.chat(ask("hi")))).code == "address_refused"
    assert len(fake_openai.asked) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("status 401", "model_auth"), ("status 404", "model_missing"), ("status 503", "model_busy"),
     ("garbage", "model_failed")],
)  # fmt: skip
async def test_a_refused_embedding_has_our_code(backend: OpenAIBackend, text: str, code: str) -> None:
    with pytest.raises(NodeError) as caught:
        await backend.embed([text], kind="query")

    assert caught.value.code == code
    assert KEY not in caught.value.message


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("intfloat/multilingual-e5-large", "query: hi"),
        ("nomic-embed-text:v1.5", "search_query: hi"),
        ("multilingual-e5-large-instruct", "hi"),
        ("text-embedding-3-small", "hi"),
        ("dove5-base", "hi"),
    ],
)
async def test_families_get_the_word_in_front_that_they_were_trained_with(
    http: GuardedHttp, fake_openai: FakeOpenAI, model: str, sent: str
) -> None:
    await OpenAIBackend(http, fake_openai.url, model).embed(["hi"], kind="query")

    assert fake_openai.asked[-1]["json"] == {"model": model, "input": [sent], "encoding_format": "float"}


CAT = ImageContent("image/png", b"\x89PNG the cat", "cat.png")


def ask_with_picture(text: str) -> ChatRequest:
    return ChatRequest("m", (ChatMessage("system", "Be brief."), ChatMessage("user", text, images=(CAT,))))


async def test_a_picture_travels_with_the_words_of_its_message(
    backend: OpenAIBackend, fake_openai: FakeOpenAI
) -> None:
    chunks = await everything(backend.chat(ask_with_picture("what is this")))

    assert "".join(c.text for c in chunks).split() == ["what", "is", "this"]
    url = "data:image/png;base64," + b64encode(CAT.content).decode()
    assert fake_openai.asked[-1]["json"]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this"},
                {"type": "image_url", "image_url": {"url": url}},
            ],
        },
    ]


# As OpenAI, OpenRouter, vLLM, DeepSeek, Mistral, llama.cpp and Groq say it.
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Invalid content type. image_url is only supported by certain models."),
        (404, "No endpoints found that support image input"),
        (400, "At most 0 image(s) may be provided in one prompt."),
        (400, "fake-1 is not a multimodal model"),
        (422, "messages[0]: unknown variant `image_url`, expected `text`"),
        (400, "Image input is not enabled for this model"),
        (500, "image input is not supported - hint: you may need to provide the mmproj"),
        (400, "messages[0].content must be a string"),
        (400, "This model does not support images"),
    ],
)
async def test_a_service_s_no_to_pictures_has_a_code_of_its_own(
    backend: OpenAIBackend, status: int, words: str
) -> None:
    error = await error_of(backend.chat(ask_with_picture(f"status {status} {words}")))
    assert (error.code, error.retry) == ("model_cannot_see", False)
    assert error.hint

    error = await error_of(backend.chat(ask(f"status {status} {words}")))
    assert error.code != "model_cannot_see"


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (400, "Unsupported image type: the image format is not supported", "model_bad_request"),
        (400, "The image data you provided does not represent a valid image", "model_bad_request"),
        (413, "Payload too large", "picture_too_large"),
        (429, "This model does not support images that fast", "model_rate_limited"),
    ],
)
async def test_what_is_wrong_with_a_picture_is_not_taken_for_blindness(
    backend: OpenAIBackend, status: int, words: str, code: str
) -> None:
    assert (await error_of(backend.chat(ask_with_picture(f"status {status} {words}")))).code == code


async def test_a_model_known_to_be_blind_is_sent_no_picture(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    blind = OpenAIBackend(http, fake_openai.url, "fake-1", is_blind=True)
    before = len(fake_openai.asked)

    assert (await error_of(blind.chat(ask_with_picture("hi")))).code == "model_cannot_see"
    assert len(fake_openai.asked) == before
    assert await everything(blind.chat(ask("hi")))
