"""Which schemas the grammar engine may see. Those refused hung it or were only half obeyed when tried."""

from typing import Any

import pytest

from workers.models.runtime import Refused
from workers.models.schema_limits import bounded


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def doubling(count: int) -> dict[str, Any]:
    steps = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(count)}
    return {"$ref": "#/$defs/a0", "$defs": {**steps, f"a{count}": {"type": "string"}}}


ORDINARY: list[dict[str, Any]] = [
    {},
    {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
    {"type": ["string", "null"]},
    {"type": "string", "enum": ["a", "b"]},
    {"const": 1},
    {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 5}, "maxItems": 3},
    {"anyOf": [{"$ref": "#/$defs/p"}, {"type": "null"}], "$defs": {"p": {"type": "object"}}},
    {"type": "string", "format": "date"},
    {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}},
    nested(10),
]  # fmt: skip

REFUSED: list[Any] = [
    None, [], "x", 1, False,
    {"type": "banana"}, {"type": []}, {"type": 1},
    {"type": "string", "pattern": "^((a{0,9}){0,9}){0,9}$"},
    {"oneOf": [{"type": "string"}]}, {"allOf": [{"type": "string"}]}, {"not": {}}, {"if": {}},
    {"type": "number", "multipleOf": 0.1}, {"patternProperties": {"a": {}}}, {"unknown": 1},
    {"type": "string", "minLength": 10**9}, {"type": "string", "maxLength": -1}, {"maxLength": "5"},
    {"type": "string", "minLength": 50, "maxLength": 3},
    {"type": "array", "items": {}, "minItems": 5, "maxItems": 4}, {"type": "array", "maxItems": 10**6},
    {"type": "integer", "minimum": 5, "maximum": 3}, {"type": "integer", "minimum": 1.2, "maximum": 1.8},
    {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, {"type": "integer", "minimum": 10**30},
    {"type": "string", "maxLength": 5, "format": "time"}, {"type": "string", "format": "hostname"},
    {"anyOf": []}, {"anyOf": [{"type": "null"}], "type": "string"}, {"enum": []}, {"enum": [{}]},
    {"enum": list(range(301))}, {"type": "string", "enum": [1]}, {"prefixItems": [{}], "items": {}},
    {"type": "object", "required": ["a"], "properties": {}, "additionalProperties": False},
    {"$ref": "http://169.254.169.254/"}, {"$ref": "#"}, {"$ref": "#/$defs/x"}, {"$ref": 1},
    {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
    {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}},
    {"type": "object", "properties": {f"p{n}": {} for n in range(500)}},
    {"description": "x" * 30_000}, nested(30), nested(400), doubling(12), doubling(60),
]  # fmt: skip


@pytest.mark.parametrize("schema", ORDINARY, ids=str)
def test_an_ordinary_schema_passes_as_it_is(schema: dict[str, Any]) -> None:
    assert bounded(schema) == schema


@pytest.mark.parametrize("schema", REFUSED, ids=lambda schema: str(schema)[:60])
def test_a_dear_or_misunderstood_schema_is_refused_in_a_sentence(schema: Any) -> None:
    with pytest.raises(Refused) as caught:
        bounded(schema)

    assert caught.value.code == "bad_schema"
    assert caught.value.message.endswith(".")


def test_words_for_people_are_left_out() -> None:
    schema = {"type": "object", "title": "T", "properties": {"title": {"type": "string", "description": "d"}}}

    assert bounded(schema) == {"type": "object", "properties": {"title": {"type": "string"}}}


def test_a_refusal_says_where() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}

    with pytest.raises(Refused, match=r"properties/a/pattern is a keyword"):
        bounded(schema)


def test_the_range_of_a_fraction_is_kept() -> None:
    schema = {"type": ["number", "null"], "minimum": 0, "exclusiveMaximum": 0.5}

    assert bounded(schema) == schema
