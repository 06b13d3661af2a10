"""The official OpenAI client talks to a published app: web, worker, Redis and database are real."""

import openai
import pytest

from backend.publish.services import change_publication, create_key, keys_of, revoke_key
from backend.runs.models import Run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def client_of(stack, app, **options):
    return openai.OpenAI(base_url=f"{stack.url}/v1", api_key=app.key, timeout=60, max_retries=0, **options)


def user(text):
    return {"role": "user", "content": text}


def complete(client, text, **options):
    return client.chat.completions.create(model="chat", messages=[user(text)], **options)


def text_of(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@pytest.fixture
def client(stack, chat):
    return client_of(stack, chat)


def test_an_answer_comes_with_its_usage(client):
    answer = complete(client, "Hello")

    assert answer.choices[0].message.content == "You said: Hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "chat"
    run = Run.objects.get()
    assert answer.id == f"chatcmpl-{run.pk.hex}"
    assert answer.usage.prompt_tokens == run.usage["prompt_tokens"] > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_says_the_same_word_by_word(client):
    chunks = list(complete(client, "slow", stream=True, stream_options={"include_usage": True}))

    assert text_of(chunks) == Run.objects.get().answer == "one two three four five six seven eight nine ten"
    assert len(chunks) > 5
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens == Run.objects.get().total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_the_wish_carries_no_usage(client):
    assert all(chunk.usage is None for chunk in complete(client, "Hello", stream=True))


def test_chinese_and_emoji_arrive_whole(client):
    chunks = complete(client, "你好，世界 😀👩‍👩‍👧 \n\r\u2028 end", stream=True)

    assert text_of(chunks) == Run.objects.get().answer


def test_earlier_messages_are_this_runs_history(client):
    messages = [user("Hi"), {"role": "assistant", "content": "Hello!"}, user("history")]

    answer = client.chat.completions.create(model="chat", messages=messages)

    assert answer.choices[0].message.content.startswith("4 messages;")
    assert Run.objects.get().conversation is None


def test_system_text_reaches_the_model_only_if_the_app_allows_it(client, chat):
    messages = [{"role": "system", "content": "Speak like a sailor."}, user("history")]
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="chat", messages=messages)

    change_publication(chat.publication, {"allow_system_text": True})
    answer = client.chat.completions.create(model="chat", messages=messages)

    assert refused.value.code == "system_text_not_allowed"
    assert "Speak like a sailor." in answer.choices[0].message.content


def test_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["chat"]
    assert client.models.retrieve("chat").owned_by == "treadle"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_an_unsupported_parameter_is_named(client):
    with pytest.raises(openai.BadRequestError) as refused:
        complete(client, "Hi", temperature=0.5)

    assert refused.value.param == "temperature"
    assert refused.value.code == "unsupported_parameter"
    assert Run.objects.count() == 0


def test_a_wrong_and_a_revoked_key_are_401(stack, chat):
    with pytest.raises(openai.AuthenticationError):
        complete(openai.OpenAI(base_url=f"{stack.url}/v1", api_key="tk_wrong", max_retries=0), "Hi")

    revoke_key(chat.workflow, keys_of(chat.workflow).get().pk)

    with pytest.raises(openai.AuthenticationError):
        complete(client_of(stack, chat), "Hi")


def test_a_limit_is_a_rate_limit_error(client, chat):
    change_publication(chat.publication, {"requests_per_minute_key": 1})
    complete(client, "Hi")

    with pytest.raises(openai.RateLimitError) as refused:
        complete(client, "Hi")

    assert refused.value.code == "too_many_requests"
    assert int(refused.value.response.headers["retry-after"]) <= 60


def test_the_days_tokens_end_in_words_and_their_client_does_not_wait_for_tomorrow(stack, chat):
    change_publication(chat.publication, {"tokens_per_day_key": 1})
    patient = openai.OpenAI(base_url=f"{stack.url}/v1", api_key=chat.key, max_retries=9)
    complete(patient, "Hi")

    with pytest.raises(openai.RateLimitError) as refused:
        complete(patient, "Hi")

    assert refused.value.code == "daily_tokens_used"
    assert "00:00 UTC" in refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"


def test_a_failure_has_a_public_code_and_says_nothing_inner(client):
    with pytest.raises(openai.InternalServerError) as failed:
        complete(client, "broken")

    assert failed.value.code == "app_failed"
    assert "sk-secret" not in str(failed.value.response.text)
    assert failed.value.body["run_id"] == str(Run.objects.get().pk)


def test_a_failure_in_mid_stream_is_raised_by_the_client(client):
    received = []

    with pytest.raises(openai.APIError) as failed:
        received.extend(complete(client, "broken", stream=True))

    assert failed.value.code == "app_failed"
    assert failed.value.body["run_id"] == str(Run.objects.get().pk)
    assert text_of(received) == "I begin "


def test_a_client_that_retries_a_failed_run_pays_once(stack, chat):
    client = openai.OpenAI(base_url=f"{stack.url}/v1", api_key=chat.key, max_retries=3)

    with pytest.raises(openai.InternalServerError):
        complete(client, "broken")

    assert Run.objects.count() == 1


def test_the_same_idempotency_key_gives_the_same_completion(client):
    header = {"Idempotency-Key": "order-1"}

    first = complete(client, "Hello", extra_headers=header)
    again = complete(client, "Hello", extra_headers=header)

    assert first == again
    assert Run.objects.count() == 1
    with pytest.raises(openai.ConflictError):
        complete(client, "Something else", extra_headers=header)


def test_two_keys_of_an_app_both_open_it(stack, chat):
    _, text = create_key(chat.workflow, name="Second")

    answer = complete(openai.OpenAI(base_url=f"{stack.url}/v1", api_key=text), "Hello")

    assert answer.choices[0].message.content == "You said: Hello"
