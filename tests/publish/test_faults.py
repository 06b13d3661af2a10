import pytest

from backend.publish.faults import http_status, public_error, run_for_key, run_for_visitor

RUN = {
    "id": "r",
    "status": "failed",
    "answer": "",
    "outputs": {"answer": ""},
    "error": {
        "code": "model_auth",
        "message": "Key sk-123 was refused by acme.",
        "hint": "See node 'Secret plan'.",
    },
    "usage": {"total_tokens": 5, "cost": 0.1},
}


def failed(code):
    return {**RUN, "error": {"code": code, "message": "inner", "hint": "inner"}}


@pytest.mark.parametrize(
    ("inner", "public"),
    [
        ("model_busy", "busy"),
        ("model_rate_limited", "busy"),
        ("model_timeout", "timed_out"),
        ("context_too_long", "too_long"),
        ("run_timed_out", "timed_out"),
        ("step_limit", "step_limit"),
        ("token_limit", "token_limit"),
        ("cost_limit", "cost_limit"),
        ("size_limit", "size_limit"),
        ("stopped", "stopped"),
        ("model_auth", "app_failed"),
        ("node_crashed", "app_failed"),
        ("an_unheard_of_code", "app_failed"),
    ],
)
def test_people_outside_learn_a_public_code_and_nothing_inner(inner, public):
    error = public_error(failed(inner))

    assert error["code"] == public
    assert "inner" not in error["message"] + error["hint"]


def test_a_run_that_went_well_has_no_error():
    assert public_error({**RUN, "status": "succeeded", "error": None}) is None
    assert public_error({**RUN, "status": "running", "error": None}) is None


def test_a_stopped_run_says_so():
    assert public_error({**RUN, "status": "cancelled", "error": None})["code"] == "cancelled"
    assert public_error({**RUN, "status": "timed_out", "error": None})["code"] == "timed_out"


def test_an_error_that_is_no_error_object_is_still_told():
    assert public_error({**RUN, "error": None})["code"] == "app_failed"
    assert public_error({**RUN, "error": "boom"})["code"] == "app_failed"


def test_a_key_sees_cost_and_outputs_and_a_visitor_does_not():
    assert run_for_key(RUN)["usage"] == RUN["usage"]
    assert run_for_visitor(RUN)["usage"] is None
    assert run_for_visitor(RUN)["outputs"] == {}
    for seen in (run_for_key(RUN), run_for_visitor(RUN)):
        assert "sk-123" not in str(seen)
        assert "Secret plan" not in str(seen)


def test_public_codes_have_a_fitting_http_status():
    assert [http_status(code) for code in ("busy", "timed_out", "too_long", "app_failed")] == [
        503,
        504,
        400,
        502,
    ]


def test_a_visitor_sees_where_an_answer_is_from_but_no_ids():
    source = {
        "n": 1,
        "document": "policy.md",
        "heading": "Returns",
        "page": 2,
        "text": "Thirty days.",
        "knowledge_id": "k",
        "document_id": "d",
        "chunk_id": 7,
    }

    (seen,) = run_for_visitor({**RUN, "sources": [source]})["sources"]

    assert seen == {**source, "knowledge_id": "", "document_id": "", "chunk_id": None}
    assert run_for_key({**RUN, "sources": [source]})["sources"] == [source]
    assert run_for_visitor({**RUN, "sources": None})["sources"] == []
