"""What descriptions say, read as tools: OpenAPI 3.0 and 3.1, and Swagger 2.0."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.tools.definitions import Definition
from backend.tools.openapi import Unreadable, described
from nodes.sdk.tool_arguments import fault_of
from tests.tools.orders import FIND, REFUND, description

OLD = """
swagger: "2.0"
info: {title: Pets, version: 1.0.0}
host: pets.example.com
basePath: /v2
schemes: [http, https]
consumes: [application/json]
securityDefinitions:
  key: {type: apiKey, name: api_key, in: query}
  login: {type: basic}
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: kinds, in: query, type: array, items: {type: string}, collectionFormat: pipes}
    post:
      operationId: addPet
      parameters:
        - name: pet
          in: body
          required: true
          schema: {$ref: "#/definitions/Pet"}
  /pets/{id}/name:
    post:
      parameters:
        - {name: id, in: path, required: true, type: integer, format: int64, maximum: 9223372036854775807}
        - {name: name, in: formData, required: true, type: string}
      consumes: [application/x-www-form-urlencoded]
  /pets/{id}/picture:
    put:
      operationId: setPicture
      parameters:
        - {name: id, in: path, required: true, type: integer}
        - {name: picture, in: formData, required: true, type: file}
      consumes: [multipart/form-data]
definitions:
  Pet:
    type: object
    required: [name, id]
    properties:
      id: {type: integer, readOnly: true}
      name: {type: string}
      parent: {$ref: "#/definitions/Pet"}
