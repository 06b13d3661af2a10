"""Rules for models: what may be said of one, who may say it, and what becomes of it when a model goes."""

from typing import Any

import pytest

from backend.accounts.models import AuditEntry
from backend.providers import services
from backend.providers.models import ModelRules
from tests.backend.providers.test_models_page import connect
from tests.conftest import Person

NOTHING = {
    "at_once": None,
    "requests_a_minute": None,
    "tokens_a_minute": None,
    "prompt_price": None,
    "completion_price": None,
    "unit_price": None,
    "stand_ins": [],
}


def say(person: Person, model: str = "openai/gpt-x", **said: Any) -> Any:
    body = {"model": model, **said}
    return person.client.put("/api/models/rules", body, content_type="application/json")


def test_what_is_said_of_a_model_is_shown_and_replaced(owner: Person):
    connect(owner)

    first = say(owner, at_once=4, prompt_price=0.15, completion_price=0.6, stand_ins=["practice"])
    second = say(owner, tokens_a_minute=90_000)
    last = say(owner)

    assert first.json()["rules"] == [
        {**NOTHING, "model": "openai/gpt-x", "at_once": 4, "prompt_price": 0.15, "completion_price": 0.6}
        | {"stand_ins": ["practice"]}
    ]
    assert second.json()["rules"] == [{**NOTHING, "model": "openai/gpt-x", "tokens_a_minute": 90_000}]
    assert last.json()["rules"] == []
    entries = AuditEntry.objects.filter(action="model.rules_changed").order_by("pk")
    assert [entry.details for entry in entries][1] == {"tokens_a_minute": 90_000}
    assert len(entries) == 3


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"at_once": 0}, "bad_field", "at_once"),
        ({"at_once": 1.5}, "bad_field", "at_once"),
        ({"requests_a_minute": -1}, "bad_field", "requests_a_minute"),
        ({"prompt_price": 1}, "missing_field", "completion_price"),
        ({"prompt_price": -1, "completion_price": 1}, "bad_field", "prompt_price"),
        ({"stand_ins": ["openai/gpt-x"]}, "bad_field", "stand_ins.0"),
        ({"stand_ins": ["practice", "practice"]}, "bad_field", "stand_ins.1"),
        ({"stand_ins": ["openai/nobody"]}, "model_missing", "stand_ins.0"),
        ({"stand_ins": ["practice"] * 6}, "bad_field", "stand_ins"),
        ({"model": "openai/nobody", "at_once": 1}, "model_missing", "model"),
        ({"model": "multilingual-e5-small", "stand_ins": ["practice"]}, "bad_field", "stand_ins"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(owner: Person, said: dict[str, Any], code: str, field: str):
    connect(owner)

    answer = say(owner, **said)

    assert answer.status_code == 422, answer.content
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert not ModelRules.objects.exists()


def test_only_an_owner_says_so_and_only_in_the_own_workspace(owner: Person, viewer: Person, stranger: Person):
    connect(owner)

    assert say(viewer, at_once=1).status_code == 403
    assert say(stranger, at_once=1).json()["error"]["code"] == "model_missing"
    assert say(owner, at_once=1).status_code == 200
    assert stranger.client.get("/api/models").json()["rules"] == []


def test_only_a_model_of_its_kind_stands_in_for_one_that_ranks(owner: Person):
    connect(owner, models=["gpt-x"], embedding_models=["vec"], rerank_models=["one", "two"])

    assert say(owner, "openai/one", stand_ins=["openai/two"], at_once=2).status_code == 200
    for model, other in (("one", "gpt-x"), ("one", "vec"), ("gpt-x", "one"), ("vec", "one")):
        answer = say(owner, f"openai/{model}", stand_ins=[f"openai/{other}"])
        assert answer.status_code == 422, (model, other)


def test_only_a_model_of_its_kind_stands_in_for_one_that_draws_and_a_picture_has_a_price(owner: Person):
    connect(owner, models=["gpt-x"], speech_models=["voice"], image_models=["one", "two"])

    said = say(owner, "openai/one", stand_ins=["openai/two"], unit_price=0.04)

    assert said.json()["rules"] == [
        {**NOTHING, "model": "openai/one", "stand_ins": ["openai/two"], "unit_price": 0.04}
    ]
    for model, other in (("one", "gpt-x"), ("one", "voice"), ("voice", "one"), ("gpt-x", "one")):
        answer = say(owner, f"openai/{model}", stand_ins=[f"openai/{other}"])
        assert answer.status_code == 422, (model, other)


def test_a_model_that_goes_takes_its_rules_and_stands_in_no_more(owner: Person):
    connect(owner)
    other = connect(owner, name="second")
    say(owner, stand_ins=["second/gpt-x", "practice"])
    say(owner, "second/gpt-x", at_once=1)

    services.remove_connection(other)

    rules = {row.model: row.stand_ins for row in ModelRules.objects.all()}
    assert rules == {"openai/gpt-x": ["practice"]}
