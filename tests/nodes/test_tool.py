"""The tool node: addresses that cannot be led astray, answers of every kind, and what a person is told."""

import json

import pytest

from nodes.builtin.tool.node import Tool
from nodes.sdk import HttpResponse, NodeError
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.testing import run_node
from nodes.sdk.web_address import address_problem, fill_address, with_query

ADDRESS = "https://api.example.com/orders"


def answered(body: str | bytes = "", status: int = 200, **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, named, body.encode() if isinstance(body, str) else body, ADDRESS)


async def failure(config: dict, *answers: HttpResponse, scope: dict | None = None) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await run_node(Tool, config, scope=scope, answers=answers)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ("https://a.test/x/{{ s.v }}", "../../admin", "https://a.test/x/..%2F..%2Fadmin"),
        ("https://a.test/x/{{ s.v }}", "@evil.test/", "https://a.test/x/%40evil.test%2F"),
        ("https://a.test/x/{{ s.v }}", "?a=1#b\\c", "https://a.test/x/%3Fa%3D1%23b%5Cc"),
        ("https://a.test/x/{{ s.v }}", "%2e%2e", "https://a.test/x/%252e%252e"),
        ("https://a.test/x/{{ s.v }}", "é密 \r\n", "https://a.test/x/%C3%A9%E5%AF%86%20%0D%0A"),
        ("https://a.test/x?q={{ s.v }}&r=1", "a&r=2", "https://a.test/x?q=a%26r%3D2&r=1"),
        ("https://a.test/x?q={{ s.v }}", "", "https://a.test/x?q="),
        ("https://a.test?q={{ s.v }}", "..", "https://a.test?q=.."),
        ("/samples/orders/{{ s.v }}", "10/42", "/samples/orders/10%2F42"),
        ("https://a.test/{{ s.v }}", 7.0, "https://a.test/7"),
    ],
)
def test_what_is_filled_into_an_address_stays_in_its_place(text, value, filled):
    assert fill_address(text, {"s": {"v": value}}) == filled


@pytest.mark.parametrize(
    "text",
    [
        "{{ s.v }}",
        "https://{{ s.v }}/x",
        "https://{{ s.v }}.a.test/",
        "https://a.test{{ s.v }}",
        "https:{{ s.v }}",
        "https://a.test:{{ s.v }}/",
        "https://u@{{ s.v }}/",
        "https://a.test\\{{ s.v }}",
        "//{{ s.v }}/",
        "/{{ s.v }}",
        "/api/{{ s.v }}",
        "https://a b/{{ s.v }}",
    ],
)
def test_the_host_is_never_information(text):
    problem = address_problem(text)
    assert problem is not None
    assert problem.code in ("address_not_fixed", "bad_web_address")
    with pytest.raises(NodeError) as caught:
        fill_address(text, {"s": {"v": "evil.test"}})
    assert caught.value.code == "bad_config"


@pytest.mark.parametrize("value", ["", ".", "..", "..."])
def test_an_address_does_not_lose_its_last_part(value):
    with pytest.raises(NodeError) as caught:
        fill_address("https://a.test/orders/{{ s.v }}", {"s": {"v": value}})
    assert caught.value.code == "info_missing"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://api.example.com", None),
        ("http://localhost:8080/x?y", None),
        ("/samples/opening-hours", None),
        ("HTTPS://a.test/{{ s.v }}", None),
        ("", None),
        (None, None),
        ("api.example.com/orders", "bad_web_address"),
        ("ftp://a.test/", "bad_web_address"),
        ("/api/session", "bad_web_address"),
        ("https://", "bad_web_address"),
        ("https://u:p@a.test/", "bad_web_address"),
        ("https:// a.test", "bad_web_address"),
        ("javascript:alert(1)", "bad_web_address"),
    ],
)
def test_an_address_is_judged_as_it_is_drawn(text, code):
    problem = address_problem(text)
    assert (problem.code if problem else None) == code


def test_parameters_join_what_is_there():
    assert with_query(ADDRESS, [("a", 1), ("b", None), ("c", ["x", "y z"])]) == f"{ADDRESS}?a=1&c=x&c=y%20z"
    assert with_query(f"{ADDRESS}?z=1#top", [("a", "&=")]) == f"{ADDRESS}?z=1&a=%26%3D"
    assert with_query(f"{ADDRESS}?", [("a b", True)]) == f"{ADDRESS}?a%20b=true"
    with pytest.raises(NodeError):
        with_query(ADDRESS, [("a", "x" * 9_000)])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        ("9007199254740993", "9007199254740993"),
        ("1e999", "1e999"),
        ("1" * 5_000, "1" * 5_000),
        ('"\\u0000a\\ud800"', "a?"),
    ],
)
def test_data_is_read_as_it_can_be_kept(text, value):
    assert data_of(text) == value


