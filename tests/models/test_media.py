"""Models that hear, speak and draw: at an OpenAI-compatible address, and through LiteLLM."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

import pytest
import redis.asyncio

from nodes.sdk.errors import CODES, NodeError
from nodes.sdk.media_by_script import MediaByScript, square_of, tone
from nodes.sdk.models import Made, MediaTask, Price, Recording, Transcript, Usage
from tests.models.fixtures import FakeOpenAI, wait_until
from workers.engine.budget import Budget
from workers.engine.metered import MeteredModels
from workers.models.allowance import Allowance
from workers.models.litellm_media import MEDIA, LiteLLMMedia, media_price_of
from workers.models.media import MediaBackend
from workers.models.openai_media import OpenAIMedia
from workers.models.router import ModelTarget, Router
from workers.models.rules import Limits, ModelRules
from workers.models.scripted import ScriptedBackend
from workers.outgoing import AllowList, GuardedHttp

KEY = "sk-very-secret"
STRAIGHT = "straight"
TASKS: tuple[MediaTask, ...] = ("transcription", "speech", "image")


@pytest.fixture
async def http(fake_openai: FakeOpenAI):
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


@dataclass
class Way:
    """A kind of work, and by which way it is asked for."""

    task: MediaTask
    door: str

    def backend(self, http: GuardedHttp, fake: FakeOpenAI, *, patience_s: float = 5) -> MediaBackend:
        if self.door == STRAIGHT:
            return OpenAIMedia(http, fake.url, "m", api_key=KEY, title="here/m", timeout_s=patience_s)
        base = f"http://{fake.place}" if self.door == "azure" else fake.url
        return LiteLLMMedia(
            http, self.door, "m", api_key=KEY, base_url=base, title="here/m", timeout_s=patience_s
        )


WAYS = [Way(task, door) for task in TASKS for door in (STRAIGHT, *MEDIA[task])]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.task}-{way.door}")
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


def recording(said: str) -> Recording:
    return Recording("audio/ogg", b"OggS\x00" + said.encode(), "../note.php")


async def ask(backend: MediaBackend, task: MediaTask, said: str) -> Transcript | Made:
    if task == "transcription":
        return await backend.transcribe(recording(said), language="en")
    if task == "speech":
        return await backend.speak(said, voice="nova")
    return await backend.draw(said, size="1024x1024")


async def error_of(backend: MediaBackend, task: MediaTask, said: str) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await ask(backend, task, said)
    assert caught.value.code in CODES
    assert KEY not in caught.value.message + caught.value.hint
    return caught.value


async def test_what_is_asked_for_comes_back(http: GuardedHttp, fake_openai: FakeOpenAI, way: Way) -> None:
    answer = await ask(way.backend(http, fake_openai), way.task, "Hello")

    wanted = {"transcription": "Hello", "speech": tone(5), "image": square_of("Hello")}
    assert (answer.text if isinstance(answer, Transcript) else answer.content) == wanted[way.task]
    assert answer.model == "here/m"
    assert answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    if isinstance(answer, Made):
        # What it is was found out: the fake says something else of it.
        assert answer.mime == {"speech": "audio/wav", "image": "image/png"}[way.task]


async def test_the_settings_and_the_key_go_along_once(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: Way
) -> None:
    await ask(way.backend(http, fake_openai), way.task, "Hello")

    (asked,) = fake_openai.asked
    said, headers = asked["json"], {name.lower(): value for name, value in asked["headers"].items()}
    assert headers.get("authorization", headers.get("api-key", "")).removeprefix("Bearer ") == KEY
    if way.task == "transcription":
        assert (said["language"], said["kind"], said["size"]) == ("en", "audio/ogg", 10)
        assert said["file"] == "recording.ogg"
    elif way.task == "speech":
        assert (said["input"], said["voice"]) == ("Hello", "nova")
    else:
        assert (said["prompt"], said["size"], said["n"]) == ("Hello", "1024x1024", 1)


@pytest.mark.parametrize(
    ("said", "code", "wait_s"),
    [
        ("status 400", "model_bad_request", None),
        ("status 401", "model_auth", None),
        ("status 404", "model_missing", None),
        ("status 429", "model_rate_limited", 7),
        ("status 500", "model_failed", 7),
        ("status 503", "model_busy", 7),
        ("garbage", "model_failed", None),
    ],
)
async def test_what_is_no_answer_has_our_code(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: Way, said: str, code: str, wait_s: float | None
) -> None:
    error = await error_of(way.backend(http, fake_openai), way.task, said)

    assert (error.code, error.retry_after_s) == (code, wait_s)
    assert len(fake_openai.asked) == 1


async def test_a_recording_that_is_too_large_for_the_service_is_said_to_be_so(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    for door in (STRAIGHT, "openai"):
        way = Way("transcription", door)
        assert (await error_of(way.backend(http, fake_openai), way.task, "status 413")).code == (
            "sound_too_large"
        )


async def test_an_answer_that_breaks_off_is_none(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: Way
) -> None:
    error = await error_of(way.backend(http, fake_openai), way.task, "cut")

    assert error.code == "model_unreachable"
    assert len(fake_openai.asked) == 1


@pytest.mark.parametrize("said", ["silent", "drip"])
async def test_a_service_that_does_not_come_to_an_end_is_left(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: Way, said: str
) -> None:
    error = await error_of(way.backend(http, fake_openai, patience_s=0.4), way.task, said)

    assert error.code == "model_timeout"
    if said == "drip":
        await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_an_answer_without_measure_is_not_taken_in(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: Way
) -> None:
    error = await error_of(way.backend(http, fake_openai, patience_s=60), way.task, "huge")

    assert error.code == "answer_too_large"
    await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_nobody_listening_is_unreachable(way: Way) -> None:
    http = GuardedHttp(AllowList.parse("127.0.0.1:9"))
    base = "http://127.0.0.1:9/v1"
    backend: MediaBackend = OpenAIMedia(http, base, "m")
    if way.door != STRAIGHT:
        backend = LiteLLMMedia(http, way.door, "m", api_key=KEY, base_url=base)

    assert (await error_of(backend, way.task, "hi")).code == "model_unreachable"
    await http.close()


DRAWERS = [one for one in WAYS if one.task == "image"]


@pytest.mark.parametrize("drawer", DRAWERS, ids=lambda one: one.door)
async def test_a_picture_at_an_address_is_fetched_without_the_key(
    http: GuardedHttp, fake_openai: FakeOpenAI, drawer: Way
) -> None:
    made = await drawer.backend(http, fake_openai).draw("address", size="")

    assert made.content == square_of("there")
    fetched = [one for one in fake_openai.asked if one["path"].startswith("/pictures/")]
    assert [one["path"] for one in fetched] == ["/pictures/on", "/pictures/there"]
    assert all(KEY not in str(one["headers"]) for one in fetched)


@pytest.mark.parametrize("drawer", DRAWERS, ids=lambda one: one.door)
@pytest.mark.parametrize("words", ["far address", "far redirect"])
async def test_a_picture_at_a_private_address_is_refused(
    http: GuardedHttp, fake_openai: FakeOpenAI, drawer: Way, words: str
) -> None:
    assert (await error_of(drawer.backend(http, fake_openai), "image", words)).code == "address_refused"


@pytest.mark.parametrize("drawer", DRAWERS, ids=lambda one: one.door)
@pytest.mark.parametrize("words", ["round", "gone", "no base64", "page", "nothing"])
async def test_what_is_no_picture_is_not_taken_for_one(
    http: GuardedHttp, fake_openai: FakeOpenAI, drawer: Way, words: str
) -> None:
    assert (await error_of(drawer.backend(http, fake_openai), "image", words)).code == "model_failed"


async def test_a_picture_within_its_address_is_read(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    made = await Way("image", STRAIGHT).backend(http, fake_openai).draw("within", size="")

    assert made.content == square_of("within")
    assert "size" not in fake_openai.asked[0]["json"]


async def test_what_counts_are_pictures_minutes_and_characters(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    backend = Way("image", STRAIGHT).backend(http, fake_openai)

    heard = await backend.transcribe(recording("Hello"), language="")
    said = await backend.speak("Hello", voice="")
    drawn = await backend.draw("Hello", size="")

    assert (heard.units, said.units, drawn.units) == (1.5, 5 / 1_000_000, 1)
    assert drawn.usage == Usage(11, 200)


async def test_a_listed_model_has_its_price(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    def model(name: str) -> LiteLLMMedia:
        return LiteLLMMedia(http, "openai", name, api_key=KEY, base_url=fake_openai.url)

    heard = await model("whisper-1").transcribe(recording("Hello"), language="")
    said = await model("tts-1").speak("Hello", voice="")
    drawn = await model("gpt-image-1").draw("Hello", size="")
    unknown = await model("of-tomorrow").draw("Hello", size="")

    assert heard.usage.cost == pytest.approx(90 * 0.0001)
    assert said.usage.cost == pytest.approx(5 * 15e-6)
    assert drawn.usage.cost == pytest.approx(11 * 5e-6 + 200 * 4e-5)
    assert unknown.usage.cost is None
    assert await media_price_of("openai", "whisper-1", "transcription") == Price(unit=pytest.approx(0.006))


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "bedrock"])
@pytest.mark.parametrize("task", TASKS)
async def test_a_family_that_was_not_proven_is_not_asked(
    http: GuardedHttp, fake_openai: FakeOpenAI, provider: str, task: MediaTask
) -> None:
    backend = LiteLLMMedia(http, provider, "m", api_key=KEY, base_url=fake_openai.url)

    assert (await error_of(backend, task, "hi")).code == "model_bad_request"
    assert fake_openai.asked == []


async def test_without_a_key_the_environment_s_is_not_taken(
    http: GuardedHttp, fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    backend = LiteLLMMedia(http, "openai", "m", api_key="", base_url=fake_openai.url)

    assert (await error_of(backend, "speech", "hi")).code == "model_auth"
    assert fake_openai.asked == []


def router_of(
    http: GuardedHttp,
    fake: FakeOpenAI,
    rules: dict[str, ModelRules] | None = None,
    allowance: Allowance | None = None,
) -> Router:
    """A workspace with the models "near/m", its usual one for all, and "far/m"; "broken/x" is no place."""

    async def lookup(workspace_id: str, model_id: str, task: str) -> ModelTarget | None:
        assert task in TASKS
        near = ModelTarget("openai_compatible", "m", id="near/m", base_url=fake.url)
        base = f"http://{fake.place}"
        return {
            "": near,
            "near/m": near,
            "far/m": ModelTarget(
                "litellm", "m", id="far/m", provider="openai", api_key=KEY, base_url=f"{base}/v1"
            ),
            "broken/x": ModelTarget("openai_compatible", "x", id="broken/x", base_url=f"{base}/no"),
            "gguf/tiny": ModelTarget("local", "f" * 32, id="gguf/tiny", base_url="/models/tiny.gguf"),
        }.get(model_id)

    async def rules_of(workspace_id: str, model_id: str) -> ModelRules:
        return (rules or {}).get(model_id, ModelRules())

    return Router(lookup, http=http, rules_of=rules_of, allowance=allowance)


async def test_no_name_is_the_workspace_s_usual_one(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    models = router_of(http, fake_openai).for_workspace("ws")

    heard = await models.transcribe(recording("Hello"))
    said = await models.speak("Hello")
    drawn = await models.draw("Hello")

    assert (heard.model, said.model, drawn.model) == ("near/m", "near/m", "near/m")
    assert fake_openai.asked[1]["json"]["voice"] == "alloy"


async def test_without_a_usual_one_the_model_is_missing() -> None:
    models = Router().for_workspace("ws")

    for ask_for, does in (
        (lambda: models.transcribe(recording("hi")), "writes down"),
        (lambda: models.speak("hi"), "says texts aloud"),
        (lambda: models.draw("hi"), "draws"),
    ):
        with pytest.raises(NodeError, match=does) as caught:
            await ask_for()
        assert (caught.value.code, caught.value.retry) == ("model_missing", False)


@pytest.mark.parametrize("model", ["practice", "multilingual-e5-small", "gguf/tiny"])
async def test_models_that_run_here_do_none_of_it(
    http: GuardedHttp, fake_openai: FakeOpenAI, model: str
) -> None:
    models = router_of(http, fake_openai).for_workspace("ws")

    with pytest.raises(NodeError) as caught:
        await models.draw("hi", model=model)

    assert caught.value.code == "model_bad_request"


async def test_another_model_stands_in(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    rules = {"broken/x": ModelRules(stand_ins=("gone/y", "far/m"))}
    models = router_of(http, fake_openai, rules).for_workspace("ws")

    made = await models.draw("Hello", model="broken/x")

    assert made.content == square_of("Hello")
    assert [one["path"] for one in fake_openai.asked] == ["/v1/images/generations"]


async def test_what_lies_in_the_question_is_nobody_else_s_to_answer(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    rules = {"near/m": ModelRules(stand_ins=("far/m",))}
    models = router_of(http, fake_openai, rules).for_workspace("ws")

    with pytest.raises(NodeError) as caught:
        await models.draw("status 400")

    assert caught.value.code == "model_bad_request"
    assert len(fake_openai.asked) == 1


async def test_the_workspace_s_own_price_counts(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    rules = {"near/m": ModelRules(price=Price(unit=0.5))}
    models = router_of(http, fake_openai, rules).for_workspace("ws")

    assert (await models.draw("Hello")).usage.cost == 0.5
    assert (await models.transcribe(recording("Hello"))).usage.cost == 0.75
    assert await models.price(task="image") == Price(unit=0.5)


async def test_the_workspace_s_limits_hold(
    http: GuardedHttp, fake_openai: FakeOpenAI, redis_server: str
) -> None:
    client = redis.asyncio.Redis.from_url(redis_server, decode_responses=True)
    rules = {"near/m": ModelRules(Limits(requests_a_minute=1), stand_ins=("far/m",))}
    router = router_of(http, fake_openai, rules, Allowance(client))
    models = router.for_workspace(str(uuid4()))

    await models.speak("one")
    await models.speak("two")

    assert [one["headers"].get("Authorization") for one in fake_openai.asked] == [None, f"Bearer {KEY}"]
    await client.aclose()


async def test_a_script_answers_for_all_of_them() -> None:
    models = Router(scripted=ScriptedBackend()).for_workspace("ws")

    assert (await models.transcribe(recording("Hello"))).text == "Hello"
    assert (await models.speak("Hello")).content == tone(5)
    assert (await models.draw("Hello")).mime == "image/png"


class Priced(MediaByScript):
    """Draws for 30 cents a picture."""

    async def price(self, model: str = "", *, task: str = "chat") -> Price:
        return Price(unit=0.3)

    async def draw(self, words: str, *, size: str = "", model: str = "") -> Made:
        await asyncio.sleep(0.01)
        return Made("image/png", b"", "m", Usage(1, 0, 0.3), 1.0)


class Over(Exception):
    """The run's limit is reached."""


async def test_a_picture_begins_only_while_there_is_money_for_it() -> None:
    meters: list[MeteredModels] = []

    def spent() -> Usage:
        return sum((meter.usage for meter in meters), Usage())

    def over(limit: str) -> None:
        raise Over(limit)

    budget = Budget(None, 0.6, spent, over)  # type: ignore[arg-type]
    meters += [MeteredModels(Priced(), budget) for _ in range(3)]  # type: ignore[arg-type]

    drawn = await asyncio.gather(*(meter.draw("x") for meter in meters), return_exceptions=True)

    assert [type(one) for one in drawn] == [Made, Made, Over]
    assert spent().cost == pytest.approx(0.6)
