"""E-mail from runs: through the workspace's server, and never twice unless the app's owner wants it so."""

from __future__ import annotations

from typing import Any

from backend.mail.services import remove_server
from backend.runs.models import Run
from tests.runs.office import Office, office
from tests.runs.stack import Stack, graph, node, until

__all__ = ["office"]


def asked(stack: Stack, office: Office, *, has_server: bool = True, **config: Any) -> Run:
    mail = node("mail", to="bob@example.org", subject="Hi", text="{{ start_1.query }}", **config)
    office.serve(stack.bakery.pk)
    version = stack.app(
        graph(
            [node("start"), mail, node("answer", text="Sent to {{ mail_1.count }}.")],
            "start_1 -> mail_1",
            "mail_1 -> answer_1",
        )
    )
    if not has_server:  # taken away since the app was published
        remove_server(version.workspace_id)
    return stack.say(version, "Two loaves, please.")


def test_a_worker_that_dies_after_sending_asks_a_person_and_sends_no_second_letter(
    stack: Stack, office: Office
):
    dying = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": "step_result.before:2"}
    worker = stack.start_worker(may_die=True, TREADLE_LEASE_S="1", **dying)
    run = asked(stack, office)
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    assert (worker.poll(), len(office.kept)) == (137, 1)

    stack.start_worker(TREADLE_LEASE_S="1")
    until(lambda: Run.objects.get(pk=run.pk).status == "waiting", "the run asks", stack.log_tail)

    assert [one["reason"] for one in Run.objects.get(pk=run.pk).waiting] == ["outcome_unknown"]
    assert len(office.kept) == 1


def test_where_it_may_be_sent_again_both_copies_have_the_same_id(stack: Stack, office: Office):
    dying = {"TREADLE_ENABLE_FAILPOINTS": "1", "TREADLE_FAILPOINT": "step_result.before:2"}
    worker = stack.start_worker(may_die=True, TREADLE_LEASE_S="1", **dying)
    run = asked(stack, office, may_repeat=True)
    until(lambda: worker.poll() is not None, "the worker dies", stack.log_tail)
    assert (worker.poll(), len(office.kept)) == (137, 1)

    stack.start_worker(TREADLE_LEASE_S="1")

    assert stack.ended(run).answer == "Sent to 1."
    first, second = office.kept
    assert first["Message-ID"] == second["Message-ID"]
    assert first["From"] == "The shop <shop@example.org>"
    assert first.get_payload() == second.get_payload()
    assert str(first.get_payload()).strip() == "Two loaves, please."


def test_a_workspace_without_a_mail_server_sends_nothing_and_says_so(stack: Stack, office: Office):
    stack.start_worker()

    ended = stack.ended(asked(stack, office, has_server=False))

    assert (ended.status, ended.error["code"], office.kept) == ("failed", "mail_not_set_up", [])
