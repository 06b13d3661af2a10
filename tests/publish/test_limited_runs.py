"""A run that comes to a limit, as it is met at every door: it keeps what it had, and says which limit."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from backend.accounts.models import Role, Workspace
from backend.runs.models import Event, Message, Run
from nodes.sdk.graph import graph_from_json
from tests.conftest import Person, make_person
from tests.publish.conftest import Offered, offer
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import Stack, graph, installed, node, until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPT = """
rules:
  - when: stuck
    reply: So far.
    first_delay_s: 20
    usage: {prompt_tokens: 5, completion_tokens: 5, cost: 0.2}
  - when: dear
    reply: So far.
    usage: {prompt_tokens: 5, completion_tokens: 5, cost: 0.2}
  - when: for ever
    reply: "On and on and on and on and on and on and on and on and on and on and on and on and on and on."
    first_delay_s: 30
reply: So far.
"""
LONG = "Please think about all of it. " * 20
ROUNDS = {**node("loop", count=50), "body": graph([node("template", text="again")])}
APPS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "step_limit": ({"steps": 6}, node("prompt", 1, user="Hello"), ROUNDS),
    "run_timed_out": ({"wall_s": 1}, node("prompt", 1, user="Hello"), node("prompt", 2, user="for ever")),
    "token_limit": ({"tokens": 60}, node("prompt", 1, user="Hello"), node("prompt", 2, user=LONG)),
    "cost_limit": ({"cost": 0.1}, node("prompt", 1, user="a dear one"), node("prompt", 2, user="Again")),
}
"""By the code that the run ends with: the app's limits, what says the answer, and what comes to the limit."""
PUBLIC = {code: "timed_out" if code == "run_timed_out" else code for code in APPS}
NAMES = {
    "step_limit": "6 steps",
    "run_timed_out": "1 second ",
    "token_limit": "60 tokens",
    "cost_limit": "0.1 US",
}