@pytest.mark.parametrize("text", ["", "<html>", "{", "NaN", "[" * 100_000, "[" * 40 + "]" * 40])
def test_what_is_no_data_is_said_to_be_none(text):
    with pytest.raises(NotData):
        data_of(text)


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (400, "http_400", False),
        (401, "http_401", False),
        (403, "http_403", False),
        (404, "http_404", False),
        (409, "http_409", False),
        (410, "http_4xx", False),
        (408, "http_4xx", True),
        (422, "http_422", False),
        (429, "http_429", True),
        (451, "http_4xx", False),
        (500, "http_5xx", True),
        (503, "http_5xx", True),
        (599, "http_5xx", True),
    ],
)
async def test_a_refusal_has_a_code_words_and_a_hint(status, code, retry):
    error = await failure({"address": ADDRESS}, answered("Too  bad,\nsorry", status, retry_after="7"))

    assert (error.code, error.retry, error.retry_after_s) == (code, retry, 7)
    assert error.message == f"api.example.com answered {status}: Too bad, sorry"
    assert error.hint


async def test_a_long_refusal_is_cut():
    error = await failure({"address": ADDRESS}, answered("x" * 5_000, 500))

    assert len(error.message) < 400


async def test_an_answer_in_another_encoding_is_text():
    ran = await run_node(
        Tool,
        {"address": ADDRESS},
        answers=[answered("größer".encode("latin-1"), content_type="text/plain; charset=latin-1")],
    )
    odd = await run_node(
        Tool, {"address": ADDRESS}, answers=[answered(b"\x00\xffa", content_type="text/plain; charset=nope")]
    )

    assert ran.output["text"] == "größer"
    assert odd.output["text"] == "\ufffda"


@pytest.mark.parametrize("named", ["punycode", "IDNA", "undefined", "unicode_escape", "Raw-Unicode-Escape"])
async def test_an_encoding_that_no_page_is_in_is_not_believed(named: str):
    said = "b\u00fccher-kva \\u0041"

    ran = await run_node(
        Tool, {"address": ADDRESS}, answers=[answered(said, content_type=f"text/plain; charset={named}")]
    )

    assert ran.output["text"] == said


async def test_a_redirect_that_is_not_followed_is_an_answer():
    config = {"address": ADDRESS, "follow_redirects": False}

    ran = await run_node(Tool, config, answers=[answered(status=302, location="/there")])

    assert (ran.output["status"], ran.output["headers"]) == (302, {"location": "/there"})


async def test_what_decides_where_a_key_goes_is_never_filled_in():
    config = {
        "address": ADDRESS,
        "auth": "header",
        "auth_name": "{{ s.v }}",
        "secret": "{{ s.v }}",
        "pick": "{{ s.v }}",
    }

    filled = Tool.fill(config, {"s": {"v": "Other"}})

    assert {name: filled[name] for name in ("auth_name", "secret", "pick")} == dict.fromkeys(
        ("auth_name", "secret", "pick"), "{{ s.v }}"
    )


@pytest.mark.parametrize(
    ("argument", "value", "wanted"),
    [
        ({"kind": "number"}, "12", 12),
        ({"kind": "number"}, 1.5, 1.5),
        ({"kind": "number"}, "a dozen", "bad_config"),
        ({"kind": "yes_no"}, "Yes", True),
        ({"kind": "yes_no"}, False, False),
        ({"kind": "yes_no"}, "?", "bad_config"),
        ({"kind": "text"}, 7, "7"),
        ({}, None, "info_missing"),
        ({}, "", "info_missing"),
        ({"required": False}, None, None),
    ],
)
def test_an_argument_is_read_as_its_kind(argument, value, wanted):
    row = {"name": "a", "value": "{{ s.v }}", **argument}
    config = {"address": ADDRESS, "arguments": [row], "query": [{"name": "q", "value": "{{ args.a }}"}]}
    scope = {"s": {"v": value}}

    if wanted in ("bad_config", "info_missing"):
        with pytest.raises(NodeError) as caught:
            Tool.fill(config, scope)
        assert caught.value.code == wanted
        return
    filled = Tool.fill(config, scope)
    assert filled["arguments"][0]["value"] == wanted
    assert filled["query"] == [{"name": "q", "value": wanted}]


def test_an_agent_can_be_told_what_a_tool_needs():
    rows = [
        {"name": "city", "description": "The name of a city"},
        {"name": "days", "kind": "number", "required": False},
        {"name": "Not a name"},
        "not even a row",
    ]

    assert Tool.tool_schema({"arguments": rows}) == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The name of a city"},
            "days": {"type": "number"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_what_is_missing_or_cannot_be_is_a_problem_in_its_field():
    config = {
        "address": ADDRESS,
        "auth": "header",
        "pick": "a b",
        "headers": [
            {"name": "Accept", "value": "text/plain"},
            {"name": "authorization", "value": "Bearer sk-1"},
            {"name": "X-Api-Key", "value": ""},
        ],
        "arguments": [{"name": "ok"}, {"name": "ok"}, {"name": "No!"}],
    }

    found = [(problem.code, problem.field) for problem in Tool.check(config)]

    assert found == [
        ("bad_argument_name", "arguments[1].name"),
        ("bad_argument_name", "arguments[2].name"),
        ("no_secret_chosen", "secret"),
        ("no_auth_name", "auth_name"),
        ("key_in_plain_sight", "headers[1].value"),
        ("bad_part", "pick"),
    ]
    assert json.dumps(found)


@pytest.mark.parametrize(
    ("method", "effects"),
    [("GET", "read"), ("HEAD", "read"), ("POST", "write"), ("DELETE", "write"), (None, "read")],
)
def test_what_it_does_to_the_world_follows_its_method(method, effects):
    assert Tool.effects_of({} if method is None else {"method": method}) == effects
