"""A question is answered by whoever has its link: once, while it is open."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from backend.runs.answer_links import answer_token
from backend.runs.models import Run, Wait
from backend.workflows.models import Version
from tests.conftest import Person
from tests.runs.asking import asking, ella, refund, waiting
from tests.runs.stack import Stack, graph, node
from tests.runs.test_api import post

__all__ = ["asking", "ella", "refund"]


def link_for(person: Person, run: Run, **body: Any) -> str:
    """The token of a fresh link."""
    made = post(person.client, f"/api/runs/{run.pk}/answer-link", {"path": "ask_human_1", **body})
    assert made.status_code == 201, made.content
    return made.json()["url"].partition("/a#")[2]


def by_link(token: str, path: str = "answer", **body: Any) -> Any:
    return post(Client(), f"/a/{path}", {"token": token, **body})


def test_a_link_shows_the_question_to_whoever_has_it_and_takes_one_answer(
    running: Stack, ella: Person, asking: Run
):
    token, other = link_for(ella, asking), link_for(ella, asking)

    looked = [by_link(token, "look") for _ in range(2)]
    wrong = by_link(token, action="approve", fields={"amount": "much"})
    given = by_link(token, action="approve", fields={"amount": 3})
    again = [by_link(one, path) for one in (token, other) for path in ("look", "answer")]

    assert [one.json()["ask"]["message"] for one in looked] == ["Refund order 7?"] * 2
    assert looked[0].json()["app"] == "App"
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "fields.amount")
    assert given.status_code == 200
    assert {(one.status_code, one.json()["error"]["code"]) for one in again} == {(409, "already_answered")}
    assert "Ella" not in str([one.content for one in again])
    assert running.ended(asking).answer == ": 3"


def test_a_link_is_for_one_question_of_one_run(running: Stack, ella: Person, asking: Run, refund: Version):
    sister = waiting(running.say(refund, "order 8"))

    by_link(link_for(ella, sister), action="refuse")

    assert running.ended(sister).answer == "No."
    assert Wait.objects.filter(run=asking).exists()


def test_a_link_whose_time_is_over_says_so_in_words(ella: Person, asking: Run):
    wait = Wait.objects.get(run=asking)

    refused = by_link(answer_token(wait, timezone.now() - timedelta(seconds=1)), "look")

    assert (refused.status_code, refused.json()["error"]["code"]) == (410, "answer_link_expired")


def test_a_link_is_good_for_the_attempt_that_asked_and_not_for_a_stopped_run(ella: Person, asking: Run):
    token = link_for(ella, asking)
    Wait.objects.filter(run=asking).update(attempt=2)
    earlier = by_link(token, action="refuse")
    Wait.objects.filter(run=asking).update(attempt=1)
    post(ella.client, f"/api/runs/{asking.pk}/cancel")

    stopped = by_link(token, action="refuse")

    assert [one.json()["error"]["code"] for one in (earlier, stopped)] == ["nothing_to_answer"] * 2


def test_a_changed_link_is_refused_and_looking_by_get_changes_nothing(ella: Person, asking: Run):
    token = link_for(ella, asking)

    forged = by_link(f"{token[:-2]}xx", action="refuse")
    pages = [Client().get(path) for path in ("/a", f"/a?token={token}")]

    assert (forged.status_code, forged.json()["error"]["code"]) == (404, "bad_answer_link")
    assert [page.status_code for page in pages] == [200, 200]
    assert Client().get("/a/answer").status_code == 405
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"
    assert Wait.objects.filter(run=asking).exists()


def test_a_form_by_link_takes_a_file_from_whoever_has_it(running: Stack, ella: Person):
    asks_file = graph(
        [
            node("start"),
            node("ask_human", message="Your CV?", fields=[{"name": "cv", "type": "file", "required": True}]),
            node("answer", text="{{ ask_human_1.fields.cv.name }}"),
        ],
        "start_1 -> ask_human_1",
        "ask_human_1 -> answer_1",
    )
    run = waiting(running.say(running.app(asks_file, ella.workspace), "Hello"))
    token = link_for(ella, run)

    def send(token: str) -> Any:
        file = SimpleUploadedFile("cv.txt", b"Hello")
        return Client().post("/a/files", {"file": file}, headers={"Authorization": f"Bearer {token}"})

    sent, elsewhere = send(token), send("nonsense")
    by_link(token, fields={"cv": sent.json()["id"]})

    assert sent.status_code == 201, sent.content
    assert elsewhere.status_code == 404
    assert running.ended(run).answer == "cv.txt"
