"""The request that an operation becomes: how values are written into addresses, headers and bodies."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.sdk.errors import NodeError
from workers.tools.openapi_request import request_of

BASE = "https://api.example.com/v1/"


def said(
    path: str = "/x", *parameters: dict[str, Any], method: str = "GET", body: Any = None
) -> dict[str, Any]:
    return {"method": method, "path": path, "parameters": list(parameters), "body": body}


def parameter(place: str, style: str, explode: bool = False, name: str = "c", **more: Any) -> dict[str, Any]:
    return {
        "argument": "c",
        "name": name,
        "in": place,
        "style": style,
        "explode": explode,
        "json": False,
        **more,
    }


# The examples of the specification, of OpenAPI 3.1, section "Style Examples".
LIST = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("style", "explode", "value", "path"),
    [
        ("simple", False, "blue", "blue"),
        ("simple", False, LIST, "blue,black,brown"),
        ("simple", False, RGB, "R,100,G,200,B,150"),
        ("simple", True, RGB, "R=100,G=200,B=150"),
        ("label", False, "blue", ".blue"),
        ("label", False, LIST, ".blue,black,brown"),
        ("label", True, LIST, ".blue.black.brown"),
        ("label", True, RGB, ".R=100.G=200.B=150"),
        ("matrix", False, "blue", ";c=blue"),
        ("matrix", False, LIST, ";c=blue,black,brown"),
        ("matrix", True, LIST, ";c=blue;c=black;c=brown"),
        ("matrix", False, RGB, ";c=R,100,G,200,B,150"),
        ("matrix", True, RGB, ";R=100;G=200;B=150"),
    ],
)
def test_paths_are_written_as_their_style_says(style: str, explode: bool, value: Any, path: str) -> None:
    request = request_of(said("/x/{c}/y", parameter("path", style, explode)), {"c": value}, BASE)

    assert request.url == f"https://api.example.com/v1/x/{path}/y"


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, "blue", "c=blue"),
        ("form", True, True, "c=true"),
        ("form", True, 3.0, "c=3"),
        ("form", True, LIST, "c=blue&c=black&c=brown"),
        ("form", False, LIST, "c=blue,black,brown"),
        ("form", True, RGB, "R=100&G=200&B=150"),
        ("form", False, RGB, "c=R,100,G,200,B,150"),
        ("spaceDelimited", False, LIST, "c=blue%20black%20brown"),
        ("pipeDelimited", False, LIST, "c=blue%7Cblack%7Cbrown"),
        ("deepObject", True, RGB, "c%5BR%5D=100&c%5BG%5D=200&c%5BB%5D=150"),
        ("deepObject", True, {"a": {"b": [1, 2]}}, "c%5Ba%5D%5Bb%5D=1&c%5Ba%5D%5Bb%5D=2"),
        ("form", True, "a&b=c d/ü", "c=a%26b%3Dc%20d%2F%C3%BC"),
        ("form", True, [], ""),
    ],
)
def test_what_stands_behind_the_question_mark(style: str, explode: bool, value: Any, query: str) -> None:
    request = request_of(said("/x", parameter("query", style, explode)), {"c": value}, BASE)

    assert request.url.partition("?")[2] == query


def test_a_parameter_that_is_data_is_written_as_data() -> None:
    request = request_of(said("/x", parameter("query", "form", True, json=True)), {"c": {"a": [1]}}, BASE)

    assert request.url.endswith("?c=%7B%22a%22%3A%5B1%5D%7D")


def test_headers_are_one_line_of_text() -> None:
    request = request_of(said("/x", parameter("header", "simple", name="X-C")), {"c": ["a", 1]}, BASE)

    assert request.headers == {"X-C": "a,1"}


@pytest.mark.parametrize("value", ["", ".", "..", "...", []])
def test_what_would_lead_to_another_place_is_not_sent(value: Any) -> None:
    with pytest.raises(NodeError) as refused:
        request_of(said("/x/{c}", parameter("path", "simple")), {"c": value}, BASE)

    assert refused.value.code == "bad_config"


@pytest.mark.parametrize("value", ["../../admin", "a/b", "a?b=c", "a#b", "@evil.example", "\\", "%2e%2e"])
def test_a_value_in_a_path_stays_in_its_place(value: str) -> None:
    request = request_of(said("/x/{c}/y", parameter("path", "simple")), {"c": value}, BASE)

    assert request.url.startswith("https://api.example.com/v1/x/")
    assert request.url.removeprefix("https://").count("/") == 4
    assert request.url.endswith("/y")
    assert not set("?#@\\") & set(request.url)


def test_a_place_in_the_path_that_is_not_given_is_said() -> None:
    with pytest.raises(NodeError, match="'c' is missing"):
        request_of(said("/x/{c}", parameter("path", "simple")), {}, BASE)


def test_an_address_without_measure_is_not_sent() -> None:
    with pytest.raises(NodeError, match="longer than"):
        request_of(said("/x", parameter("query", "form", True)), {"c": "a" * 9_000}, BASE)


def body(kind: str, media: str, *, whole: bool = False, required: bool = False) -> dict[str, Any]:
    fields = {"body": "body"} if whole else {"a": "a", "b_body": "b"}
    return {"kind": kind, "type": media, "required": required, "whole": whole, "fields": fields}


@pytest.mark.parametrize(
    ("sent", "given", "kind", "data"),
    [
        (body("json", "application/json"), {"a": 1, "b_body": "ü"}, "application/json", '{"a":1,"b":"ü"}'),
        (body("json", "application/vnd.a+json", whole=True), {"body": [1]}, "application/vnd.a+json", "[1]"),
        (body("json", "application/json", required=True), {}, "application/json", "{}"),
        (
            body("form", "application/x-www-form-urlencoded"),
            {"a": ["x", "y z"], "b_body": True},
            "application/x-www-form-urlencoded",
            "a=x&a=y+z&b=true",
        ),
        (body("text", "text/plain", whole=True), {"body": "words"}, "text/plain; charset=utf-8", "words"),
    ],
)
def test_bodies_are_written_as_their_kind_says(sent: Any, given: Any, kind: str, data: str) -> None:
    request = request_of(said(method="POST", body=sent), given, BASE)

    assert (request.headers["Content-Type"], request.data) == (kind, data.encode())


def test_a_body_that_nothing_is_given_for_is_not_sent() -> None:
    request = request_of(said(method="POST", body=body("json", "application/json")), {}, BASE)

    assert (request.headers, request.data) == ({}, None)


def test_a_form_in_parts_is_the_same_for_the_same_content() -> None:
    sent = said(method="POST", body=body("parts", "multipart/form-data"))

    first = request_of(sent, {"a": 'x"\r\n--treadle', "b_body": ["1", "2"]}, BASE)
    again = request_of(sent, {"a": 'x"\r\n--treadle', "b_body": ["1", "2"]}, BASE)

    assert first == again
    mark = first.headers["Content-Type"].partition("boundary=")[2].encode()
    assert first.data is not None
    assert first.data.count(b"--" + mark) == 4
    assert first.data.endswith(b"--" + mark + b"--\r\n")
