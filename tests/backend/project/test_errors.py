"""Every refusal has one form, whoever refuses."""

import pytest
from django.test import Client

from tests.conftest import Person

FORM = {"code", "message", "hint", "field"}


def error_of(answer: object) -> dict[str, str]:
    body = answer.json()  # type: ignore[attr-defined]
    assert set(body["error"]) == FORM
    assert body["error"]["message"].endswith(".")
    return body["error"]


@pytest.mark.parametrize("path", ["/api/nothing", "/v1/nothing", "/api/workflows/not-a-uuid"])
def test_an_unknown_address_of_an_api_is_404_in_our_form(owner: Person, path: str) -> None:
    answer = owner.client.get(path)

    assert answer.status_code == 404
    assert error_of(answer)["code"] == "not_found"


def test_a_wrong_method_is_405_and_says_which_is_right(owner: Person) -> None:
    answer = owner.client.put("/api/session", "{}", content_type="application/json")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert error_of(answer)["code"] == "bad_method"


def test_an_unknown_field_is_named(owner: Person) -> None:
    answer = owner.client.patch(
        "/api/session", {"name": "A", "is_admin": True}, content_type="application/json"
    )

    assert answer.status_code == 400
    assert error_of(answer) | {"message": "", "hint": ""} == {
        "code": "unknown_field",
        "message": "",
        "hint": "",
        "field": "is_admin",
    }


def test_a_missing_field_is_named(anonymous: Client) -> None:
    answer = anonymous.post("/api/session", {"email": "a@b.c"}, content_type="application/json")

    assert answer.status_code == 422
    assert error_of(answer)["code"] == "missing_field"
    assert error_of(answer)["field"] == "password"


@pytest.mark.parametrize("value", [1, True, None, [], {}, "x" * 200])
def test_a_wrong_type_is_not_converted(owner: Person, value: object) -> None:
    answer = owner.client.patch("/api/session", {"language": value}, content_type="application/json")

    assert answer.status_code == (200 if value is None else 422)


def test_an_empty_body_is_refused(anonymous: Client) -> None:
    answer = anonymous.post("/api/session", "", content_type="application/json")

    assert error_of(answer)["code"] == "no_body"


def test_a_body_that_is_not_an_object_is_refused(anonymous: Client) -> None:
    for body in ("[]", "1", '"text"', "null"):
        answer = anonymous.post("/api/session", body, content_type="application/json")
        assert 400 <= answer.status_code < 500, body
        error_of(answer)


def test_a_form_is_not_json(anonymous: Client) -> None:
    answer = anonymous.post("/api/session", {"email": "a", "password": "b"})

    assert answer.status_code == 415
    assert error_of(answer)["code"] == "not_json"


def test_a_multipart_form_is_not_json_either(owner: Person) -> None:
    """The CSRF check reads a form to look for its token, and then the body is gone."""
    checked = Client(raise_request_exception=False, enforce_csrf_checks=True)
    checked.cookies = owner.client.cookies
    checked.get("/api/session")
    token = checked.cookies["csrftoken"].value

    for form in ({"csrfmiddlewaretoken": token}, {"name": "a"}):
        answer = checked.post("/api/workflows", form, headers={"X-CSRFToken": token})
        assert answer.status_code == 415
        assert error_of(answer)["code"] == "not_json"

    broken = checked.post(
        "/api/workflows", b"x", content_type="multipart/form-data; boundary=x", headers={"X-CSRFToken": token}
    )
    assert broken.status_code == 415


def test_an_unforeseen_error_shows_nothing_of_itself(
    owner: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the secret is mellon")

    monkeypatch.setattr("backend.accounts.api.session_answer", broken)

    answer = owner.client.get("/api/session")

    assert answer.status_code == 500
    assert error_of(answer)["code"] == "internal"
    assert "mellon" not in answer.content.decode()
    assert answer.headers["X-Request-ID"] in caplog.text
    assert "the secret is mellon" in caplog.text


@pytest.mark.parametrize("path", ["/api/workflows/%00", "/c/%00", "/api/workflows?x=%00"])
def test_a_nul_in_an_address_is_refused_before_the_database_sees_it(owner: Person, path: str) -> None:
    answer = owner.client.get(path)

    assert answer.status_code == 400
    assert error_of(answer)["code"] == "bad_request"


def test_a_strange_host_is_refused(anonymous: Client) -> None:
    answer = anonymous.get("/api/session", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert error_of(answer)["code"] == "bad_request"
