"""Streams as they come over the wire: our own, and the chat page's."""

import json
from typing import Any
from urllib.error import HTTPError

import pytest

from backend.accounts.models import Workspace
from backend.publish.described import describe
from backend.runs.models import Event
from nodes.sdk.graph import graph_from_json
from tests.publish.conftest import SLOW, Offered, offer
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import Stack, graph, node, until

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


ASKING = graph(
    [
        node("start"),
        node("ask_human", message="Sure?", who="visitor", actions=[{"name": "yes"}]),
        node("answer", text="Done."),
    ],
    "start_1 -> ask_human_1",
    "ask_human_1.yes -> answer_1",
)


def test_who_waits_for_a_run_that_waits_for_a_person_is_told_where_it_is_and_what_it_asks(served):
    app = offer(Workspace.objects.create(name="Anna's questions"), "Asks", graph_from_json(ASKING))

    early = send(served, "/v1/runs", {"query": "Pay"}, Prefer="wait=3", **app.bearer)
    run = json.load(early)

    assert (early.status, run["status"], run["finished_at"]) == (202, "waiting", None)
    assert [(ask["path"], ask["message"]) for ask in run["asks"]] == [("ask_human_1", "Sure?")]
    told = {"path": "ask_human_1", "action": "yes"}
    assert send(served, f"{early.headers['Location']}/answer", told, **app.bearer).status == 200
    until(lambda: _status(served, app, early.headers["Location"]) == "succeeded", "it ends")


def _status(served, app, place):
    return json.load(send(served, place, **app.bearer))["status"]


@pytest.mark.parametrize("wait", [0, 1])
def test_what_openapi_says_of_a_run_is_what_is_answered(served, chat, wait):
    described = describe({"paths": {}, "components": {"schemas": {}}})
    answer = send(served, "/v1/runs", {"query": "slow"}, Prefer=f"wait={wait}", **chat.bearer)
    run = json.load(answer)

    said = described["paths"]["/v1/runs"]["post"]["responses"][str(answer.status)]
    assert all(name in answer.headers for name in said["headers"])
    schema = described["components"]["schemas"]["PublicRun"]
    assert set(schema["required"]) <= set(run) <= set(schema["properties"])
    assert run["status"] in schema["properties"]["status"]["enum"]


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


# --- an app that asks a person ----------------------------------------------------------------------------

QUESTION = {
    "message": "How many, {{ start_1.query }}?",
    "fields": [{"name": "count", "type": "number", "required": True}],
    "actions": [{"name": "order", "title": "Order"}, {"name": "leave", "needs_form": False}],
}


def asking(who: str) -> Any:
    return graph_from_json(
        graph(
            [
                node("start"),
                node("ask_human", who=who, **QUESTION),
                node("answer", text="{{ ask_human_1.fields.count }} pieces"),
                node("answer", 2, text="None then."),
            ],
            "start_1 -> ask_human_1",
            "ask_human_1.order -> answer_1",
            "ask_human_1.leave -> answer_2",
        )
    )


@pytest.fixture
def order(served: Stack) -> Offered:
    return offer(Workspace.objects.create(name="Anna's orders"), "Orders", asking("visitor"))


@pytest.fixture
def approval(served: Stack) -> Offered:
    return offer(Workspace.objects.create(name="Anna's approvals"), "Approvals", asking("team"))


def refusal(served: Stack, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPError) as raised:
        send(served, path, body, **headers)
    return raised.value.code, json.load(raised.value)["error"]


def waiting(served: Stack, app: Offered, run: str) -> dict[str, Any]:
    """The run as its key's holder sees it, once it waits."""

    def look() -> Any:
        found = json.load(send(served, f"/v1/runs/{run}", **app.bearer))
        return found if found["status"] == "waiting" else None

    return until(look, "the run waits")


def test_a_visitor_is_asked_in_the_stream_answers_and_reads_on(served: Stack, order: Offered):
    page = send(served, f"/c/{order.publication.slug}")
    visitor = {"Cookie": page.headers["Set-Cookie"].split(";")[0]}
    events = events_of(send(served, f"/c/{order.publication.slug}/runs", {"query": "Ann"}, **visitor))
    run = next(events)[1]["id"]
    (ask,) = next(data["asks"] for kind, data, _ in events if kind == "asks")
    answer = {"path": ask["path"], "action": "order", "fields": {"count": 3}}
    door = f"/c/{order.publication.slug}/runs/{run}/answer"

    stranger = refusal(served, door, answer)
    elsewhere = refusal(served, door, answer, **visitor, Origin="https://evil.example")
    unfilled = refusal(served, door, {**answer, "fields": {}}, **visitor)
    send(served, door, answer, **visitor)
    rest = list(events)

    assert ask["message"] == "How many, Ann?"
    assert [one["title"] for one in ask["actions"]] == ["Order", "leave"]
    assert (stranger[0], elsewhere[0]) == (404, 403)
    assert (unfilled[0], unfilled[1]["field"]) == (400, "fields.count")
    assert [data["asks"] for kind, data, _ in rest if kind == "asks"] == [[]]
    assert folded(rest)[1][1]["answer"] == "3 pieces"
    late = refusal(served, door, answer, **visitor)
    assert (late[0], late[1]["code"]) == (409, "already_answered")
    # Whoever opens the page again is told what is open, and here nothing is.
    again = list(events_of(send(served, door.replace("/answer", "/events"), **visitor)))
    assert [kind for kind, _, _ in again] == ["run", "answer", "end"]


def test_a_key_finds_the_question_and_answers_it(served: Stack, order: Offered):
    run = json.load(send(served, "/v1/runs", {"query": "Ann", "mode": "async"}, **order.bearer))["id"]
    (ask,) = waiting(served, order, run)["asks"]

    send(served, f"/v1/runs/{run}/answer", {"path": ask["path"], "action": "leave"}, **order.bearer)

    ended = folded(events_of(send(served, f"/v1/runs/{run}/events", **order.bearer)))[1][1]
    assert ended["answer"] == "None then."


def test_what_the_team_is_asked_is_neither_shown_outside_nor_answered_from_there(
    served: Stack, approval: Offered
):
    run = json.load(send(served, "/v1/runs", {"query": "Ann", "mode": "async"}, **approval.bearer))["id"]
    (ask,) = waiting(served, approval, run)["asks"]

    answer = {"path": "ask_human_1", "action": "order", "fields": {"count": 1}}
    refused = refusal(served, f"/v1/runs/{run}/answer", answer, **approval.bearer)

    assert (ask["who"], ask["message"], ask["fields"], ask["path"]) == ("team", "", [], "")
    assert (refused[0], refused[1]["code"]) == (403, "not_yours_to_answer")
    assert waiting(served, approval, run)["asks"] == [ask]


def test_a_client_of_openais_is_told_that_the_app_asks_someone(served: Stack, approval: Offered):
    body = {
        "model": approval.publication.slug,
        "messages": [{"role": "user", "content": "Ann"}],
        "stream": True,
    }

    said = send(served, "/v1/chat/completions", body, **approval.bearer).read().decode()

    assert "asks_someone" in said
