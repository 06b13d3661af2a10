"""A crash while the letter with the link goes out: what a person settles is the letter, never the answer."""

from typing import Any

import pytest

from nodes.sdk.examples import examples_of
from tests.nodes.test_effects import CATALOGUE, Trial
from workers.engine.journal import Signal

ASKS = next(one for one in examples_of(CATALOGUE.types["ask_human"]) if "mails" in one)


async def cut_off() -> Trial:
    """A run whose worker died when the letter had gone out and nobody had heard of it."""
    trial = Trial("ask_human", ASKS)
    await trial.die_while_writing()
    state = await trial.carry_on()
    assert {why["reason"] for why in state.waiting[trial.path].values()} == {"outcome_unknown"}
    assert len(trial.outside.wrote) == 1
    return trial


@pytest.mark.parametrize(("action", "letters"), [("done", 1), ("again", 2)])
async def test_after_it_was_settled_the_step_waits_for_the_answer_and_presses_no_button(
    action: str, letters: int
):
    trial = await cut_off()
    trial.run.send(Signal(trial.path, "#settle 1", {"action": action, "output": {"action": "approve"}}))

    state = await trial.carry_on()

    output, port = trial.result()
    assert state.status == "succeeded"
    assert (output["action"], port) == ("refuse", "refuse")
    assert trial.outside.wrote == [trial.outside.wrote[0]] * letters


async def test_a_letter_that_stands_in_the_journal_leaves_nothing_to_settle():
    trial = Trial("ask_human", ASKS)
    await trial.die_before_the_result()

    state = await trial.carry_on()

    reasons = [data.get("reason") for kind, _, data in trial.facts if kind == "node_waiting"]
    assert state.status == "succeeded"
    assert reasons == ["ask_human"]
    assert len(trial.outside.wrote) == 1


async def test_no_fact_holds_the_link():
    trial = Trial("ask_human", ASKS)
    await trial.carry_on()

    facts: list[Any] = trial.facts

    assert "anna@example.com" in str(facts)
    assert "/a#" not in str(facts)
