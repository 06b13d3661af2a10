"""Descriptions that mean ill, or that nobody has seen: each is refused or read, and none takes long."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.tools.definitions import MOST_TOOLS
from backend.tools.openapi import LARGEST_TEXT, Unreadable, described
from backend.tools.openapi.described import MOST_BYTES, MOST_NOTICES
from nodes.sdk.tool_arguments import fault_of

pytestmark = pytest.mark.timeout(60)


def whole(schema: Any, schemas: Any = None, **more: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": schema}}, "required": True}
    return {
        "openapi": "3.0.0",
        "paths": {"/x": {"post": {"operationId": "x", "requestBody": body}}},
        "components": {"schemas": schemas or {}},
        **more,
    }


def codes(said: dict[str, Any]) -> list[str]:
    found = described(json.dumps(said))
    return [one["code"] for one in found.notices]


def refused(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as error:
        described(text)
    return error.value


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_a_text_of_ten_megabytes_is_not_read() -> None:
    assert refused('{"openapi": "3.0.0", "x": "' + "a" * 10_000_000 + '"}').code == "openapi_too_large"
    assert refused("openapi: 3.0.0\nx: " + "a" * LARGEST_TEXT).code == "openapi_too_large"


def test_aliases_of_yaml_are_not_followed() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(30)) + "openapi: 3.0.0\n"

    error = refused(bomb)

    assert error.code == "openapi_unreadable"
    assert "line 1" in error.message


def test_tags_of_yaml_make_nothing() -> None:
    assert refused("openapi: 3.0.0\nx: !!python/object/apply:os.system [id]").code == "openapi_unreadable"


@pytest.mark.parametrize("depth", [200, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_text_that_is_nested_without_end_is_refused(depth: int, opening: str) -> None:
    assert refused('{"openapi": "3.0.0", "x": ' + opening * depth).code == "openapi_unreadable"
    assert refused("openapi: 3.0.0\nx: " + "[" * depth).code == "openapi_unreadable"


def test_a_reference_to_itself_is_no_tool() -> None:
    assert codes(whole(ref("A"), {"A": ref("A")})) == ["operation_unclear"]
    assert codes(whole(ref("A"), {"A": ref("B"), "B": ref("A")})) == ["operation_unclear"]
    assert codes(whole({"$ref": "#/paths/~1x"})) != ["x"]


def test_an_object_that_inherits_from_itself_is_no_tool() -> None:
    heir = {"allOf": [ref("A"), {"type": "object", "properties": {"a": ref("A")}}]}
    found = described(json.dumps(whole({"type": "object", "properties": {"a": ref("A")}}, {"A": heir})))

    assert found.tools == []
    assert found.notices[0]["code"] == "tool_circular"


def test_references_that_double_at_each_step_are_no_tool() -> None:
    schemas: dict[str, Any] = {
        f"A{n}": {"anyOf": [ref(f"A{n + 1}"), ref(f"A{n + 1}")]} for n in range(40)
    } | {"A40": {"type": "string"}}

    found = described(json.dumps(whole({"type": "object", "properties": {"a": ref("A0")}}, schemas)))

    assert [(one["code"], one["message"]) for one in found.notices] == [
        ("tool_circular", "Its description refers to itself, or to too much.")
    ]


def test_heirs_of_many_are_not_counted_out() -> None:
    wide = {f"A{n}": {"allOf": [ref(f"A{n + 1}")] * 10} for n in range(8)} | {
        "A8": {"type": "object", "properties": {"a": {}}}
    }

    assert codes(whole(ref("A0"), wide)) == ["operation_too_large"]


def test_a_chain_of_thousands_of_schemas_does_not_exhaust_the_reader() -> None:
    chain: dict[str, Any] = {
        f"A{n}": {"type": "object", "properties": {"next": ref(f"A{n + 1}")}} for n in range(10_000)
    }

    assert codes(whole({"type": "object", "properties": {"a": ref("A0")}}, chain)) == ["operation_too_large"]


def test_a_schema_nested_deep_is_no_tool() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(30):
        deep = {"type": "array", "items": deep}

    assert codes(whole({"type": "object", "properties": {"a": deep}})) == ["operation_too_large"]


def test_ever_more_operations_end_somewhere() -> None:
    paths = {f"/x{n}": {"get": {"summary": f"X {n}"}} for n in range(5_000)}

    found = described(json.dumps({"openapi": "3.0.0", "paths": paths}))

    assert len(found.tools) == MOST_TOOLS
    assert found.notices[-1]["code"] == "tools_too_many"


def test_operations_that_are_all_wrong_fill_no_page() -> None:
    paths = {f"/x{n}": {"get": {"parameters": "a" if n % 2 else [1]}} for n in range(5_000)}

    found = described(json.dumps({"openapi": "3.0.0", "paths": paths}))

    assert len(found.notices) <= MOST_NOTICES + 1


def test_tools_that_share_one_large_part_are_not_more_than_a_page_holds() -> None:
    large = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(1_000)}}
    one = {"requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": ref("A")}}}}}
    paths = {f"/x{n}": {"post": one} for n in range(290)}

    found = described(
        json.dumps({"openapi": "3.0.0", "paths": paths, "components": {"schemas": {"A": large}}})
    )

    assert 0 < len(found.tools) < 290
    assert sum(len(json.dumps(tool.to_json())) for tool in found.tools) <= MOST_BYTES
    assert found.notices[-1]["code"] in ("tools_too_many", "operation_too_large")


@pytest.mark.parametrize("strange", [None, True, 7, 1.5, "x", [], [[]], {}, {"$ref": 7}, {"$ref": "#/"}, -1])
def test_a_value_of_any_kind_at_any_place_is_no_crash(strange: Any) -> None:
    model = whole(
        {"type": "object", "properties": {"a": {"type": "string", "enum": ["b"]}}, "required": ["a"]},
        {"A": {"type": "string"}},
        servers=[{"url": "https://a.example", "variables": {"x": {"default": "y"}}}],
        info={"title": "A", "version": "1"},
    )
    model["components"]["securitySchemes"] = {"k": {"type": "apiKey", "in": "header", "name": "K"}}
    model["paths"]["/x"]["post"]["parameters"] = [{"name": "q", "in": "query", "schema": {"type": "string"}}]

    for changed in with_each_replaced(model, strange):
        with suppress(Unreadable):  # and nothing else
            for tool in described(json.dumps(changed)).tools:
                fault_of({"a": "b"}, tool.input_schema)


def with_each_replaced(value: Any, strange: Any) -> list[Any]:
    """`value` as often as it has parts, each time with another part replaced."""
    if isinstance(value, dict):
        inner = [
            {**value, key: changed}
            for key, one in value.items()
            for changed in [strange, *with_each_replaced(one, strange)]
        ]
        return inner
    if isinstance(value, list):
        return [
            [*value[:n], changed, *value[n + 1 :]]
            for n, one in enumerate(value)
            for changed in [strange, *with_each_replaced(one, strange)]
        ]
    return []


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["type", "properties", "items", "$ref", "allOf", "enum", "required", "nullable", "a"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=6), ANYTHING)
def test_no_schema_is_a_crash(schema: dict[str, Any], parameters: Any) -> None:
    said = whole(schema)
    said["paths"]["/x"]["post"]["parameters"] = parameters

    described(json.dumps(said))


def test_what_a_stranger_wrote_is_no_reference_to_information() -> None:
    said = whole({"type": "object", "properties": {"a": {"type": "string", "description": "{{ env.KEY }}"}}})
    said["paths"]["/x"]["post"]["description"] = "{{{{ secrets }}"
    said["info"] = {"title": "{{ x }}"}

    found = described(json.dumps(said))

    assert "{{" not in json.dumps([one.to_json() for one in found.tools])
    assert "{{" not in found.service["title"]


def test_numbers_and_texts_that_no_database_keeps_are_made_harmless() -> None:
    schema = '{"type": "integer", "maximum": 1e999, "minimum": 99999999999999999999}'
    parameters = f'[{{"name": "n", "in": "query", "schema": {schema}}}]'
    operation = f'{{"summary": "a\\u0000b\\ud800", "parameters": {parameters}}}'
    text = f'{{"openapi": "3.0.0", "paths": {{"/x": {{"get": {operation}}}}}}}'

    (found,) = described(text).tools

    assert "\0" not in found.title
    assert found.title.encode()
    assert found.input_schema["properties"]["n"] == {"type": "integer"}
