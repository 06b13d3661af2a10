"""What a writing node sends carries a key that stays; what may be sent again is, else a person is asked."""

import asyncio
import json

import pytest

from nodes.sdk import Node, NodeConfig, NodeContext, NodeError, NodeResult
from nodes.sdk.catalogue import Catalogue
from nodes.sdk.graph import Policy
from nodes.sdk.http import HttpResponse
from tests.engine import world as worlds
from tests.engine.world import World
from workers.engine.journal import MemoryJournal, Signal
from workers.engine.testing import build, settle

ORDER = {"method": "POST", "address": "https://shop.example.com/orders", "body": "text", "text": "one"}


class Receiver:
    """A web that counts what reaches it by key. It answers only when told to; then with `status`."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.statuses: list[int] = []
        self.hangs = False

    async def request(self, method: str, url: str, *, headers=None, **more) -> HttpResponse:
        self.keys.append(next((v for k, v in (headers or {}).items() if k.lower() == "idempotency-key"), ""))
        if self.hangs:
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return HttpResponse(status, {"Content-Type": "application/json"}, json.dumps({}).encode(), url)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def drawn(draw, receiver: Receiver, *more, **settings) -> World:
    return draw(*more, http=receiver, **settings)


async def dies_while_sending(world: World, receiver: Receiver) -> None:
    """The worker dies when the request has reached the receiver and no answer has come."""
    receiver.hangs = True
    journal = MemoryJournal(world.run, world.clock)
    task = asyncio.ensure_future(world.engine(journal).run())
    before = len(receiver.keys)
    while len(receiver.keys) == before:
        await settle()
    journal.crash()
    task.cancel()
    await settle()
    receiver.hangs = False


async def test_what_may_be_sent_again_is_sent_again_after_a_crash_with_the_same_key(draw, receiver):
    world = drawn(draw, receiver, "tool", configs={"tool_1": {**ORDER, "may_repeat": True}})
    await dies_while_sending(world, receiver)

    state = await world.finish()

    assert state.status == "succeeded"
    assert receiver.keys == [f"{world.run.opening.run}:tool_1"] * 2


async def test_what_may_not_is_sent_once_and_a_person_is_asked(draw, receiver):
    world = drawn(draw, receiver, "tool", configs={"tool_1": ORDER})
    await dies_while_sending(world, receiver)

    state = await world.finish()

    assert state.status == "waiting"
    assert state.waiting["tool_1"]["#settle 1"]["reason"] == "outcome_unknown"
    assert len(receiver.keys) == 1


@pytest.mark.parametrize(("action", "hits", "status"), [("again", 2, "succeeded"), ("fail", 1, "failed")])
async def test_what_a_person_says_is_done_with_the_same_key(draw, receiver, action, hits, status):
    world = drawn(draw, receiver, "tool", configs={"tool_1": ORDER})
    await dies_while_sending(world, receiver)
    await world.finish()
    world.run.send(Signal("tool_1", "#settle 1", {"action": action}))

    state = await world.finish()

    assert state.status == status
    assert receiver.keys == [f"{world.run.opening.run}:tool_1"] * hits


async def test_what_may_be_sent_again_is_so_as_often_as_drawn_and_then_a_person_is_asked(draw, receiver):
    policies = {"tool_1": Policy(max_attempts=2)}
    configs = {"tool_1": {**ORDER, "may_repeat": True}}
    world = drawn(draw, receiver, "tool", configs=configs, policies=policies)
    for _ in range(2):
        await dies_while_sending(world, receiver)

    state = await world.finish()

    assert state.status == "waiting"
    assert receiver.keys == [f"{world.run.opening.run}:tool_1"] * 2


@pytest.mark.parametrize(("may_repeat", "hits"), [(True, 2), (False, 1)])
async def test_an_error_that_may_pass_is_tried_again_only_where_it_may_be_sent_again(
    draw, receiver, may_repeat, hits
):
    world = drawn(draw, receiver, "tool", configs={"tool_1": {**ORDER, "may_repeat": may_repeat}})
    receiver.statuses = [503]

    await world.finish()

    assert receiver.keys == [f"{world.run.opening.run}:tool_1"] * hits


async def test_each_round_has_a_key_of_its_own(draw, receiver):
    bodies = {"times_1": build("tool", configs={"tool_1": ORDER})}
    world = drawn(draw, receiver, "times", bodies=bodies, configs={"times_1": {"times": 3}})

    await world.finish()

    assert receiver.keys == [f"{world.run.opening.run}:times_1[{n}].tool_1" for n in range(3)]


async def test_a_look_carries_no_key_and_a_key_of_ones_own_is_left_as_it_is(draw, receiver):
    look = {**ORDER, "method": "GET", "body": "none"}
    own = {**ORDER, "headers": [{"name": "idempotency-key", "value": "mine"}]}
    world = drawn(draw, receiver, "tool_1 -> tool_2", configs={"tool_1": look, "tool_2": own})

    await world.finish()

    assert receiver.keys == ["", "mine"]


class Several(Node):
    """Sends four times, twice in remembered steps, the second of which fails the first time."""

    type, title, effects = "several", "Several", "write"

    async def run(self, config: NodeConfig, ctx: NodeContext) -> NodeResult:
        async def send():
            await ctx.http.request("POST", "https://shop.example.com/")

        async def second():
            await send()
            if ctx.attempt == 1:
                raise NodeError("model_busy", "Busy.", retry=True)

        await send()
        await send()
        await ctx.step("first", send)
        await ctx.step("zwei/ö", second)
        return NodeResult({})


async def test_requests_of_one_step_have_different_keys_and_repeated_ones_the_same(
    draw, receiver, monkeypatch
):
    catalogue = Catalogue({**worlds.CATALOGUE.types, "several": Several}, {})
    monkeypatch.setattr(worlds, "CATALOGUE", catalogue)
    world = drawn(draw, receiver, "several", policies={"several_1": Policy(max_attempts=2)})

    await world.finish()

    run = f"{world.run.opening.run}:several_1"
    again = [run, f"{run}#2", f"{run}#zwei%2F%C3%B6"]
    assert receiver.keys == [run, f"{run}#2", f"{run}#first", f"{run}#zwei%2F%C3%B6", *again]
