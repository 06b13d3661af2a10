"""Models that put texts in order: at an address that speaks Cohere's way, and through LiteLLM."""

import asyncio
from uuid import uuid4

import pytest
import redis.asyncio

from nodes.sdk.errors import CODES, NodeError
from nodes.sdk.models import Price, Usage
from tests.models.fixtures import FakeOpenAI, wait_until
from workers.engine.metered import MeteredModels
from workers.models.allowance import Allowance
from workers.models.backend import ModelBackend
from workers.models.embedder import LocalEmbedder
from workers.models.litellm_backend import RERANKERS, LiteLLMBackend
from workers.models.openai_backend import OpenAIBackend
from workers.models.router import ModelTarget, Router
from workers.models.rules import Limits, ModelRules
from workers.models.scripted import ScriptedBackend
from workers.outgoing import AllowList, GuardedHttp

KEY = "sk-very-secret"
TEXTS = ["Open from nine to five.", "A refund takes five days.", "Refund"]
STRAIGHT = "straight"


@pytest.fixture
async def http(fake_openai: FakeOpenAI):
    http = GuardedHttp(AllowList.parse(fake_openai.place))
    yield http
    await http.close()


def make(http: GuardedHttp, fake: FakeOpenAI, way: str, *, patience_s: float = 5) -> ModelBackend:
    if way == STRAIGHT:
        return OpenAIBackend(http, fake.url, "bge", api_key=KEY, title="here/bge", silence_s=patience_s)
    base = f"http://{fake.place}"
    return LiteLLMBackend(
        http, way, "some-ranker", api_key=KEY, base_url=base, title="here/bge", timeout_s=patience_s
    )


@pytest.fixture(params=[STRAIGHT, *RERANKERS])
def way(request: pytest.FixtureRequest) -> str:
    return request.param


async def error_of(backend: ModelBackend, query: str) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await backend.rerank(query, TEXTS)
    assert caught.value.code in CODES
    assert KEY not in caught.value.message + caught.value.hint
    return caught.value


async def test_the_scores_come_in_the_order_of_the_texts(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: str
) -> None:
    ranking = await make(http, fake_openai, way).rerank("refund", TEXTS)

    assert ranking.scores[0] == 0
    assert 0 < ranking.scores[1] < ranking.scores[2] == pytest.approx(1)
    assert ranking.model == "here/bge"
    assert ranking.usage.prompt_tokens > 0


async def test_all_texts_are_asked_about_at_once_with_the_key(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: str
) -> None:
    await make(http, fake_openai, way).rerank("refund", TEXTS)

    (asked,) = fake_openai.asked
    assert (asked["json"]["query"], asked["json"]["documents"]) == ("refund", TEXTS)
    assert asked["json"].get("top_n") == 3 or asked["json"].get("top_k") == 3
    assert KEY in {name.lower(): value for name, value in asked["headers"].items()}["authorization"]


@pytest.mark.parametrize(
    ("query", "code", "wait_s"),
    [
        ("status 400", "model_bad_request", None),
        ("status 401", "model_auth", None),
        ("status 404", "model_missing", None),
        ("status 429", "model_rate_limited", 7),
        ("status 500", "model_failed", 7),
        ("status 503", "model_busy", 7),
        ("garbage", "model_failed", None),
        ("out of range", "model_failed", None),
        ("below", "model_failed", None),
        ("doubled", "model_failed", None),
        ("missing", "model_failed", None),
        ("words", "model_failed", None),
        ("no score", "model_failed", None),
        ("nan", "model_failed", None),
        ("endless", "model_failed", None),
        ("list", "model_failed", None),
        ("nothing", "model_failed", None),
    ],
)
async def test_what_is_no_ranking_has_our_code(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: str, query: str, code: str, wait_s: float | None
) -> None:
    error = await error_of(make(http, fake_openai, way), query)

    assert (error.code, error.retry_after_s) == (code, wait_s)
    assert len(fake_openai.asked) == 1


