"""Schemas as tools bring them, and what a model can be bound to of them."""

from typing import Any

import jsonschema
import pytest

from nodes.sdk.tool_arguments import fault_of
from workers.models.guided_schema import TIGHT, bindable
from workers.models.schema_limits import bounded

POINT = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}

WHOLE: list[dict[str, Any]] = [
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": ["integer", "null"], "minimum": 1}}},
    {"type": "object", "properties": {"p": {"$ref": "#/$defs/P"}}, "$defs": {"P": POINT}},
    {
        "type": "object",
        "properties": {"p": {"allOf": [{"$ref": "#/definitions/P"}]}},
        "definitions": {"P": POINT},
    },
    {"$ref": "#/$defs/P", "$defs": {"P": POINT}},
    {"type": "object", "properties": {"p": {"$ref": "#/properties/q"}, "q": POINT}},
    {"type": "object", "properties": {"k": {"oneOf": [{"const": "ä"}, {"const": "ö", "title": "O"}]}}},
    {"type": "object", "properties": {"k": {"oneOf": [{"type": "string"}, {"type": "null"}]}}},
    {"type": "object", "properties": {"k": {"anyOf": [POINT, {"type": "integer"}], "description": "d"}}},
    {
        "type": "object",
        "properties": {"n": {"type": "integer", "multipleOf": 5, "minimum": 0, "maximum": 60}},
    },
    {"type": "object", "properties": {"n": {"type": "number", "minimum": 0, "exclusiveMinimum": True}}},
    {"type": "object", "properties": {"t": {"type": "array", "items": {"$ref": "#"}}}},
    {"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}},
    {"properties": {"名": {"type": "string", "format": "email"}}, "required": ["名"]},
]

LOOSE: list[tuple[dict[str, Any], str]] = [
    ({"type": "string", "pattern": "^a+$"}, "/f/pattern"),
    ({"type": "string", "format": "date", "maxLength": 5}, "/f/maxLength"),
    ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "/f/uniqueItems"),
    ({"oneOf": [POINT, POINT]}, "/f/oneOf"),
    ({"not": {"type": "string"}, "type": "string"}, "/f/not"),
    ({"type": "number", "multipleOf": 0.1}, "/f/multipleOf"),
    ({"type": "integer", "minimum": 3, "maximum": 2}, "/f/integer"),
    ({"$ref": "https://example.com/schema"}, "/f/$ref"),
    ({"enum": [{"a": 1}]}, "/f/enum"),
    ({"type": "object", "properties": {}, "minProperties": 1}, "/f/minProperties"),
    ({"type": "string", "minLength": 10**6}, "/f/minLength"),
]


@pytest.mark.parametrize("schema", WHOLE, ids=str)
def test_an_ordinary_tool_is_bound_whole(schema: dict[str, Any]) -> None:
    found = bindable(schema)

    assert found.loose == ()
    assert bounded(found.schema) == found.schema


@pytest.mark.parametrize(("field", "place"), LOOSE, ids=str)
def test_what_is_not_bound_is_named(field: dict[str, Any], place: str) -> None:
    found = bindable({"type": "object", "properties": {"f": field}})

    assert place in found.loose
    assert bounded(found.schema) == found.schema


def test_texts_and_lists_have_an_end() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}

    field: Any = bindable(schema, TIGHT).schema["properties"]

    assert field["a"]["maxItems"] <= 3
    assert field["a"]["items"]["maxLength"] <= 80


def test_all_of_holds_all() -> None:
    one = {"properties": {"a": {"type": "string"}}, "required": ["a"]}
    other = {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}

    found = bindable({"type": "object", "allOf": [one, other]})

    assert found.schema["required"] == ["a", "b"]
    assert found.loose == ()


def test_words_beside_any_of_hold_for_each() -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "anyOf": [{"required": ["kind"]}, {"properties": {"n": {"type": "integer"}}}],
    }

    options: Any = bindable(schema).schema["anyOf"]

    assert all(option["required"] == ["kind"] for option in options)


def test_a_schema_that_is_too_large_leaves_any_object() -> None:
    found = bindable({"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(900)}})

    assert found.schema == {"type": "object"}
    assert found.loose


@pytest.mark.parametrize(
    ("arguments", "where"),
    [({"day": "2027-02-30"}, "day"), ({"day": "2027-02-03", "n": 1.5}, "n"), ({}, "day")],
)
def test_a_fault_is_told_with_its_place(arguments: dict[str, Any], where: str) -> None:
    schema = {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}, "n": {"type": "number", "maximum": 1}},
        "required": ["day"],
    }

    assert where in fault_of(arguments, schema)
    assert fault_of({"day": "2027-02-03"}, schema) == ""


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("time", "10:00:00-10:00", "25:00:00Z"), ("date-time", "2027-01-01T08:00:00Z", "2027-01-01")],
)
def test_times_are_looked_at(name: str, good: str, bad: str) -> None:
    schema = {"type": "object", "properties": {"t": {"type": "string", "format": name}}}

    assert fault_of({"t": good}, schema) == ""
    assert fault_of({"t": bad}, schema)


def test_a_hostile_pattern_is_not_tried() -> None:
    schema = {"type": "object", "properties": {"pattern": {"type": "string", "pattern": "^(a+)+$"}}}

    assert fault_of({"pattern": "a" * 50 + "!"}, schema) == ""
    assert "pattern" in fault_of({"pattern": 1}, schema)


def test_a_schema_that_is_none_finds_no_fault() -> None:
    with pytest.raises(jsonschema.exceptions.UnknownType):
        jsonschema.Draft202012Validator({"type": "banana"}).validate({})

    assert fault_of({}, {"type": "banana"}) == ""
    assert bindable({"type": "banana"}).schema == {"type": "object"}