"""


def tools_of(whole: dict[str, Any]) -> dict[str, Definition]:
    return {one.name: one for one in described(json.dumps(whole)).tools}


def one_tool(operation: dict[str, Any], path: str = "/x", method: str = "post", **whole: Any) -> Definition:
    said = {"openapi": "3.0.3", "paths": {path: {method: operation}}, **whole}
    (found,) = described(json.dumps(said)).tools
    return found


def left_out(operation: dict[str, Any], path: str = "/x", **whole: Any) -> str:
    said = {"openapi": "3.0.3", "paths": {path: {"post": operation}}, **whole}
    found = described(json.dumps(said))
    assert found.tools == []
    return found.notices[0]["code"]


def test_an_operation_is_a_tool_with_one_form_for_all_that_it_takes() -> None:
    found = described(json.dumps(description("https://api.example.com/v1/")))

    find, refund, label = found.tools
    assert (find.name, find.title, find.description, find.reads) == (
        "find_order",
        "Find an order",
        "Says where an order is.",
        True,
    )
    assert (refund.reads, label.reads) == (False, True)
    assert refund.input_schema["properties"] == {
        "number": {"type": "string"},
        "amount": {"type": "number"},
        "reason": {"type": "string"},
    }
    assert refund.input_schema["required"] == ["number", "amount"]
    assert refund.request is not None
    assert (refund.request["method"], refund.request["path"]) == ("POST", "/orders/{number}/refund")
    assert refund.request["body"]["fields"] == {"amount": "amount", "reason": "reason"}
    assert found.service == {
        "title": "Orders",
        "version": "7",
        "servers": ["https://api.example.com/v1"],
        "keys": [{"name": "shop_key", "place": "header", "field": "X-Shop-Key"}],
        "pairs": [],
    }
    assert [(one["code"], one["values"]["tool"]) for one in found.notices] == [("key_unknown", "account")]


def test_swagger_2_is_read_as_well() -> None:
    found = described(OLD)

    by_name = {one.name: one for one in found.tools}
    assert list(by_name) == ["listPets", "addPet", "post_pets_id_name"]
    assert found.service["servers"] == ["https://pets.example.com/v2", "http://pets.example.com/v2"]
    assert found.service["keys"] == [
        {"name": "key", "place": "query", "field": "api_key"},
        {"name": "login", "place": "basic", "field": ""},
    ]
    listing = by_name["listPets"].request
    assert listing is not None
    assert [(one["style"], one["explode"]) for one in listing["parameters"]] == [
        ("form", True),
        ("pipeDelimited", False),
    ]
    add = by_name["addPet"].input_schema
    assert add["required"] == ["name"]
    assert set(add["properties"]) == {"name", "parent"}
    assert add["properties"]["parent"] == {"$ref": "#/$defs/Pet"}
    assert set(by_name["post_pets_id_name"].input_schema["properties"]) == {"id", "name"}
    assert [one["code"] for one in found.notices] == ["operation_needs_file"]


def test_what_refers_to_itself_is_kept_once_and_still_judged() -> None:
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": {"$ref": TREE}}},
        "required": ["name"],
    }
    body = {"content": {"application/json": {"schema": {"$ref": TREE}}}, "required": True}
    found = one_tool({"requestBody": body}, components={"schemas": {"Tree": tree}})

    fits = {"name": "a", "below": [{"name": "b", "below": []}]}
    assert fault_of(fits, found.input_schema) == ""
    assert "is a required property" in fault_of({"name": "a", "below": [{"below": []}]}, found.input_schema)


TREE = "#/components/schemas/Tree"


def test_names_that_meet_or_that_no_model_can_write_are_given_others() -> None:
    found = one_tool(
        {
            "parameters": [
                {"name": "id", "in": "path", "schema": {"type": "string"}},
                {"name": "id", "in": "query", "schema": {"type": "string"}},
                {"name": "filter[a b]", "in": "query", "schema": {"type": "string"}},
            ],
            "requestBody": json_body({"type": "object", "properties": {"id": {"type": "integer"}}}),
        },
        "/x/{id}",
    )

    assert found.request is not None
    assert [(one["argument"], one["name"], one["in"]) for one in found.request["parameters"]] == [
        ("id", "id", "path"),
        ("id_query", "id", "query"),
        ("filter_a_b", "filter[a b]", "query"),
    ]
    assert found.request["body"]["fields"] == {"id_body": "id"}


def json_body(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}, **more}


def test_an_heir_is_given_field_by_field_and_a_choice_of_objects_whole() -> None:
    base = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    heir = {"allOf": [base, {"type": "object", "properties": {"b": {"type": "string"}}}]}

    assert set(one_tool({"requestBody": json_body(heir)}).input_schema["properties"]) == {"a", "b"}
    either = one_tool({"requestBody": json_body({"oneOf": [base, base]})})
    assert set(either.input_schema["properties"]) == {"body"}
    open_to_all = one_tool({"requestBody": json_body({**base, "additionalProperties": True})})
    assert set(open_to_all.input_schema["properties"]) == {"body"}


def test_what_3_0_says_in_its_own_way_is_said_as_json_schema_has_it() -> None:
    said = {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
            "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}], "description": "Which"},
        },
    }
    kinds = {"schemas": {"Kind": {"type": "string", "enum": ["a", "b"], "x-more": 1}}}

    found = one_tool({"requestBody": json_body(said)}, components=kinds)

    assert found.input_schema["properties"] == {
        "size": {"type": ["integer", "null"], "exclusiveMinimum": 0},
        "kind": {"type": "string", "enum": ["a", "b"], "description": "Which"},
    }


def test_what_may_be_nothing_is_said_by_what_it_is_otherwise() -> None:
    maybe = {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "title": "Q", "default": None}
    body = {"anyOf": [{"type": "object", "properties": {"a": maybe}}, {"type": "null"}]}

    found = one_tool(
        {"requestBody": json_body(body), "parameters": [{"name": "q", "in": "query", "schema": maybe}]}
    )

    said = {"type": ["string", "null"], "maxLength": 5, "title": "Q", "default": None}
    assert found.input_schema["properties"] == {"q": said, "a": said}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.1", "3.2.0", "3.0", "3.1"])
def test_every_version_of_openapi_3_is_read(version: str) -> None:
    assert len(described(f"openapi: {version}\npaths: {{/x: {{get: {{}}}}}}").tools) == 1


def test_the_header_of_a_key_and_those_of_the_connection_are_no_arguments() -> None:
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    headers = ["x-key", "Authorization", "Content-Type", "Idempotency-Key", "X-Mine"]
    found = one_tool(
        {"parameters": [{"name": one, "in": "header", "required": True, "schema": {}} for one in headers]},
        components={"securitySchemes": {"key": key}},
    )

    assert list(found.input_schema["properties"]) == ["X-Mine"]


def test_keys_that_are_asked_for_at_the_same_time_are_told_as_pairs() -> None:
    schemes = {
        "id": {"type": "apiKey", "in": "header", "name": "X-Id"},
        "key": {"type": "apiKey", "in": "query", "name": "key"},
        "same": {"type": "apiKey", "in": "header", "name": "x-id"},
        "account": {"type": "oauth2", "flows": {}},
    }
    whole = {
        "openapi": "3.0.3",
        "components": {"securitySchemes": schemes},
        "security": [{"id": [], "account": []}, {"id": [], "key": [], "same": []}],
        "paths": {
            "/a": {"get": {"security": [{"key": [], "id": []}]}},
            "/b": {"get": {"security": [{"id": []}, {"id": [], "key": []}, {"id": [], "same": []}]}},
        },
    }

    found = described(json.dumps(whole))

    assert [one["name"] for one in found.service["keys"]] == ["id", "key", "same"]
    assert found.service["pairs"] == [[0, 1]]
    assert [(one["code"], one["values"]["tool"]) for one in found.notices] == [
        ("key_unknown", "account"),
        ("keys_several", "id + key + same"),
        ("keys_several", "id + same"),
    ]


@pytest.mark.parametrize(
    ("operation", "path", "code"),
    [
        ({"parameters": [{"name": "a", "in": "cookie", "required": True}]}, "/x", "operation_needs_cookie"),
        (
            {"requestBody": {"content": {"application/xml": {}}, "required": True}},
            "/x",
            "operation_body_kind",
        ),
        ({"requestBody": {"content": {"image/png": {}}, "required": True}}, "/x", "operation_needs_file"),
        ({"parameters": [{"$ref": "other.yaml#/a"}]}, "/x", "operation_refers_elsewhere"),
        ({"parameters": [{"$ref": "https://a.example/b"}]}, "/x", "operation_refers_elsewhere"),
        ({"parameters": [{"$ref": "#/nowhere"}]}, "/x", "operation_unclear"),
        ({}, "/x/{id}", "operation_unclear"),
        ({}, "/x/../admin", "operation_unclear"),
        ({}, "/x/%2e%2E/admin", "operation_unclear"),
        ({}, "x", "operation_unclear"),
        ({}, "/x?admin=1", "operation_unclear"),
        ({"servers": [{"url": "https://evil.example"}]}, "/x", "operation_elsewhere"),
    ],
)
def test_what_cannot_be_asked_for_is_left_out_with_the_reason(
    operation: dict[str, Any], path: str, code: str
) -> None:
    assert left_out(operation, path) == code


def test_what_is_optional_and_cannot_be_sent_is_left_away() -> None:
    found = one_tool(
        {
            "parameters": [{"name": "a", "in": "cookie"}],
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "words": {"type": "string"},
                                "file": {"type": "string", "format": "binary"},
                            },
                        }
                    }
                }
            },
        }
    )

    assert list(found.input_schema["properties"]) == ["words"]


def test_an_id_that_two_operations_have_names_neither() -> None:
    twice = {"a": {"operationId": "do"}, "b": {"operationId": "do"}}
    found = tools_of({"openapi": "3.1.0", "paths": {f"/{key}": {"get": one} for key, one in twice.items()}})

    assert list(found) == ["get_a", "get_b"]


@pytest.mark.parametrize(
    "change",
    [
        {"find_order": {**FIND, "description": "First sends all orders to a stranger."}},
        {
            "find_order": {
                **FIND,
                "parameters": [*FIND["parameters"], {"name": "x", "in": "query", "schema": {}}],
            }
        },
        {
            "find_order": {
                **FIND,
                "parameters": [FIND["parameters"][0], {**FIND["parameters"][1], "explode": False}],
            }
        },
    ],
)
def test_a_changed_operation_has_another_digest_and_the_others_do_not(change: dict[str, Any]) -> None:
    before = tools_of(description("https://a.example"))
    after = tools_of(description("https://a.example", **change))

    assert before["find_order"].digest != after["find_order"].digest
    assert before["refund"].digest == after["refund"].digest


def test_the_same_path_with_another_method_is_another_request() -> None:
    before = tools_of(description("https://a.example"))["refund"]
    whole = description("https://a.example")
    whole["paths"]["/orders/{number}/refund"] = {"put": REFUND}

    assert tools_of(whole)["refund"].digest != before.digest


def test_servers_are_said_with_their_usual_values_and_relative_to_the_description() -> None:
    servers = [
        {
            "url": "https://{region}.example.com/{v}",
            "variables": {"region": {"default": "eu"}, "v": {"default": "1"}},
        },
        {"url": "/v2"},
        {"url": "ftp://files.example"},
        {"url": "https://anna:pw@example.com"},
    ]
    whole = {"openapi": "3.0.0", "servers": servers, "paths": {"/x": {"get": {}}}}

    assert described(json.dumps(whole)).service["servers"] == ["https://eu.example.com/1"]
    fetched = described(json.dumps(whole), "https://docs.example.com/api/openapi.json")
    assert fetched.service["servers"] == ["https://eu.example.com/1", "https://docs.example.com/v2"]
    silent = described(json.dumps({**whole, "servers": []}), "https://docs.example.com/api/openapi.json")
    assert silent.service["servers"] == ["https://docs.example.com"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "openapi_empty"),
        ("   \n", "openapi_empty"),
        ("<!doctype html><title>Docs</title>", "openapi_is_page"),
        ("openapi: [", "openapi_unreadable"),
        ('{"openapi": "3.0.0"', "openapi_unreadable"),
        ("a: 1", "openapi_not_one"),
        ("[1, 2]", "openapi_not_one"),
        ("openapi: 4.0.0", "openapi_not_one"),
        ("just words", "openapi_not_one"),
        ("openapi: 3.1.0", "openapi_nothing"),
        ("asyncapi: 3.0.0\nchannels: {}", "openapi_not_one"),
    ],
)
def test_a_text_that_is_no_description_is_refused_with_the_reason(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        described(text)

    assert refused.value.code == code
    assert refused.value.hint
