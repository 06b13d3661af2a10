"""The step that searches the web: what is missing is said early, and engines are not believed everything."""

import json

import pytest

from nodes.builtin.search.node import LONGEST_TEXT, Search
from nodes.sdk import HttpResponse
from nodes.sdk.testing import run_node


@pytest.mark.parametrize(
    ("config", "code", "field"),
    [
        ({"query": "x"}, "missing_config", "address"),
        ({"query": "x", "address": "search.example.com"}, "bad_web_address", "address"),
        ({"query": "x", "address": "https://{{ start_1.query }}/"}, "bad_web_address", "address"),
        ({"query": "x", "address": "https://a.test@evil.test/"}, "bad_web_address", "address"),
        ({"query": "x", "address": "https://a.test/?q=1"}, "bad_web_address", "address"),
        ({"query": "x", "engine": "brave"}, "no_secret_chosen", "secret"),
        ({"query": "x", "engine": "google", "secret": "Google"}, "missing_config", "engine_id"),
    ],
)
def test_what_is_missing_is_said_before_it_runs(config, code, field):
    assert [(problem.code, problem.field) for problem in Search.check(config)] == [(code, field)]


@pytest.mark.parametrize(
    "config",
    [
        {"query": "x", "address": "http://search.test:8080/searx"},
        {"query": "x", "engine": "tavily", "secret": "Tavily"},
        {"query": "x", "engine": "google", "secret": "Google", "engine_id": "0abc"},
    ],
)
def test_nothing_is_wrong_with_settings_that_are_whole(config):
    assert Search.check(config) == []


@pytest.mark.parametrize("answer", [None, [], "x", {"results": {"url": "https://a.test"}}, {"web": [1]}])
async def test_an_answer_of_another_shape_holds_no_pages(answer):
    config = {"query": "x", "address": "https://search.test"}
    ran = await run_node(Search, config, answers=[HttpResponse(200, {}, json.dumps(answer).encode())])
    assert ran.output == {"text": "", "count": 0, "pages": []}


async def test_what_an_engine_says_of_a_page_is_cut_and_has_no_marks():
    said = {"title": "<b>1 < 2</b>\n&lt;b&gt;", "url": "https://a.test/", "content": "word " * 1_000}
    body = json.dumps({"results": [said]}).encode()
    config = {"query": "x", "engine": "tavily", "secret": "Tavily"}
    ran = await run_node(Search, config, answers=[HttpResponse(200, {}, body)])
    page = ran.output["pages"][0]
    assert page["title"] == "1 < 2 <b>"
    assert len(page["text"]) == LONGEST_TEXT
    assert page["text"].endswith("…")


async def test_no_more_pages_of_results_are_asked_for_than_three():
    def results(n: int) -> bytes:
        return json.dumps({"results": [{"url": f"https://a.test/{n}", "title": str(n)}]}).encode()

    answers = [HttpResponse(200, {}, results(n)) for n in range(9)]
    ran = await run_node(
        Search, {"query": "x", "address": "https://search.test", "count": 20}, answers=answers
    )
    assert ran.output["count"] == 3