@pytest.mark.parametrize("query", ["silent", "drip"])
async def test_a_service_that_does_not_come_to_an_end_is_left(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: str, query: str
) -> None:
    error = await error_of(make(http, fake_openai, way, patience_s=0.3), query)

    assert error.code == "model_timeout"
    if query == "drip":
        await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_an_answer_without_measure_is_not_taken_in(
    http: GuardedHttp, fake_openai: FakeOpenAI, way: str
) -> None:
    error = await error_of(make(http, fake_openai, way, patience_s=60), "huge")

    assert error.code == "answer_too_large"
    await asyncio.to_thread(wait_until, lambda: fake_openai.closed_early == 1)


async def test_nobody_listening_is_unreachable(fake_openai: FakeOpenAI, way: str) -> None:
    http = GuardedHttp(AllowList.parse("127.0.0.1:9"))
    base = "http://127.0.0.1:9"
    backend: ModelBackend = OpenAIBackend(http, base, "m")
    if way != STRAIGHT:
        backend = LiteLLMBackend(http, way, "m", api_key=KEY, base_url=base)

    assert (await error_of(backend, "hi")).code == "model_unreachable"
    await http.close()


async def test_raw_numbers_of_open_models_become_shares_in_the_same_order(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    ranking = await make(http, fake_openai, STRAIGHT).rerank("logits refund", TEXTS)

    assert all(0 <= score <= 1 for score in ranking.scores)
    assert sorted(range(3), key=lambda n: ranking.scores[n]) == [0, 1, 2]


async def test_a_server_that_wants_the_texts_by_its_own_name_gets_them_so(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    ranking = await make(http, fake_openai, STRAIGHT).rerank("texts refund", TEXTS)

    assert sorted(range(3), key=lambda n: ranking.scores[n]) == [0, 1, 2]
    assert [("documents" in one["json"], "texts" in one["json"]) for one in fake_openai.asked] == [
        (True, False),
        (False, True),
    ]


async def test_a_listed_model_has_its_price_a_search_or_a_token(
    http: GuardedHttp, fake_openai: FakeOpenAI
) -> None:
    base = f"http://{fake_openai.place}"
    by_search = LiteLLMBackend(http, "cohere", "rerank-v3.5", api_key=KEY, base_url=base)
    by_token = LiteLLMBackend(http, "voyage", "rerank-2", api_key=KEY, base_url=base)
    unknown = LiteLLMBackend(http, "voyage", "of-tomorrow", api_key=KEY, base_url=base)

    costs = [(await one.rerank("hi", TEXTS)).usage.cost for one in (by_search, by_token, unknown)]

    assert costs == [0.002, pytest.approx(5 * 5e-8), None]


@pytest.mark.parametrize("provider", ["openai", "anthropic", "mistral"])
async def test_a_family_whose_rankings_were_not_proven_is_not_asked(
    http: GuardedHttp, fake_openai: FakeOpenAI, provider: str
) -> None:
    backend = LiteLLMBackend(http, provider, "m", api_key=KEY, base_url=fake_openai.url)

    assert (await error_of(backend, "hi")).code == "model_bad_request"
    assert fake_openai.asked == []


async def test_a_model_that_makes_vectors_says_that_it_does_not_rank() -> None:
    assert (await error_of(LocalEmbedder(), "hi")).code == "model_bad_request"


def router_of(
    http: GuardedHttp,
    fake: FakeOpenAI,
    rules: dict[str, ModelRules] | None = None,
    allowance: Allowance | None = None,
) -> Router:
    """A workspace with the rankers "near/bge", its usual one, and "far/cohere"; "broken/x" is no place."""

    async def lookup(workspace_id: str, model_id: str, task: str) -> ModelTarget | None:
        assert task == "rerank"
        near = ModelTarget("openai_compatible", "bge", id="near/bge", base_url=fake.url)
        return {
            "": near,
            "near/bge": near,
            "far/cohere": ModelTarget(
                "litellm",
                "rerank-v3.5",
                id="far/cohere",
                provider="cohere",
                api_key=KEY,
                base_url=f"http://{fake.place}",
            ),
            "broken/x": ModelTarget(
                "openai_compatible", "x", id="broken/x", base_url=f"http://{fake.place}/no"
            ),
        }.get(model_id)

    async def rules_of(workspace_id: str, model_id: str) -> ModelRules:
        return (rules or {}).get(model_id, ModelRules())

    return Router(lookup, http=http, rules_of=rules_of, allowance=allowance)


async def test_no_name_is_the_workspace_s_usual_one(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    ranking = await router_of(http, fake_openai).for_workspace("ws").rerank("refund", TEXTS)

    assert ranking.model == "near/bge"
    assert fake_openai.asked[0]["json"]["model"] == "bge"


async def test_without_a_usual_one_the_model_is_missing() -> None:
    with pytest.raises(NodeError) as caught:
        await Router().for_workspace("ws").rerank("refund", TEXTS)

    assert (caught.value.code, caught.value.retry) == ("model_missing", False)
    assert "Models" in caught.value.hint


async def test_nothing_to_put_in_order_asks_nobody(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    ranking = await router_of(http, fake_openai).for_workspace("ws").rerank("refund", [])

    assert ranking.scores == ()
    assert fake_openai.asked == []


async def test_another_ranker_stands_in(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    rules = {"broken/x": ModelRules(stand_ins=("gone/y", "far/cohere"))}
    models = router_of(http, fake_openai, rules).for_workspace("ws")

    ranking = await models.rerank("refund", TEXTS, model="broken/x")

    assert ranking.scores[2] == pytest.approx(1)
    assert [one["path"] for one in fake_openai.asked] == ["/v2/rerank"]


async def test_the_workspace_s_own_price_counts(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    rules = {"near/bge": ModelRules(price=Price(0.5, 0))}
    models = router_of(http, fake_openai, rules).for_workspace("ws")

    assert (await models.rerank("refund", TEXTS)).usage == Usage(5, 0, 2.5)
    assert await models.price(task="rerank") == Price(0.5, 0)


async def test_the_workspace_s_limits_hold_and_another_may_do_meanwhile(
    http: GuardedHttp, fake_openai: FakeOpenAI, redis_server: str
) -> None:
    client = redis.asyncio.Redis.from_url(redis_server, decode_responses=True)
    once = Limits(requests_a_minute=1)
    rules = {"near/bge": ModelRules(once, stand_ins=("far/cohere",)), "far/cohere": ModelRules(once)}
    router = router_of(http, fake_openai, rules, Allowance(client, patience_s=0))
    models = router.for_workspace(uuid4().hex)

    for _ in range(2):
        await models.rerank("refund", TEXTS)
    with pytest.raises(NodeError) as caught:
        await models.rerank("refund", TEXTS)
    await client.aclose()

    assert [one["path"] for one in fake_openai.asked] == ["/v1/rerank", "/v2/rerank"]
    assert caught.value.code == "model_busy"


async def test_a_run_s_limits_count_what_a_ranking_reads(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    models = MeteredModels(router_of(http, fake_openai).for_workspace("ws"))

    await models.rerank("refund", TEXTS)
    await models.rerank("refund", TEXTS)

    assert models.usage.prompt_tokens == 10


async def test_a_price_a_search_is_none_a_token(http: GuardedHttp, fake_openai: FakeOpenAI) -> None:
    models = router_of(http, fake_openai).for_workspace("ws")

    assert await models.price("far/cohere", task="rerank") is None


async def test_a_scripted_model_ranks_by_words() -> None:
    ranking = await Router(scripted=ScriptedBackend()).for_workspace("ws").rerank("refund", TEXTS)

    assert sorted(range(3), key=lambda n: ranking.scores[n]) == [0, 1, 2]
