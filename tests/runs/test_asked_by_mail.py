"""A question goes out by e-mail: once, to those whom the step names, with a link that nobody else sees."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from backend.runs.models import Event, Run, Wait
from backend.runs.waits import settle_run
from tests.runs.office import Office, office
from tests.runs.stack import Stack, graph, node, until
from tests.runs.test_api import post

__all__ = ["office"]

DYING = {
    "TREADLE_ENABLE_FAILPOINTS": "1",
    "TREADLE_FAILPOINT": "event.before:3",
    "TREADLE_LEASE_S": "1",
}
"""Dies with the letter sent and nothing of it written down."""


def asks(stack: Stack, office: Office, query: str = "order 7", **config: Any) -> Run:
    """A run of an app that asks the visitor's boss for an approval."""
    ask = node(
        "ask_human",
        message="Refund {{ start_1.query }}?",
        who="team",
        send_to="boss@example.org",
        actions=[{"name": "approve"}, {"name": "refuse"}],
        **config,
    )
    nodes = [node("start"), ask, node("answer", text="Yes."), node("answer", 2, text="No.")]
    edges = ["start_1 -> ask_human_1", "ask_human_1.approve -> answer_1", "ask_human_1.refuse -> answer_2"]
    office.serve(stack.bakery.pk)
    return stack.say(stack.app(graph(nodes, *edges)), query)


def is_asking(run: Run) -> bool:
    return Wait.objects.filter(run=run, reason="ask_human").exists()


def text_of(letter: Any) -> str:
    return letter.get_payload(decode=True).decode().replace("\r\n", "\n")


def link_in(letter: Any) -> str:
    found = re.search(r"/a#(\S+)", text_of(letter))
    assert found is not None, text_of(letter)
    return found[1]


def by_link(token: str, path: str = "answer", **body: Any) -> Any:
    return post(Client(), f"/a/{path}", {"token": token, **body})


def test_whoever_gets_the_letter_answers_by_its_link_once(stack: Stack, office: Office):
    stack.start_worker()
    run, other = (
        asks(stack, office),
        asks(stack, office, "order 8", mail_subject="Please\nlook", mail_text="Hm."),
    )
    until(lambda: is_asking(run) and is_asking(other), "both ask", stack.log_tail)
    letters = {str(letter["Subject"]): letter for letter in office.kept}
    letter = letters["App asks: Refund order 7?"]
    token = link_in(letter)

    pages = [Client().get(address) for address in ("/a", f"/a?token={token}", "/a/answer", "/a/look")]
    looked = by_link(token, "look")
    given = by_link(token, action="refuse")
    used = by_link(token, action="approve")
    forged = by_link(f"{token[:-2]}xx", action="approve")

    assert (letter["To"], letter["From"]) == ("boss@example.org", "The shop <shop@example.org>")
    assert set(letters) == {"App asks: Refund order 7?", "Please look"}
    assert text_of(letters["Please look"]).startswith("Hm.\n\nAnswer here:\n")
    assert [page.status_code for page in pages] == [200, 200, 405, 405]
    assert looked.json()["ask"]["message"] == "Refund order 7?"
    assert (given.status_code, used.json()["error"]["code"]) == (200, "already_answered")
    assert (forged.status_code, forged.json()["error"]["code"]) == (404, "bad_answer_link")
    assert stack.ended(run).answer == "No."
    assert is_asking(other)


def test_the_link_stands_in_no_fact_no_row_and_no_log(stack: Stack, office: Office):
    stack.start_worker()
    run = asks(stack, office)
    until(lambda: is_asking(run), "it asks", stack.log_tail)
    token = link_in(office.kept[0])
    secret = token.rpartition(":")[2]
    by_link(token, action="approve")
    ended = stack.ended(run)

    facts = [str(data) for data in Event.objects.filter(run=run).values_list("data", flat=True)]

    assert "boss@example.org" in str(facts)
    assert not [fact for fact in facts if secret in fact or "/a#" in fact]
    assert secret not in str(Run.objects.filter(pk=ended.pk).values())
    assert secret not in stack.log_tail()


def test_a_worker_that_dies_after_sending_asks_what_became_of_it_and_then_waits_for_the_answer(
    stack: Stack, office: Office
):
    worker = stack.start_worker(may_die=True, **DYING)
    run = asks(stack, office)
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    assert (worker.poll(), len(office.kept)) == (137, 1)
    stack.start_worker(TREADLE_LEASE_S="1")
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "the run asks", stack.log_tail)
    assert [one["reason"] for one in Run.objects.get(pk=run.pk).waiting] == ["outcome_unknown"]
    early = by_link(link_in(office.kept[0]), action="approve")

    settle_run(run, "ask_human_1", "done", None)
    until(lambda: is_asking(run), "it waits for the answer", stack.log_tail)
    by_link(link_in(office.kept[0]), action="approve")

    assert early.json()["error"]["code"] == "nothing_to_answer"
    assert stack.ended(run).answer == "Yes."
    assert len(office.kept) == 1


def test_a_letter_that_a_person_has_sent_again_goes_to_the_same_people_as_the_same_letter(
    stack: Stack, office: Office
):
    worker = stack.start_worker(may_die=True, **DYING)
    run = asks(stack, office)
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    stack.start_worker(TREADLE_LEASE_S="1")
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "the run asks", stack.log_tail)

    settle_run(run, "ask_human_1", "again", None)
    until(lambda: is_asking(run), "it waits for the answer", stack.log_tail)
    by_link(link_in(office.kept[0]), action="refuse")

    first, second = office.kept
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == second["To"] == "boss@example.org"
    assert stack.ended(run).answer == "No."


def test_a_worker_that_dies_when_the_letter_is_written_down_leaves_nothing_to_settle(
    stack: Stack, office: Office
):
    dying = {**DYING, "TREADLE_FAILPOINT": "timer.before:1"}
    worker = stack.start_worker(may_die=True, **dying)
    run = asks(stack, office)
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    assert (worker.poll(), len(office.kept)) == (137, 1)

    stack.start_worker(TREADLE_LEASE_S="1")
    until(lambda: is_asking(run), "it waits for the answer", stack.log_tail)
    by_link(link_in(office.kept[0]), action="approve")

    assert stack.ended(run).answer == "Yes."
    assert len(office.kept) == 1
    facts = Event.objects.filter(run=run, type="node_waiting").values_list("data", flat=True)
    assert [data["reason"] for data in facts] == ["ask_human"]
