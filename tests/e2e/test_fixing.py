"""While an app runs and when something is wrong: where it is, how it went, what to do, and how to stop it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.drafts import FORK, bring, open_app, panel, send
from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, step, use_template
from tests.e2e.silent import Silent
from tests.models.fixtures import FakeOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALLER = """
treadle: 1
name: Long call
nodes:
  start_1: {{type: start}}
  tool_1: {{type: tool, title: Call, config: {{address: "http://{place}/slow"}}}}
  answer_1: {{type: answer, title: Say it, config: {{text: "{{{{ tool_1.text }}}}"}}}}
edges: [start_1 -> tool_1, tool_1 -> answer_1]
layout: {{start_1: [0, 0], tool_1: [320, 0], answer_1: [640, 0]}}
"""

UNFINISHED = """
treadle: 1
name: Not finished
nodes:
  start_1: {type: start}
  answer_1: {type: answer, title: Say it, config: {text: ""}}
edges: [start_1 -> answer_1]
layout: {start_1: [0, 0], answer_1: [320, 0]}
"""

TWICE = """
treadle: 1
name: Said twice
nodes:
  start_1: {type: start}
  prompt_1: {type: prompt, title: Once, config: {model: refusing/obedient-1, user: "{{ start_1.query }}"}}
  prompt_2: {type: prompt, title: Again, config: {model: refusing/obedient-1, user: "{{ prompt_1.text }}"}}
  answer_1: {type: answer, title: Say it, config: {text: "{{ prompt_2.text }}"}}
