"""A published app while parts of the system are killed: streams, limits, and what PostgreSQL changes."""

from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

import openai
import pytest

from backend.publish.models import TokenHold
from backend.publish.services import change_publication
from backend.runs.models import Run
from tests.publish.conftest import SLOW, offer_chat, serve
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import Stack, looking_at

pytestmark = pytest.mark.slow
OTHER_WORDS = "something else altogether, said in quite other words"


def begin_slow_completion(stack, app):
    """A streamed completion of which some words have come."""
    client = openai.OpenAI(base_url=f"{stack.url}/v1", api_key=app.key, timeout=60, max_retries=0)
    messages = [{"role": "user", "content": "slow"}]
    chunks = client.chat.completions.create(model=app.publication.slug, messages=messages, stream=True)
    words = ""
    while len(words) < len("one two three"):
        words += next(chunks).choices[0].delta.content or ""
    return words, chunks


def test_after_a_kill_the_same_words_go_on_exactly(stack):
    app = offer_chat()
    words, chunks = begin_slow_completion(serve(stack), app)

    stack.children[0].kill()
    stack.start_worker()
    words += "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    assert app.run.status == "succeeded"
    assert words == app.run.answer == SLOW


def test_after_a_kill_other_words_end_their_stream_and_ours_has_the_answer(stack):
    app = offer_chat()
    serve(stack)
    ours = events_of(send(stack, "/v1/runs", {"query": "slow", "mode": "stream"}, **app.bearer))
    words, theirs = begin_slow_completion(stack, app)

    stack.children[0].kill()
    stack.script(f"reply: {OTHER_WORDS}")
    stack.start_worker()
    with pytest.raises(openai.APIError) as restarted:
        list(theirs)
    answer, (_, run) = folded(ours)

    assert words.startswith("one two three")
    assert restarted.value.code == "answer_restarted"
    assert restarted.value.body["run_id"] in restarted.value.message
    assert answer == run["answer"] == OTHER_WORDS


def test_without_redis_an_answer_still_comes_and_limits_still_hold(stack):
    app = offer_chat()
    change_publication(app.publication, {"requests_per_minute_key": 1})
    serve(stack)

    stack.kill_redis()
    answer, (_, run) = folded(
        events_of(send(stack, "/v1/runs", {"query": "Hello", "mode": "stream"}, **app.bearer))
    )
    with pytest.raises(HTTPError) as refused:
        send(stack, "/v1/runs", {"query": "Hello"}, **app.bearer)

    assert answer == run["answer"] == "You said: Hello"
    assert refused.value.code == 429


@pytest.fixture
def on_postgresql(postgresql_url, tmp_path, django_db_blocker):
    """An installation whose database is PostgreSQL."""
    stack = Stack(tmp_path, database_url=postgresql_url)
    with django_db_blocker.unblock(), looking_at(stack):
        stack.start_redis()
        yield stack
        stack.stop()


def test_on_postgresql_requests_at_one_moment_do_not_slip_past_the_limit(on_postgresql):
    app = offer_chat()
    change_publication(app.publication, {"requests_per_minute_app": 5})
    serve(on_postgresql)

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: status_of(on_postgresql, app), range(24)))

    assert sorted(set(statuses)) == [202, 429]
    assert Run.objects.filter(workflow=app.workflow).count() == statuses.count(202) == 5


def test_on_postgresql_one_idempotency_key_at_one_moment_is_one_run(on_postgresql):
    app = offer_chat()
    serve(on_postgresql)
    key = {"Idempotency-Key": "order-1"}

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: status_of(on_postgresql, app, **key), range(16)))

    assert set(statuses) <= {200, 202}
    assert app.run.query == "Hello"
    assert TokenHold.objects.filter(run=app.run).count() <= 1


def status_of(stack: Stack, app, **headers):
    """What a request for a run is answered with."""
    try:
        body = {"query": "Hello", "mode": "async"}
        return send(stack, "/v1/runs", body, **app.bearer, **headers).status
    except HTTPError as refused:
        return refused.code
