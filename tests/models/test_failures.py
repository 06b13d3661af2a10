"""What services say when they refuse, in our words; and tokens where they do not count."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from nodes.sdk.models import Usage
from tests.models.conformance import ask
from workers.models.failures import from_status, retry_after_s
from workers.models.usage import estimate_tokens, estimate_usage, usage_from_json


@pytest.mark.parametrize(
    "said",
    [
        '{"error": {"message": "This model\'s maximum context length is 8192 tokens."}}',
        '{"error": {"code": "context_length_exceeded", "message": "too long"}}',
        '{"error": {"type": "exceed_context_size_error", "message": "n"}}',
        '{"type": "error", "error": {"message": "prompt is too long: 210000 tokens"}}',
    ],
)
def test_a_text_that_is_too_long_is_told_apart(said: str) -> None:
    assert from_status(400, said, {}, model="m").code == "context_too_long"


def test_an_account_without_credit_is_not_tried_again() -> None:
    said = '{"error": {"code": "insufficient_quota", "message": "You exceeded your current quota."}}'

    error = from_status(429, said, {"Retry-After": "5"}, model="m")

    assert (error.code, error.retry) == ("model_rate_limited", False)


@pytest.mark.parametrize(
    "body", ["", "<html>502</html>", "[1]", "{", '{"error": null}', b"\xff\xfe", "[" * 5000]
)
def test_any_body_makes_a_sentence(body: str | bytes) -> None:
    error = from_status(400, body, {}, model="m")

    assert error.code == "model_bad_request"
    assert "<html>" not in error.message


def test_what_a_service_says_is_shown_short_and_without_the_key() -> None:
    error = from_status(400, "bad key sk-1 " + "x" * 5000, {}, model="m", secret="sk-1")

    assert "sk-1" not in error.message
    assert len(error.message) < 500


def test_retry_after_is_a_number_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert retry_after_s({"retry-after": "7"}) == 7
    assert retry_after_s({"Retry-After": "1e9"}) == 600
    assert retry_after_s({"Retry-After": "-3"}) == 0
    assert 90 < (retry_after_s({"Retry-After": soon}) or 0) <= 100
    for nothing in ({}, {"Retry-After": ""}, {"Retry-After": "later"}, {"Retry-After": "nan"}):
        assert retry_after_s(nothing) is None


def test_tokens_are_estimated_by_script() -> None:
    assert [estimate_tokens(text) for text in ("", "a", "four", "eightsix", "北京", "北京 ok")] == [
        0,
        1,
        1,
        2,
        2,
        3,
    ]
    assert estimate_usage(ask("four"), "eightsix") == Usage(5, 2)


@pytest.mark.parametrize(
    "value", [None, 5, {}, {"prompt_tokens": 1}, {"prompt_tokens": "1", "completion_tokens": 2}]
)
def test_a_usage_that_is_none_is_none(value: object) -> None:
    assert usage_from_json(value) is None