edges: [start_1 -> prompt_1, prompt_1 -> prompt_2, prompt_2 -> answer_1]
layout: {start_1: [0, 0], prompt_1: [320, 0], prompt_2: [640, 0], answer_1: [960, 0]}
"""

MARKED_UP = """
treadle: 1
name: Marked up
nodes:
  start_1: {type: start}
  answer_1:
    type: answer
    title: Say it
    config:
      text: |
        **Done**, {{ start_1.query }}.

        <img src="x" onerror="window.harmed = true"> <script>window.harmed = true</script>

        <iframe src="https://example.com/"></iframe>

        [press me](javascript:window.harmed=true) [or me](https://example.com/shop)

        ![a picture](https://example.com/spy.png)
edges: [start_1 -> answer_1]
layout: {start_1: [0, 0], answer_1: [320, 0]}
"""


def line(page: Page, name: str) -> Locator:
    """The drawn line of a connection, by what a screen reader says of it."""
    return page.locator(f'.react-flow__edge[aria-label="{name}"] .react-flow__edge-path')


def stroke(drawn: Locator) -> tuple[str, str]:
    """How a line is drawn, its colour left aside."""
    return drawn.evaluate("e => [getComputedStyle(e).strokeWidth, getComputedStyle(e).strokeDasharray]")


def test_a_step_at_work_is_shown_nothing_else_moves_and_stop_stops_it(
    treadle: Installation, silent: Silent, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, CALLER.format(place=silent.place))

    ask(page, "Hello")
    expect(step(page, "Call")).to_contain_text("Running")
    expect(line(page, "from Visitor message to Call")).to_have_attribute("data-run", "active")
    expect(line(page, "from Call to Say it")).to_have_attribute("data-run", "idle")
    expect(page.get_by_role("status").filter(has_text="Call: Running")).to_have_count(1)
    # This person asked for less motion.
    moving = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    page.get_by_role("button", name="Stop", exact=True).click()

    assert moving == 0
    expect(reply(page)).to_contain_text("Stopped.")
    expect(step(page, "Call")).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_the_path_that_was_taken_is_told_from_the_others_without_colour(
    treadle: Installation, builder: Page
) -> None:
    page = builder
    open_app(page, treadle, FORK)

    ask(page, "I want my money back")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("We pay you back.")
    taken = line(page, "from Which way (path Refund) to Pay back")
    other = line(page, "from Which way (path Otherwise) to Anything else")
    expect(taken).to_have_attribute("data-run", "taken")
    expect(other).to_have_attribute("data-run", "unused")
    assert stroke(taken)[0] != stroke(other)[0]
    assert stroke(taken)[1] == "none"
    assert stroke(other)[1] != "none"
    for title in ("Visitor message", "Which way", "Pay back"):
        expect(step(page, title)).to_contain_text(re.compile(r"Done · \d+\.\d s"))
    expect(step(page, "Anything else")).to_contain_text("Not used this time")


def test_what_is_to_be_fixed_is_listed_and_leads_to_its_field(treadle: Installation, builder: Page) -> None:
    page = builder
    open_app(page, treadle, UNFINISHED)

    # Publishing is never a dead button: it says what is in its way.
    page.get_by_role("button", name="Publish", exact=True).click()
    listed = page.get_by_role("dialog", name="To fix before publishing")
    expect(listed).to_contain_text("“Reply” is still empty.")
    listed.get_by_role("button", name="Show me").click()

    expect(panel(page).get_by_role("tab", name="Step: Say it")).to_have_attribute("aria-selected", "true")
    field = panel(page).get_by_role("textbox", name="Reply", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(step(page, "Say it")).to_have_attribute("aria-current", "true")
    page.keyboard.type("Good morning")
    expect(page.get_by_text("Ready to publish")).to_be_visible()


@pytest.fixture
def refusing(builder: Page, provider: FakeOpenAI) -> Iterator[str]:
    """A connected model that does what the message says; its name."""
    made = send(
        builder,
        "POST",
        "/api/models/connections",
        {
            "name": "refusing",
            "kind": "openai_compatible",
            "fields": {"base_url": provider.url, "api_key": "sk-secret"},
            "models": ["obedient-1"],
        },
    )
    assert "id" in made, made
    yield "obedient-1"
    send(builder, "DELETE", f"/api/models/connections/{made['id']}", None)


def test_a_refused_key_is_told_in_plain_words_with_what_to_do_and_the_rest_on_demand(
    builder: Page, refusing: str
) -> None:
    page = builder
    use_template(page, "Chat with a model")
    step(page, "Ask AI").click()
    panel(page).get_by_role("combobox", name="AI model").click()
    page.get_by_role("option", name=refusing).click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    panel(page).get_by_role("tab", name="Chat").click()

    ask(page, "status 401")
    lengths_until_done(reply(page))

    expect(reply(page)).to_contain_text("The AI model refused our key. It may be mistyped,")
    expect(reply(page)).to_contain_text("Check the key under Models and connect again.")
    expect(step(page, "Ask AI")).to_contain_text("Needs attention")
    shown = page.locator("body").inner_text()
    assert "401" not in shown.replace("status 401", "")
    assert "Traceback" not in page.content()
    assert "sk-secret" not in page.content()
    page.reload()
    expect(reply(page)).to_contain_text("The AI model refused our key. It may be mistyped,")
    reply(page).get_by_text("Show details").click()
    expect(reply(page).locator("details")).to_contain_text("did not accept the key")

    reply(page).get_by_role("link", name="Check the key").click()
    dialog = page.get_by_role("dialog", name="Change refusing")
    expect(dialog.locator("input[type=password]")).to_be_focused()


def took(text: str) -> tuple[float, int]:
    """The seconds and the words that a line about a step or a run tells."""
    seconds = re.search(r"([\d.]+) s\b", text)
    tokens = re.search(r"(\d+) tokens", text)
    assert seconds, text
    return float(seconds[1]), int(tokens[1]) if tokens else 0


def test_what_each_step_took_adds_up_to_the_whole_run_which_can_be_looked_at_and_not_changed(
    treadle: Installation, builder: Page, refusing: str
) -> None:
    page = builder
    app = open_app(page, treadle, TWICE)
    ask(page, "Hello there")
    lengths_until_done(reply(page))
    expect(reply(page)).to_contain_text("Hello there")
    steps = ["Visitor message", "Once", "Again", "Say it"]
    each = [took(step(page, title).inner_text()) for title in steps]

    page.goto(f"{treadle.address}/apps/{app}/runs")
    listed = page.get_by_role("link").filter(has_text="Hello there")
    in_list = took(listed.inner_text())
    listed.click()
    whole = page.get_by_role("main").get_by_text(re.compile(r"\d s · \d+ tokens")).first
    expect(whole).to_be_visible()

    assert [tokens for _, tokens in each] == [0, 10, 10, 0]
    assert took(whole.inner_text()) == in_list
    assert in_list[1] == 20
    # Each is rounded to a tenth; what the engine does between them takes a moment too.
    assert sum(seconds for seconds, _ in each) <= in_list[0] + 0.05 * (len(steps) + 1)
    assert in_list[0] <= sum(seconds for seconds, _ in each) + 2
    trace = page.get_by_role("list", name="Steps", exact=True)
    for title in steps:
        trace.get_by_text(title, exact=True).click()
    expect(trace.get_by_text("What came out").first).to_be_visible()
    assert [took(row.inner_text()) for row in trace.locator("summary").all()] == each
    editing = page.get_by_role("main").locator("[contenteditable=true], :is(input, textarea, select):enabled")
    expect(editing).to_have_count(0)


def test_markdown_of_an_answer_can_do_no_harm(treadle: Installation, builder: Page) -> None:
    page = builder
    app = bring(page, MARKED_UP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{treadle.address}/apps/{app}/build")

    ask(page, "Mei")
    lengths_until_done(reply(page))
    expect(reply(page).locator("strong")).to_have_text("Done")
    answered = reply(page)
    assert answered.locator("img, iframe, script").count() == 0
    links = [link.get_attribute("href") for link in answered.get_by_role("link").all()]
    step(page, "Say it").click()
    panel(page).get_by_text("Last result", exact=True).click()
    result = panel(page)
    expect(result).to_contain_text("What came out")

    assert links == ["https://example.com/shop"]
    assert result.locator("img[src*='example'], iframe, script").count() == 0
    assert page.evaluate("window.harmed") is None
    assert not [url for url in asked if "example.com" in url]
