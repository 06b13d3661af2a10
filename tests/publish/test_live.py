"""Streams as they come over the wire: our own, the chat page's, and both when a worker is killed."""

import json
import urllib.error
import urllib.request

import openai
import pytest

from backend.runs.models import Run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SLOW = "one two three four five six seven eight nine ten"
OTHER_SCRIPT = "reply: something else altogether, said in quite other words"


def send(stack, path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{stack.url}{path}", data, {"Content-Type": "application/json", "Origin": stack.url, **headers}
    )
    return urllib.request.urlopen(request, timeout=60)


def events_of(response):
    """(event, data, id) of a server-sent stream, one by one."""
    event = {}
    for raw in response:
        line = raw.decode().rstrip("\n")
        if not line and event:
            yield event["event"], json.loads(event["data"]), event.get("id")
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def folded(events):
    """What a reader of answer events ends up with, and the last event."""
    answer, last = "", None
    for kind, data, _ in events:
        if kind == "answer":
            answer = answer[: data["offset"]] + data["text"]
        last = (kind, data)
    return answer, last


def test_a_run_is_waited_for(stack, chat):
    run = json.load(send(stack, "/v1/runs", {"query": "Hello"}, **chat.bearer))

    assert run["status"] == "succeeded"
    assert run["answer"] == run["outputs"]["answer"] == "You said: Hello"
    assert run["usage"]["total_tokens"] > 0
    assert run["finished_at"] >= run["created_at"]


def test_a_long_run_is_answered_before_it_ends_and_found_later(stack, chat):
    early = send(stack, "/v1/runs", {"query": "slow"}, Prefer="wait=1", **chat.bearer)
    run = json.load(early)

    ended = folded(events_of(send(stack, f"/v1/runs/{run['id']}/events", **chat.bearer)))[1][1]

    assert early.status == 202
    assert run["status"] == "running"
    assert ended["answer"] == SLOW
    assert json.load(send(stack, early.headers["Location"], **chat.bearer)) == ended


def test_our_stream_folds_to_the_answer(stack, chat):
    events = list(events_of(send(stack, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer)))

    answer, (kind, run) = folded(events)
    assert [events[0][0], kind] == ["run", "end"]
    assert answer == run["answer"] == SLOW
    assert len(events) > 5
    assert run["usage"]["total_tokens"] > 0


def test_a_reader_that_comes_back_goes_on_where_it_was(stack, chat):
    stream = events_of(send(stack, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer))
    seen = [next(stream) for _ in range(4)]
    run_id, place = seen[0][1]["id"], seen[-1][2]

    rest = list(
        events_of(send(stack, f"/v1/runs/{run_id}/events", **chat.bearer, **{"Last-Event-ID": place}))
    )

    assert folded([*seen, *rest])[0] == SLOW
    assert all(data["offset"] > 0 for kind, data, _ in rest if kind == "answer")


def test_a_visitor_watches_the_answer_and_learns_nothing_inner(stack, chat):
    response = send(stack, "/c/chat/runs", {"query": "broken"})
    raw = response.read().decode()

    assert response.headers["Content-Type"].startswith("text/event-stream")
    for inner in ("sk-secret", "Secret plan", "prompt_1", "model_auth"):
        assert inner not in raw
    end = json.loads(raw.strip().rsplit("data: ", 1)[1])
    assert end["error"]["code"] == "app_failed"
    assert end["usage"] is None
    assert end["outputs"] == {}


def test_a_visitor_comes_back_with_the_cookie_and_goes_on(stack, chat):
    first = send(stack, "/c/chat/runs", {"query": "Hello"})
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    run = folded(events_of(first))[1][1]

    again = send(
        stack, "/c/chat/runs", {"query": "history", "conversation_id": run["conversation_id"]}, Cookie=cookie
    )
    answer = folded(events_of(again))[0]

    assert answer.startswith("4 messages;")  # system, question, answer, question
    said = json.load(send(stack, f"/c/chat/conversations/{run['conversation_id']}", Cookie=cookie))
    assert [m["text"] for m in said["messages"]][:2] == ["Hello", "You said: Hello"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        send(stack, f"/c/chat/conversations/{run['conversation_id']}")
    assert refused.value.code == 404


def test_cancel_ends_the_stream(stack, chat):
    stream = events_of(send(stack, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer))
    run_id = next(stream)[1]["id"]
    next(stream)

    send(stack, f"/v1/runs/{run_id}/cancel", {}, **chat.bearer)
    _, (kind, run) = folded(stream)

    assert kind == "end"
    assert run["status"] == "cancelled"
    assert run["error"]["code"] == "cancelled"


def begin_slow_stream(stack, app):
    """A chat completion of which some words have come."""
    client = openai.OpenAI(base_url=f"{stack.url}/v1", api_key=app.key, timeout=60, max_retries=0)
    messages = [{"role": "user", "content": "slow"}]
    stream = iter(client.chat.completions.create(model="chat", messages=messages, stream=True))
    words = ""
    while len(words) < len("one two three"):
        words += next(stream).choices[0].delta.content or ""
    return words, stream


def test_after_a_kill_the_same_words_go_on_exactly(stack, chat):
    words, stream = begin_slow_stream(stack, chat)

    stack.kill_worker()
    stack.start_worker()
    for chunk in stream:
        words += chunk.choices[0].delta.content or ""

    run = Run.objects.get()
    assert run.status == "succeeded"
    assert words == run.answer == SLOW


def test_after_a_kill_other_words_end_the_stream_and_the_run_has_its_answer(stack, chat):
    native = send(stack, "/v1/runs", {"query": "slow", "mode": "stream"}, **chat.bearer)
    words, stream = begin_slow_stream(stack, chat)

    stack.kill_worker()
    stack.start_worker(OTHER_SCRIPT)
    try:
        with pytest.raises(openai.APIError) as restarted:
            list(stream)
        answer, (_, run) = folded(events_of(native))
    finally:
        stack.kill_worker()
        stack.start_worker()

    assert words.startswith("one two three")
    assert restarted.value.code == "answer_restarted"
    assert restarted.value.body["run_id"] in restarted.value.message
    assert answer == run["answer"] == "something else altogether, said in quite other words"
