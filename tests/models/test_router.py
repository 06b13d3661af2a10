"""From a model's id to the backend behind it."""

import pytest

from nodes.sdk.models import ChatMessage, ChatRequest, ImageContent
from tests.models.conformance import ask, error_of, everything
from tests.models.fixtures import FakeOpenAI
from workers.models.guided import GuidedBackend
from workers.models.litellm_backend import LiteLLMBackend
from workers.models.openai_backend import OpenAIBackend
from workers.models.router import ModelTarget, Router
from workers.models.scripted import ScriptedBackend
from workers.outgoing import AllowList, GuardedHttp


async def lookup(workspace_id: str, model_id: str, task: str) -> ModelTarget | None:
    if task == "embedding":
        return None
    connections = {
        ("ws", "near/llama"): ModelTarget("openai_compatible", "llama", base_url="http://10.0.0.1/v1"),
        ("ws", "far/claude"): ModelTarget("litellm", "claude", provider="anthropic", api_key="k"),
        ("ws", ""): ModelTarget("openai_compatible", "llama", base_url="http://10.0.0.1/v1"),
        ("other", ""): ModelTarget("practice"),
    }
    return connections.get((workspace_id, model_id))


@pytest.fixture
async def router():
    router = Router(lookup, http=GuardedHttp(AllowList()), practice="/nowhere/model.sock")
    yield router
    await router.close()


async def test_a_connection_s_kind_decides_the_backend(router: Router) -> None:
    assert isinstance(await router.backend("ws", "near/llama"), OpenAIBackend)
    assert isinstance(await router.backend("ws", "far/claude"), LiteLLMBackend)
    assert isinstance(await router.backend("ws", "practice"), GuidedBackend)


async def test_no_name_is_the_workspace_s_default_or_else_the_practice_model(router: Router) -> None:
    default = await router.backend("ws", "")
    assert isinstance(default, OpenAIBackend)
    assert default._url == "http://10.0.0.1/v1/chat/completions"
    for workspace in ("other", "new"):
        practice = await router.backend(workspace, "")
        assert isinstance(practice, GuidedBackend)


@pytest.mark.parametrize("model", ["near/other", "llama", "far/claude", "../practice"])
async def test_a_model_of_another_workspace_is_missing(router: Router, model: str) -> None:
    error = await error_of(router.for_workspace("other").chat(ask_model(model)))

    assert error.code == "model_missing"
    assert model in error.message
    assert error.hint


async def test_a_host_that_does_not_run_is_unreachable(router: Router) -> None:
    error = await error_of(router.for_workspace("new").chat(ask_model("")))

    assert (error.code, error.retry) == ("model_unreachable", True)


async def test_without_a_host_the_practice_model_is_missing() -> None:
    router = Router()

    assert (await error_of(router.for_workspace("ws").chat(ask_model("practice")))).code == "model_missing"


async def test_the_host_may_be_an_address(fake_openai: FakeOpenAI) -> None:
    for place in (f"http://{fake_openai.place}", fake_openai.url, fake_openai.url + "/"):
        router = Router(practice=place)
        chunks = await everything(router.for_workspace("ws").chat(ask_model("practice")))
        await router.close()

        assert chunks[0].text.strip() == "hi"
        assert chunks[-1].model == "practice"


async def test_a_model_that_does_not_stop_is_stopped(fake_openai: FakeOpenAI) -> None:
    router = Router(practice=f"http://{fake_openai.place}")
    error = await error_of(router.for_workspace("ws").chat(ask_model("practice", "endless")))
    await router.close()

    assert (error.code, error.retry) == ("model_endless", False)


async def test_a_model_that_runs_here_costs_nothing(fake_openai: FakeOpenAI) -> None:
    router = Router(practice=f"http://{fake_openai.place}")
    models = router.for_workspace("ws")
    chunks = await everything(models.chat(ask_model("practice")))
    await router.close()

    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens > 0
    assert usage.cost == 0.0


async def test_a_script_stands_in_for_every_model(tmp_path) -> None:
    (tmp_path / "s.yaml").write_text("reply: scripted", encoding="utf-8")
    router = Router.from_env(lookup, env={"TREADLE_MODELS": f"scripted:{tmp_path}/s.yaml"})

    for model in ("", "practice", "far/claude", "unknown"):
        assert isinstance(await router.backend("ws", model), ScriptedBackend)


def test_another_setting_of_models_is_refused() -> None:
    with pytest.raises(ValueError, match="scripted:FILE"):
        Router.from_env(env={"TREADLE_MODELS": "fake"})


def test_a_target_never_shows_its_key() -> None:
    assert "secret" not in repr(ModelTarget("litellm", "m", api_key="secret"))


def ask_model(model: str, words: str = "hi"):
    from dataclasses import replace

    return replace(ask(words), model=model)


async def test_the_practice_model_is_shown_no_picture(router: Router) -> None:
    request = ChatRequest("practice", (ChatMessage("user", "hi", images=(ImageContent("image/png", b"x"),)),))

    error = await error_of(router.for_workspace("ws").chat(request))
    assert error.code == "model_cannot_see"
    assert "practice" in error.message
