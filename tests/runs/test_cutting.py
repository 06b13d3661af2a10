"""What is too large for a fact is cut out of it and put back, and nothing else is touched."""

import json
from typing import Any

import pytest

from backend.runs.columns import dumps
from backend.runs.large_values import BLOB, LARGE, PLACES, cut, named, preview, whole

LONG = "a long story " * 10_000
MANY = [{"n": n, "name": "ä" * 20} for n in range(3_000)]
LOOKS_LIKE_ONE = {BLOB: "0" * 64, "bytes": 1, "preview": "?"}


def put_back(short: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    return whole(short, {value.sha256: json.loads(value.text) for value in values})


@pytest.mark.parametrize(
    "data",
    [
        {"attempt": 1, "output": {"text": LONG, "usage": 3}, "port": "out"},
        {"input": {"a": LONG, "b": MANY, "c": "short"}, "output": {"a": LONG}},
        {"output": LONG},
        {"output": MANY},
        {"output": {f"field {n}": "x" * 1_000 for n in range(100)}},
        {"name": "story", "operator": "set", "value": MANY},
        {"payload": LONG, "name": "answer"},
        {"output": {"": LONG, "#blobs": MANY, "a.b": LONG, "text": LOOKS_LIKE_ONE}},
    ],
)
def test_a_fact_is_whole_again_when_its_values_are_put_back(data: dict[str, Any]):
    short, values = cut(data)

    assert len(dumps(short)) < LARGE < len(dumps(data))
    assert put_back(short, values) == data
    assert set(named(short)) == {value.sha256 for value in values}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"output": None, "value": 3, "payload": True},
        {"output": {"text": "x" * (LARGE - 100)}},
        {"output": LOOKS_LIKE_ONE, "value": LOOKS_LIKE_ONE},
        {"answer": LONG},
    ],
)
def test_what_is_small_or_shown_to_the_person_stays_where_it_is(data: dict[str, Any]):
    assert cut(data) == (data, [])
    assert whole(data, {}) is data


def test_a_value_that_only_looks_like_a_reference_is_none():
    short, values = cut({"output": {"text": LONG, "other": LOOKS_LIKE_ONE}})

    assert [value.sha256 for value in values] == list(named(short))
    assert put_back(short, values)["output"]["other"] == LOOKS_LIKE_ONE


def test_the_same_value_has_the_same_name_wherever_it_stands():
    short, _ = cut({"input": {"text": LONG}, "output": {"reply": LONG}})

    assert len(short[PLACES]) == 2
    assert len(set(named(short))) == 1


def test_a_preview_is_small_and_of_the_same_kind():
    assert preview(LONG).startswith("a long story")
    assert preview(LONG).endswith("…")
    assert preview(MANY) == MANY[:5]
    assert preview({"items": MANY, "text": LONG})["items"] == MANY[:5]
    deep: Any = LONG
    for _ in range(40):
        deep = [{"more": deep}] * 50
    assert len(dumps(preview(deep))) < 1_000
    assert len(dumps(preview([["ä" * 500] * 9] * 9))) < LARGE
