"""From the printed link to an answer from the published app: what a person does on the first day."""

from __future__ import annotations

import re

import openai
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.installation import Installation
from tests.e2e.person import ask, lengths_until_done, reply, sign_in, step, use_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

QUESTION = "Write two sentences about the sea."


def test_make_up_asks_the_sample_app_and_prints_its_answer(treadle: Installation) -> None:
    answer = re.search(r"^ +A: (.+)$", treadle.said, re.MULTILINE)

    assert answer
    assert len(answer.group(1).split()) > 2


def test_from_the_link_to_an_answer_of_the_published_app(
    treadle: Installation, page: Page, browser: Browser
) -> None:
    sign_in(page, treadle)
    use_template(page, "Chat with a model")

    ask(page, QUESTION)
    seen = lengths_until_done(reply(page))
    assert len(set(seen)) > 3, f"the answer came at once, not word by word: {seen}"
    expect(step(page, "Ask AI")).to_contain_text(re.compile(r"Done · [\d.]+ s · \d+ tokens"))

    step(page, "Ask AI").click()
    instructions = page.get_by_role("textbox", name="Instructions")
    instructions.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Be brief.")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(dialog).to_contain_text("Your app is live")
    link = dialog.get_by_role("textbox", name="Link to the chat page").input_value()
    key = dialog.get_by_role("textbox", name="Key for programs").input_value()

    visitor = browser.new_context(locale="en-GB").new_page()
    visitor.goto(link)
    expect(visitor.get_by_text("Practice model: small, English")).to_be_visible()
    ask(visitor, QUESTION)
    seen = lengths_until_done(reply(visitor))
    assert len(set(seen)) > 3, f"the answer came at once, not word by word: {seen}"
    visitor.context.close()

    slug = link.rstrip("/").rsplit("/", 1)[-1]
    client = openai.OpenAI(base_url=f"{treadle.address}/v1", api_key=key, timeout=120, max_retries=0)
    answer = client.chat.completions.create(model=slug, messages=[{"role": "user", "content": QUESTION}])
    assert answer.choices[0].message.content
    assert answer.usage
    assert answer.usage.completion_tokens > 0
    chunks = list(
        client.chat.completions.create(
            model=slug, messages=[{"role": "user", "content": QUESTION}], stream=True
        )
    )
    assert sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks) > 1


@pytest.mark.parametrize(
    ("template", "question"),
    [
        ("Answer from my documents", "How many days do I have to return something?"),
        ("Sort messages into groups", "I was charged twice, can I get a refund?"),
        ("Call a web service and explain the result", "Where is my order 1001?"),
        ("Work through a list", "tea, coffee"),
        ("Customer support desk", "Where is my order 1042?"),
        ("Report on the week", "How was the week?"),
        ("Supervisor of a team", "When are you open on Saturday?"),
        ("Empty", "Hello there"),
    ],
)
def test_each_template_answers_in_the_editor(
    treadle: Installation, page: Page, template: str, question: str
) -> None:
    sign_in(page, treadle)

    use_template(page, template)
    ask(page, question)

    assert lengths_until_done(reply(page))[-1] > 0
    expect(reply(page).get_by_role("button", name="Try again")).to_have_count(0)


def test_a_used_link_signs_nobody_in_again(treadle: Installation, page: Page) -> None:
    used = treadle.link()
    page.goto(used)
    expect(page.get_by_role("heading", name="Start from something that works")).to_be_visible()

    page.context.clear_cookies()
    page.goto("about:blank")
    page.goto(used)

    expect(page.get_by_text("This link does not work")).to_be_visible()
