"""The official OpenAI client talks to a published app: web, worker, Redis and database are real."""

from dataclasses import dataclass

import openai
import pytest

from backend.publish.services import change_publication, create_key, keys_of, revoke_key
from backend.runs.models import Run
from tests.publish.conftest import SLOW, Offered

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Caller:
    """Someone with a key of an app and OpenAI's client."""

    client: openai.OpenAI
    app: Offered

    def asks(self, text, **options):
        return self.says([user(text)], **options)

    def says(self, messages, **options):
        slug = self.app.publication.slug
        return self.client.chat.completions.create(model=slug, messages=messages, **options)


def caller(served, app, *, key=None, max_retries=0):
    url = f"{served.url}/v1"
    return Caller(
        openai.OpenAI(base_url=url, api_key=key or app.key, timeout=60, max_retries=max_retries), app
    )


def user(text):
    return {"role": "user", "content": text}


def text_of(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@pytest.fixture
def ann(served, chat):
    return caller(served, chat)


def test_an_answer_comes_with_its_usage(ann, chat):
    answer = ann.asks("Hello")

    assert answer.choices[0].message.content == "You said: Hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == chat.publication.slug
    assert answer.id == f"chatcmpl-{chat.run.pk.hex}"
    assert answer.usage.prompt_tokens == chat.run.usage["prompt_tokens"] > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_says_the_same_word_by_word(ann, chat):
    chunks = list(ann.asks("slow", stream=True, stream_options={"include_usage": True}))

    assert text_of(chunks) == chat.run.answer == SLOW
    assert len(chunks) > 5
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens == chat.run.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_the_wish_carries_no_usage(ann):
    chunks = list(ann.asks("Hello", stream=True))

    assert text_of(chunks)
    assert [chunk for chunk in chunks if chunk.usage is not None] == []


def test_chinese_and_emoji_arrive_whole(ann, chat):
    said = "你好，世界 😀👩‍👩‍👧 \n\r\u2028 end"

    assert text_of(ann.asks(said, stream=True)) == chat.run.answer == f"You said: {said}"


def test_earlier_messages_are_this_runs_history(ann, chat):
    answer = ann.says([user("Hi"), {"role": "assistant", "content": "Hello!"}, user("history")])

    assert answer.choices[0].message.content.startswith("4 messages;")
    assert chat.run.conversation is None


def test_system_text_reaches_the_model_only_if_the_app_allows_it(ann, chat):
    messages = [{"role": "system", "content": "Speak like a sailor."}, user("history")]
    with pytest.raises(openai.BadRequestError) as refused:
        ann.says(messages)

    change_publication(chat.publication, {"allow_system_text": True})
    answer = ann.says(messages)

    assert refused.value.code == "system_text_not_allowed"
    assert "Speak like a sailor." in answer.choices[0].message.content


def test_models_are_listed(ann, chat):
    slug = chat.publication.slug

    assert [model.id for model in ann.client.models.list()] == [slug]
    assert ann.client.models.retrieve(slug).owned_by == "treadle"
    with pytest.raises(openai.NotFoundError):
        ann.client.models.retrieve("gpt-4o")


def test_an_unsupported_parameter_is_named(ann, chat):
    with pytest.raises(openai.BadRequestError) as refused:
        ann.asks("Hi", temperature=0.5)

    assert refused.value.param == "temperature"
    assert refused.value.code == "unsupported_parameter"
    assert not Run.objects.filter(workflow=chat.workflow).exists()


def test_a_wrong_and_a_revoked_key_are_401(served, chat, ann):
    with pytest.raises(openai.AuthenticationError):
        caller(served, chat, key="tk_wrong").asks("Hi")

    revoke_key(chat.workflow, keys_of(chat.workflow).get().pk)

    with pytest.raises(openai.AuthenticationError):
        ann.asks("Hi")


def test_two_keys_of_an_app_both_open_it(served, chat):
    _, text = create_key(chat.workflow, name="Second")

    answer = caller(served, chat, key=text).asks("Hello")

    assert answer.choices[0].message.content == "You said: Hello"


def test_a_limit_is_a_rate_limit_error(ann, chat):
    change_publication(chat.publication, {"requests_per_minute_key": 1})
    ann.asks("Hi")

    with pytest.raises(openai.RateLimitError) as refused:
        ann.asks("Hi")

    assert refused.value.code == "too_many_requests"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60


def test_the_days_tokens_end_in_words_and_their_client_does_not_wait_for_tomorrow(served, chat):
    change_publication(chat.publication, {"tokens_per_day_key": 1})
    patient = caller(served, chat, max_retries=9)
    patient.asks("Hi")

    with pytest.raises(openai.RateLimitError) as refused:
        patient.asks("Hi")

    assert refused.value.code == "daily_tokens_used"
    assert "00:00 UTC" in refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"


def test_a_failure_has_a_public_code_and_says_nothing_inner(ann, chat):
    with pytest.raises(openai.InternalServerError) as failed:
        ann.asks("broken")

    assert failed.value.code == "app_failed"
    assert "sk-secret" not in failed.value.response.text
    assert failed.value.body["run_id"] == str(chat.run.pk)


def test_a_failure_in_mid_stream_is_raised_by_the_client(ann, chat):
    received = []

    with pytest.raises(openai.APIError) as failed:
        received.extend(ann.asks("broken", stream=True))

    assert failed.value.code == "app_failed"
    assert failed.value.body["run_id"] == str(chat.run.pk)
    assert text_of(received) == "I begin "


def test_a_client_that_repeats_by_itself_does_not_pay_twice_for_a_failed_run(served, chat):
    with pytest.raises(openai.InternalServerError):
        caller(served, chat, max_retries=3).asks("broken")

    assert Run.objects.filter(workflow=chat.workflow).count() == 1


def test_the_same_idempotency_key_gives_the_same_completion(ann, chat):
    header = {"Idempotency-Key": "order-1"}

    first = ann.asks("Hello", extra_headers=header)
    again = ann.asks("Hello", extra_headers=header)

    assert first == again
    assert Run.objects.filter(workflow=chat.workflow).count() == 1
    with pytest.raises(openai.ConflictError):
        ann.asks("Something else", extra_headers=header)
