"""How much of a model may be used at once, over workers that share a real Redis."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest
import redis.asyncio

from nodes.sdk.errors import NodeError
from workers.models import allowance
from workers.models.allowance import Allowance
from workers.models.rules import Limits


@pytest.fixture
async def workers(redis_server: str):
    """Two workers' allowances, each with a connection of its own."""
    clients = [redis.asyncio.Redis.from_url(redis_server, decode_responses=True) for _ in range(2)]
    yield [Allowance(client, patience_s=20) for client in clients]
    for client in clients:
        await client.aclose()


def fresh() -> str:
    return f"m/{uuid4().hex}"


async def test_no_more_calls_run_at_once_than_allowed_over_all_workers(workers: list[Allowance]) -> None:
    model, running, most = fresh(), 0, 0

    async def call(worker: Allowance) -> None:
        nonlocal running, most
        async with worker.call("ws", model, Limits(at_once=2), 1):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1

    await asyncio.gather(*(call(workers[n % 2]) for n in range(8)))

    assert most == 2


@pytest.mark.parametrize("limits", [Limits(requests_a_minute=2), Limits(tokens_a_minute=100)])
async def test_what_a_minute_allows_is_gone_and_comes_back(workers: list[Allowance], limits: Limits) -> None:
    model = fresh()
    for worker in workers:
        async with worker.call("ws", model, limits, 50, patience_s=0) as call:
            call.used_tokens = 50

    with pytest.raises(NodeError) as caught:
        async with workers[0].call("ws", model, limits, 50, patience_s=0):
            pass

    assert caught.value.code == "model_busy"
    assert caught.value.retry_after_s is not None
    assert 25 < caught.value.retry_after_s <= 31


async def test_a_call_waits_for_its_turn(workers: list[Allowance]) -> None:
    model, limits = fresh(), Limits(requests_a_minute=60)
    began = time.monotonic()

    async def call(worker: Allowance) -> None:
        async with worker.call("ws", model, limits, 1):
            pass

    await asyncio.gather(*(call(workers[n % 2]) for n in range(61)))

    # A minute's worth at once, and one a second from then on.
    assert time.monotonic() - began > 0.8


async def test_tokens_count_as_they_were_used_and_not_as_they_were_expected(workers: list[Allowance]) -> None:
    model, limits = fresh(), Limits(tokens_a_minute=1_000)
    async with workers[0].call("ws", model, limits, 900) as call:
        call.used_tokens = 100
    async with workers[1].call("ws", model, limits, 800, patience_s=0) as call:
        call.used_tokens = 3_000

    with pytest.raises(NodeError) as caught:
        async with workers[0].call("ws", model, limits, 1, patience_s=0):
            pass

    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 100


async def test_a_question_larger_than_a_minute_s_worth_is_asked_too(
    workers: list[Allowance],
) -> None:
    async with workers[0].call("ws", fresh(), Limits(tokens_a_minute=10), 5_000, patience_s=0):
        pass


async def test_a_call_that_fails_or_is_stopped_leaves_its_place(workers: list[Allowance]) -> None:
    model, limits = fresh(), Limits(at_once=1)
    with pytest.raises(RuntimeError):
        async with workers[0].call("ws", model, limits, 1):
            raise RuntimeError
    held = asyncio.Event()

    async def stopped() -> None:
        async with workers[0].call("ws", model, limits, 1):
            held.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(stopped())
    await held.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with workers[1].call("ws", model, limits, 1, patience_s=0):
        pass


async def test_the_place_of_a_worker_that_died_comes_free(
    workers: list[Allowance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "HELD_S", 1)
    model, limits = fresh(), Limits(at_once=1)
    dead = workers[0].call("ws", model, limits, 1)
    await dead.__aenter__()
    renewing = [task for task in asyncio.all_tasks() if "_renew" in str(task.get_coro())]
    for task in renewing:  # as when its process is killed: nobody renews, and nobody leaves
        task.cancel()

    async with workers[1].call("ws", model, limits, 1):
        pass

    assert renewing


async def test_a_place_is_kept_as_long_as_the_call_lasts(
    workers: list[Allowance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "HELD_S", 1)
    model, limits = fresh(), Limits(at_once=1)
    async with workers[0].call("ws", model, limits, 1):
        await asyncio.sleep(1.6)

        with pytest.raises(NodeError):
            async with workers[1].call("ws", model, limits, 1, patience_s=0):
                pass


async def test_one_workspace_does_not_use_up_another_s(workers: list[Allowance]) -> None:
    model, limits = fresh(), Limits(at_once=1)
    async with (
        workers[0].call("one", model, limits, 1, patience_s=0),
        workers[0].call("two", model, limits, 1, patience_s=0),
    ):
        pass


async def test_nothing_is_held_back_while_redis_is_away() -> None:
    client = redis.asyncio.Redis.from_url("unix:///nowhere/redis.sock")

    model, limits = fresh(), Limits(at_once=1, requests_a_minute=1)
    async with (
        Allowance(client).call("ws", model, limits, 1),
        Allowance(client).call("ws", model, limits, 1, patience_s=0),
    ):
        pass

    await client.aclose()