@pytest.fixture(scope="module")
def served(migrated_data: Path, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[Stack]:
    with installed(migrated_data, tmp_path_factory.mktemp("limited") / "data", django_db_blocker) as stack:
        stack.script(SCRIPT)
        stack.start_worker()
        stack.start_web()
        yield stack


@pytest.fixture(scope="module")
def anna(served: Stack) -> Person:
    return make_person("anna@example.com", Workspace.objects.create(name="Anna's bakery"), Role.OWNER)


def limited(anna: Person, code: str) -> Offered:
    limits, first, second = APPS[code]
    drawn = graph(
        [node("start"), first, node("answer", text="{{ prompt_1.text }}"), second],
        "start_1 -> prompt_1",
        "prompt_1 -> answer_1",
        f"answer_1 -> {second['id']}",
    )
    return offer(anna.workspace, code, graph_from_json({**drawn, "limits": limits}))


@pytest.mark.parametrize("code", APPS)
def test_a_run_that_comes_to_a_limit_says_which_at_every_door_and_keeps_its_answer(served, anna, code):
    app = limited(anna, code)
    chat = {"model": app.publication.slug, "messages": [{"role": "user", "content": "Hi"}]}

    def whole() -> Any:
        try:
            return send(served, "/v1/chat/completions", chat, **app.bearer)
        except HTTPError as refusal:
            return refusal

    page = f"/c/{app.publication.slug}"

    def visit() -> Any:
        stream = send(served, f"{page}/runs", {"query": "Hi"})
        cookie = stream.headers["Set-Cookie"].partition(";")[0]
        answer, (kind, ended) = folded(events_of(stream))
        again = send(served, f"{page}/conversations/{ended['conversation_id']}", Cookie=cookie)
        return answer, (kind, ended), json.load(again)["messages"]

    with ThreadPoolExecutor(5) as doors:
        waiting = doors.submit(lambda: json.load(send(served, "/v1/runs", {"query": "Hi"}, **app.bearer)))
        stream = {"query": "Hi", "mode": "stream"}
        ours = doors.submit(lambda: folded(events_of(send(served, "/v1/runs", stream, **app.bearer))))
        theirs = doors.submit(whole)
        chunks = doors.submit(
            lambda: send(served, "/v1/chat/completions", {**chat, "stream": True}, **app.bearer).read()
        )
        seen_by_visitor = doors.submit(visit)

    # Who holds a key, waiting and by stream; and a visitor of the chat page
    run = waiting.result()
    assert run["status"] == ("timed_out" if code == "run_timed_out" else "failed")
    assert (run["answer"], run["error"]["code"]) == ("So far.", PUBLIC[code])
    *seen, said_later = seen_by_visitor.result()
    for answer, (kind, ended) in (ours.result(), seen):
        assert (kind, answer, ended["answer"]) == ("end", "So far.", "So far.")
        assert ended["error"] == run["error"]
    assert [(m["text"], m["error"]) for m in said_later] == [("Hi", None), ("So far.", run["error"])]
    # OpenAI's clients
    refusal = theirs.result()
    error = json.load(refusal)["error"]
    assert (error["code"], refusal.headers["X-Should-Retry"]) == (PUBLIC[code], "false")
    assert error["message"].startswith(run["error"]["message"])
    assert json.load(send(served, f"/v1/runs/{error['run_id']}", **app.bearer))["answer"] == "So far."
    pieces = [json.loads(line[6:]) for line in chunks.result().decode().splitlines() if line]
    said = "".join(p["choices"][0]["delta"].get("content") or "" for p in pieces if "choices" in p)
    assert (said, pieces[-1]["error"]["code"]) == ("So far.", PUBLIC[code])
    # The console
    for mine in Run.objects.filter(workflow=app.workflow):
        seen = anna.client.get(f"/api/runs/{mine.pk}").json()
        assert seen["error"]["code"] == code
        assert NAMES[code] in seen["error"]["message"]
        assert seen["error"] == seen["events"][-1]["data"]["error"]
        assert seen["usage"]["total_tokens"] > 0
        started = [event for event in seen["events"] if event["type"] == "node_started"]
        assert len(started) <= APPS[code][0].get("steps", 4)
    assert Run.objects.filter(workflow=app.workflow).count() == 5
    assert not Event.objects.filter(run__workflow=app.workflow, type="run_succeeded").exists()
    assert set(Message.objects.filter(run__workflow=app.workflow, role="assistant").values_list("text")) == {
        ("So far.",)
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chat_page_has_words_for_each_limit(language):
    words = json.loads((ROOT / f"frontend/src/i18n/{language}/errors.json").read_text(encoding="utf-8"))
    messages = [words[PUBLIC[code]]["message"] for code in APPS]

    assert len(set(messages)) == 4
    assert "app_failed" not in PUBLIC.values()


def test_a_limit_holds_over_calls_side_by_side_and_a_killed_worker_and_nothing_is_counted_twice(served, anna):
    """The last one: it kills the worker."""
    inner = offer(
        anna.workspace,
        "Inner",
        graph_from_json(
            graph([node("start"), node("prompt", user="{{ start_1.query }}")], "start_1 -> prompt_1")
        ),
    )
    call = node("sub_workflow", workflow=str(inner.workflow.pk), query="a dear {{ each_1.item }}")
    items = ["one", "stuck", "three", "four", "five"]
    drawn = graph(
        [node("start"), {**node("each", items=items, at_once=2), "body": graph([call])}], "start_1 -> each_1"
    )
    runs: dict[str, Run] = {}
    for code, limits in {"token_limit": {"tokens": 39}, "cost_limit": {"cost": 0.5}}.items():
        runs[code] = served.say(served.app({**drawn, "limits": limits}, anna.workspace), "Hi")
    first, second = (f"each_1[{i}].sub_workflow_1[0].prompt_1" for i in (0, 1))
    for run in runs.values():
        facts = Event.objects.filter(run=run)
        until(lambda f=facts: f.filter(path=first, type="node_succeeded").exists(), "one answered")
        until(lambda f=facts: f.filter(path=second, type="node_started").exists(), "another is at work")

    worker = served.children[0]
    worker.kill()
    worker.wait()
    served.script(SCRIPT.replace("first_delay_s: 20", "first_delay_s: 0"))
    served.start_worker()

    for code, run in runs.items():
        ended = served.ended(run)
        assert (ended.status, ended.error["code"]) == ("failed", code)
        assert ended.recoveries > 0
        usages = [event.data.get("usage") for event in Event.objects.filter(run=run).order_by("seq")]
        assert sum(one["total_tokens"] for one in usages[:-1] if one) == ended.usage["total_tokens"]
        assert Event.objects.filter(run=run, path=first, type="node_started").count() == 1
        if code == "token_limit":
            assert ended.usage["total_tokens"] in (30, 40), "ten each: the fifth finds no room"
        else:
            # Two calls are below the limit, and two run side by side: it ends with the third or the fourth,
            # by how many had answered when the worker died.
            assert round(ended.usage["cost"], 6) in (0.6, 0.8)


@pytest.mark.parametrize(("how", "status"), [("succeeded", "succeeded"), ("failed", "failed")])
def test_an_app_that_ends_itself_says_its_last_word_at_the_doors(served, anna, how, status):
    drawn = graph(
        [
            node("start"),
            node("prompt", 1, user="Hello"),
            node("answer", text="{{ prompt_1.text }}"),
            node("stop", message="Bye.", status=how),
        ],
        "start_1 -> prompt_1",
        "prompt_1 -> answer_1",
        "answer_1 -> stop_1",
    )
    app = offer(anna.workspace, f"ends {how}", graph_from_json(drawn))

    run = json.load(send(served, "/v1/runs", {"query": "Hi"}, **app.bearer))
    stream = send(served, "/v1/runs", {"query": "Hi", "mode": "stream"}, **app.bearer)
    answer, (kind, ended) = folded(events_of(stream))

    assert run["answer"] == answer == ended["answer"] == "So far.\n\nBye."
    assert (run["status"], ended["status"], kind) == (status, status, "end")
    assert (run["error"] or {}).get("code") == (None if how == "succeeded" else "stopped")
    assert "Bye." not in str(run["error"])
