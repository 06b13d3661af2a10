"""What a run may take at most: steps, time, tokens and money. It ends cleanly and says which limit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nodes.sdk import Json
from nodes.sdk.check import check
from nodes.sdk.files import WorkflowFile, workflow_from_yaml, workflow_to_yaml
from nodes.sdk.graph import Graph, GraphError, graph_from_json, graph_to_json
from nodes.sdk.models import ChatChunk, ChatRequest, Price, Task, Usage
from nodes.sdk.run_limits import RunLimits
from nodes.sdk.tokens import estimate_prompt
from tests.engine.world import CATALOGUE
from workers.engine.limits import Limits
from workers.engine.state import fold
from workers.engine.testing import Crash, EchoModels, build, crash_at


@dataclass
class Meter(EchoModels):
    """Models that use as many tokens as they are told, unless they are told to be brief."""

    reply: int = 50
    price_of: Price | None = None
    cost: float | None = None
    requests: list[ChatRequest] = field(default_factory=list)
    together: int = 0
    most_together: int = 0
    reports: bool = True
    written: int = 0

    def __post_init__(self) -> None:
        self.calls = {}

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self.requests.append(request)
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        try:
            written = min(self.reply, request.max_tokens or self.reply)
            for _ in range(written):
                await asyncio.sleep(0)
                self.written += 1
                yield ChatChunk(text="word")
            used = Usage(estimate_prompt(request), written, self.cost)
            finish = "stop" if written == self.reply else "length"
            yield ChatChunk(usage=used if self.reports else None, finish=finish)
        finally:
            self.together -= 1

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return self.price_of


def limited(drawing: str, limits: RunLimits, **more: Any) -> Graph:
    return replace(build(drawing, **more), limits=limits)


def chain(count: int) -> str:
    return " -> ".join(f"say_{i + 1}" for i in range(count))


async def test_a_run_that_reaches_its_apps_limit_of_steps_ends_and_says_so(draw):
    state = await draw(limited("pure_1 -> pure_2 -> pure_3", RunLimits(steps=2))).finish()

    assert (state.status, state.error["code"]) == ("failed", "step_limit")


async def test_a_run_that_reaches_its_apps_time_limit_ends_and_says_so(draw):
    world = draw(limited("work", RunLimits(wall_s=30), configs={"work_1": {"seconds": 60}}))
    state = await world.finish()

    assert (state.status, state.error["code"]) == ("timed_out", "run_timed_out")
    assert world.clock.monotonic() == 30


async def test_no_model_is_asked_once_the_tokens_are_used_up(draw):
    models = Meter(reply=50)
    world = draw(limited(chain(5), RunLimits(tokens=100)), models=models)

    state = await world.finish()

    assert (state.status, state.error["code"]) == ("failed", "token_limit")
    assert len(models.requests) == 2
    assert state.usage.prompt_tokens + state.usage.completion_tokens <= 100
    assert models.requests[1].max_tokens == 100 - 50 - 2 * estimate_prompt(models.requests[0])


async def test_a_reply_that_the_limit_cut_short_is_not_taken_for_a_whole_one(draw):
    world = draw(limited("say -> pure", RunLimits(tokens=30)), models=Meter(reply=500))

    state = await world.finish()

    assert state.error["code"] == "token_limit"
    assert "say_1" not in state.results
    assert "pure_1" not in state.results


async def test_a_reply_that_ends_by_itself_within_what_is_left_is_whole(draw):
    state = await draw(limited("say -> pure", RunLimits(tokens=60)), models=Meter(reply=50)).finish()

    assert state.status == "succeeded"


async def test_what_the_step_asks_for_is_never_raised(draw):
    from nodes.sdk import ChatMessage
    from workers.engine.budget import Budget
    from workers.engine.metered import MeteredModels

    models = Meter(reply=500)
    budget = Budget(1_000, None, Usage, lambda limit: pytest.fail(limit))
    metered = MeteredModels(models, budget)
    asked = ChatRequest("", (ChatMessage("user", "hi"),), max_tokens=7)
    async for _ in metered.chat(asked):
        pass

    assert models.requests == [asked]


async def test_the_answer_so_far_is_kept_when_a_limit_ends_the_run(draw):
    graph = limited(
        "start -> say_1 -> answer -> say_2",
        RunLimits(tokens=80),
        configs={"say_1": {"user": "{{ start_1.query }}"}, "answer_1": {"text": "So: {{ say_1.text }}"}},
    )
    world = draw(graph, models=Meter(reply=60))

    state = await world.finish()

    assert state.error["code"] == "token_limit"
    assert state.answer == "So: " + "word" * 60
    assert world.run.events[-1].data["usage"]["total_tokens"] <= 80


async def test_calls_side_by_side_near_the_limit_wait_for_one_another_and_do_not_pass_it(draw):
    models = Meter(reply=20)
    body = build("say", configs={"say_1": {"user": "{{ each_1.item }}"}})
    configs: dict[str, Any] = {"each_1": {"items": list(range(10)), "at_once": 10}}
    world = draw(
        limited("each", RunLimits(tokens=150), configs=configs, bodies={"each_1": body}), models=models
    )

    state = await world.finish()

    assert state.error["code"] == "token_limit"
    assert state.usage.prompt_tokens + state.usage.completion_tokens <= 150
    assert models.most_together == 1


async def test_calls_side_by_side_far_from_the_limit_do_not_wait(draw):
    models = Meter(reply=20)
    configs: dict[str, Any] = {"each_1": {"items": list(range(10)), "at_once": 10}}
    graph = limited("each", RunLimits(tokens=1_000_000), configs=configs, bodies={"each_1": build("say")})

    assert (await draw(graph, models=models).finish()).status == "succeeded"
    assert models.most_together == 10


async def test_what_apps_inside_use_counts_for_the_outer_run(draw):
    inner = build("start -> say", configs={"say_1": {"user": "{{ start_1.query }}"}})
    call: dict[str, Json] = {"workflow": "inner", "query": "hi"}
    graph = limited(
        "start -> sub_workflow_1 -> sub_workflow_2",
        RunLimits(tokens=80),
        configs={"sub_workflow_1": call, "sub_workflow_2": call},
    )
    models = Meter(reply=50)
    state = await draw(graph, models=models, workflows={"inner@latest": inner}).finish()

    assert state.error["code"] == "token_limit"
    assert state.usage.prompt_tokens + state.usage.completion_tokens <= 80


async def test_a_run_ends_when_its_money_is_used_up(draw):
    models = Meter(reply=100, price_of=Price(0.0, 0.001), cost=0.1)
    state = await draw(limited(chain(9), RunLimits(cost=0.25)), models=models).finish()

    assert (state.status, state.error["code"]) == ("failed", "cost_limit")
    assert len(models.requests) == 3
    assert models.requests[2].max_tokens == 50


async def test_a_model_whose_price_nobody_knows_counts_when_its_bill_says_so(draw):
    models = Meter(reply=100, cost=0.2)
    state = await draw(limited(chain(9), RunLimits(cost=0.25)), models=models).finish()

    assert state.error["code"] == "cost_limit"
    assert len(models.requests) == 2, "one call may pass the limit; none begins after it"


async def test_models_that_cost_nothing_run_under_a_limit_of_nothing(draw):
    free = Meter(price_of=Price())
    assert (await draw(limited(chain(3), RunLimits(cost=0)), models=free).finish()).status == "succeeded"

    unknown = Meter()
    state = await draw(limited(chain(3), RunLimits(cost=0)), models=unknown).finish()
    assert (state.error["code"], unknown.requests) == ("cost_limit", [])


@pytest.mark.parametrize("at", range(2, 16))
async def test_after_a_crash_what_was_written_down_counts(draw, at):
    models = Meter(reply=50)
    world = draw(limited(chain(5), RunLimits(tokens=120)), models=models)
    try:
        await world.clock.finish(world.engine(crash_at(at, world.run, world.clock)).run())
    except Crash:
        await world.finish()

    state = fold(world.run.events)
    assert state.error["code"] == "token_limit"
    assert state.usage.prompt_tokens + state.usage.completion_tokens <= 120
    assert sorted(state.results) == ["say_1", "say_2"]


async def test_a_call_that_breaks_off_without_a_bill_is_counted_by_what_was_heard(draw):
    models = Meter(reply=10_000, reports=False)
    state = await draw(limited("say -> say_2", RunLimits(tokens=6_000)), models=models).finish()

    assert state.error["code"] == "token_limit"
    assert 5_990 <= state.usage.prompt_tokens + state.usage.completion_tokens <= 6_010
    assert len(models.requests) == 1


async def test_the_lowest_of_the_apps_and_the_installations_limit_counts(draw, monkeypatch):
    monkeypatch.setenv("TREADLE_MAX_RUN_TOKENS", "60")
    monkeypatch.setenv("TREADLE_MAX_RUN_COST", "2.5")
    world = draw(limited("say", RunLimits(tokens=500, steps=7, wall_s=5)))
    await world.finish()

    started = world.events("run_started")[0].data["limits"]
    assert started == {"steps": 7, "wall_s": 5, "tokens": 60, "cost": 2.5}


async def test_a_run_keeps_the_limits_it_began_with(draw, monkeypatch):
    world = draw(limited(chain(3), RunLimits(tokens=1_000)), models=Meter())
    with pytest.raises(Crash):
        await world.clock.finish(world.engine(crash_at(6, world.run, world.clock)).run())
    monkeypatch.setenv("TREADLE_MAX_RUN_TOKENS", "1")

    assert (await world.finish()).status == "succeeded"


def test_limits_are_the_same_again_from_json_and_from_a_file():
    graph = limited("start -> answer", RunLimits(100, 60, 5_000, 0.25))

    assert graph_from_json(graph_to_json(graph)).limits == graph.limits
    assert workflow_from_yaml(workflow_to_yaml(WorkflowFile("App", graph))).graph.limits == graph.limits
    assert "limits" not in graph_to_json(build("start -> answer"))


@pytest.mark.parametrize(
    "limits",
    [{"steps": 0}, {"steps": 1.5}, {"wall_s": 0}, {"tokens": True}, {"cost": -1}, {"money": 1}, []],
)
def test_limits_that_cannot_be_read_are_refused(limits):
    value = graph_to_json(build("start -> answer"))

    with pytest.raises(GraphError):
        graph_from_json({**value, "limits": limits})


def test_limits_stand_in_the_app_itself_and_not_in_a_body():
    value = graph_to_json(build("each", bodies={"each_1": build("pure")}))
    value["nodes"][0]["body"]["limits"] = {"steps": 1}

    with pytest.raises(GraphError):
        graph_from_json(value)


def test_a_limit_above_that_of_the_installation_is_warned_of(monkeypatch):
    monkeypatch.setenv("TREADLE_MAX_RUN_COST", "1")
    graph = limited("start -> answer", RunLimits(steps=60_000, cost=0.5))
    found = [problem for problem in check(graph, CATALOGUE) if problem.code == "limit_above_maximum"]

    assert [(p.severity, p.field, p.values["limit"]) for p in found] == [
        ("warning", "limits.steps", "60,000")
    ]


def test_the_installations_limits_are_what_their_settings_say(monkeypatch):
    monkeypatch.setenv("TREADLE_MAX_RUN_SECONDS", "90")
    assert (Limits().wall_s, Limits().tokens, Limits().cost) == (90, None, None)
    monkeypatch.setenv("TREADLE_MAX_RUN_SECONDS", "nonsense")
    monkeypatch.setenv("TREADLE_MAX_RUN_TOKENS", "-5")
    assert (Limits().wall_s, Limits().tokens) == (1_200, None)
