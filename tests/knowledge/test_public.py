"""Who asks from outside sees where an answer is from: streamed, in the history, by OpenAI's protocol."""

from __future__ import annotations

import json
import urllib.request
from http.cookiejar import CookieJar

import pytest

from backend.accounts.models import Workspace
from backend.knowledge.models import Document
from nodes.sdk.graph import graph_from_json
from tests.knowledge.library import HOURS, POLICY, add, finder, make, settled
from tests.publish.conftest import offer
from tests.publish.wire import events_of, folded, send
from tests.runs.stack import Stack

pytestmark = pytest.mark.slow


def test_visitors_and_programs_see_the_passages_that_were_used_and_no_others(stack: Stack):
    knowledge = make()
    policy, hours = add(knowledge, ("policy.md", POLICY), ("hours.md", HOURS))
    stack.start_worker()
    stack.start_web()
    settled(stack, policy), settled(stack, hours)
    workspace = Workspace.objects.get(pk=knowledge.workspace_id)
    app = offer(workspace, "Shop", graph_from_json(finder(knowledge, top_k=1)))
    slug, question = app.publication.slug, "When do I get my money back?"

    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    browser.open(f"{stack.url}/c/{slug}").read()
    headers = {"Content-Type": "application/json", "Origin": stack.url}
    body = json.dumps({"query": question}).encode()
    stream = browser.open(urllib.request.Request(f"{stack.url}/c/{slug}/runs", body, headers))
    _, (kind, run) = folded(events_of(stream))
    past = json.load(browser.open(f"{stack.url}/c/{slug}/conversations/{run['conversation_id']}"))
    by_key = json.load(send(stack, "/v1/runs", {"query": question}, **app.bearer))
    chat = {"model": slug, "messages": [{"role": "user", "content": question}]}
    completion = json.load(send(stack, "/v1/chat/completions", chat, **app.bearer))

    (source,) = run["sources"]
    assert (kind, source["n"], source["document"]) == ("end", 1, "policy.md")
    assert "five working days" in source["text"]
    assert past["messages"][1]["sources"] == run["sources"]
    assert past["messages"][0]["sources"] == []
    for seen in (run, past):
        assert str(Document.objects.get(pk=policy.pk).pk) not in str(seen)
        assert str(knowledge.pk) not in str(seen)
        assert "hours.md" not in str(seen)
    assert by_key["sources"][0]["document_id"] == str(policy.pk)
    assert completion["sources"] == by_key["sources"]
