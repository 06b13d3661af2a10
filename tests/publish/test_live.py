"""Streams as they come over the wire: our own, and the chat page's."""

import json
from urllib.error import HTTPError

import pytest

from backend.accounts.models import Workspace
from backend.runs.models import Event
from nodes.sdk.graph import graph_from_json
from tests.publish.conftest import SLOW, offer
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import graph, node

pytestmark = pytest.mark.slow


def test_a_run_is_waited_for(served, chat):
    run = json.load(send(served, "/v1/runs", {"query": "Hello"}, **chat.bearer))

    assert run["status"] == "succeeded"
    assert run["answer"] == run["outputs"]["answer"] == "You said: Hello"
    assert run["usage"]["total_tokens"] > 0
    assert run["finished_at"] >= run["created_at"]


def test_a_long_run_is_answered_before_it_ends_and_found_later(served, chat):
    early = send(served, "/v1/runs", {"query": "slow"}, Prefer="wait=1", **chat.bearer)
    run = json.load(early)

    ended = folded(events_of(send(served, f"/v1/runs/{run['id']}/events", **chat.bearer)))[1][1]

    assert early.status == 202
    assert run["status"] == "running"
    assert ended["answer"] == SLOW
    assert json.load(send(served, early.headers["Location"], **chat.bearer)) == ended


def test_our_stream_folds_to_the_answer(served, chat):
    events = list(events_of(send(served, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer)))

    answer, (kind, run) = folded(events)
    assert [events[0][0], kind] == ["run", "end"]
    assert answer == run["answer"] == SLOW
    assert len(events) > 5
    assert run["usage"]["total_tokens"] > 0


def test_the_words_of_each_round_arrive_before_the_next_round_begins(served):
    body = graph(
        [node("prompt", user="slow"), node("answer", text="{{ loop_1.number }}: {{ prompt_1.text }}")],
        "prompt_1 -> answer_1",
    )
    drawn = graph([node("start"), {**node("loop", count=3), "body": body}], "start_1 -> loop_1")
    app = offer(Workspace.objects.create(name="Anna's rounds"), "Rounds", graph_from_json(drawn))

    events = list(events_of(send(served, "/v1/runs", {"query": "x", "mode": "stream"}, **app.bearer)))

    answer, (_, run) = folded(events)
    assert answer == run["answer"] == "\n\n".join(f"{n}: {SLOW}" for n in (1, 2, 3))
    # The last fact before the first words of each round.
    said: dict[int, int] = {}
    for i, (_, _, place) in enumerate(events):
        so_far = folded(events[: i + 1])[0]
        for n in (1, 2, 3):
            if f"{n}: one" in so_far:
                said.setdefault(n, int(place.split("-")[0]))
    facts = Event.objects.filter(run_id=run["id"])
    begun = [facts.filter(path=f"loop_1[{i}].prompt_1").order_by("seq").first().seq for i in range(3)]
    done = [facts.get(path=f"loop_1[{i}].prompt_1", type="node_succeeded").seq for i in range(3)]
    for i in range(3):
        assert begun[i] <= said[i + 1] < done[i]


def test_a_reader_that_comes_back_goes_on_where_it_was(served, chat):
    stream = events_of(send(served, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer))
    seen = [next(stream) for _ in range(4)]
    run_id, place = seen[0][1]["id"], seen[-1][2]

    rest = list(
        events_of(send(served, f"/v1/runs/{run_id}/events", **chat.bearer, **{"Last-Event-ID": place}))
    )

    assert folded([*seen, *rest])[0] == SLOW
    assert all(data["offset"] > 0 for kind, data, _ in rest if kind == "answer")


def test_a_visitor_watches_the_answer_and_learns_nothing_inner(served, chat):
    response = send(served, f"/c/{chat.publication.slug}/runs", {"query": "broken"})
    raw = response.read().decode()

    assert response.headers["Content-Type"].startswith("text/event-stream")
    for inner in ("sk-secret", "Secret plan", "prompt_1", "model_auth"):
        assert inner not in raw
    end = json.loads(raw.strip().rsplit("data: ", 1)[1])
    assert end["error"]["code"] == "app_failed"
    assert end["usage"] is None
    assert end["outputs"] == {}


def test_a_visitor_comes_back_with_the_cookie_and_goes_on(served, chat):
    page = f"/c/{chat.publication.slug}"
    first = send(served, f"{page}/runs", {"query": "Hello"})
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    conversation = folded(events_of(first))[1][1]["conversation_id"]

    body = {"query": "history", "conversation_id": conversation}
    answer = folded(events_of(send(served, f"{page}/runs", body, Cookie=cookie)))[0]

    assert answer.startswith("4 messages;")  # system, question, answer, question
    said = json.load(send(served, f"{page}/conversations/{conversation}", Cookie=cookie))
    assert [message["text"] for message in said["messages"]] == [
        "Hello",
        "You said: Hello",
        "history",
        answer,
    ]
    with pytest.raises(HTTPError) as refused:
        send(served, f"{page}/conversations/{conversation}")
    assert refused.value.code == 404


def test_cancel_ends_the_stream(served, chat):
    stream = events_of(send(served, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer))
    run_id = next(stream)[1]["id"]
    next(stream)

    send(served, f"/v1/runs/{run_id}/cancel", {}, **chat.bearer)
    _, (kind, run) = folded(stream)

    assert kind == "end"
    assert run["status"] == "cancelled"
    assert run["error"]["code"] == "cancelled"
