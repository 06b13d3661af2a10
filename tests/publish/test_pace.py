"""What needs no sign-in is not asked without end from one address."""

from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory

from backend.accounts.errors import ApiError
from backend.publish import pace
from backend.publish.pace import CALLS, LINKS, RATINGS, Pace


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    for one in (LINKS, CALLS, RATINGS):
        one.forget()
    yield
    for one in (LINKS, CALLS, RATINGS):
        one.forget()


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("/a/look", LINKS),
        ("/a/answer", LINKS),
        ("/a/files", LINKS),
        ("/hooks/nonsense", CALLS),
        ("/c/shop/runs/00000000-0000-4000-8000-000000000000/rating", RATINGS),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_too_many_calls_from_one_address_are_refused_and_another_is_heard(
    path: str, of: Pace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(of, "most", 2)
    client = Client()

    def call(address: str):
        return client.post(path, "{}", content_type="application/json", REMOTE_ADDR=address)

    answers = [call("203.0.113.5") for _ in range(3)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert answers[2].json()["error"]["code"] == "too_many_requests"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert call("203.0.113.6").status_code != 429


def test_after_a_minute_one_is_heard_again(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(pace, "monotonic", lambda: now[0])
    limit, request = Pace(1), RequestFactory().post("/a/look")
    limit.keep(request)
    with pytest.raises(ApiError):
        limit.keep(request)
    now[0] += pace.WINDOW_S

    limit.keep(request)


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "MOST_CALLERS", 3)
    limit = Pace(1)
    for i in range(10):
        limit.keep(RequestFactory().post("/a/look", REMOTE_ADDR=f"203.0.113.{i}"))

    assert len(limit._times) == 3
