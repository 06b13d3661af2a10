"""A page on the web: what it is about, in a process that can open nothing, and no more than that."""

from __future__ import annotations

import tempfile

import pytest

from workers.knowledge.reader import Reading, Refusal, read_page
from workers.knowledge.reading.page import as_markdown
from workers.knowledge.reading.page import read_page as read_here

MENU = "<ul>" + "".join(f'<li><a href="/{n}">Section number {n}</a></li>' for n in range(8)) + "</ul>"
WORDS = "Rye bread keeps for a week when it lies in a cloth, and it tastes best on the second day. " * 4


def page(body: str, head: str = "<title>Bread</title>") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


async def read(content: bytes | str, ending: str = "html", charset: str = "") -> Reading:
    with tempfile.TemporaryFile() as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.seek(0)
        return await read_page(file, f"page.{ending}", charset=charset, longest_s=60)


def told(text: str) -> str:
    return as_markdown(list(read_here(text)[1]))


@pytest.mark.parametrize(
    "body",
    [
        f"{MENU}<main><h1>Rye</h1><p>{WORDS}</p></main><p>Our shops</p>",
        f"{MENU}<div role=main><h1>Rye</h1><p>{WORDS}</p></div><p>Our shops</p>",
        f"<header>{MENU}</header><article><h1>Rye</h1><p>{WORDS}</p></article><aside>Our shops</aside>",
        f"<div>{MENU}</div><h1>Rye</h1><p>{WORDS}</p><footer>Our shops</footer>",
        f"<article><header><h1>Rye</h1></header><p>{WORDS}</p>{MENU}</article><p role=banner>Our shops</p>",
    ],
)
def test_what_stands_around_the_content_is_left_out(body):
    text = told(page(body))

    assert text.startswith("# Rye\n\n")
    assert "second day" in text
    assert "Section number" not in text
    assert "Our shops" not in text


def test_links_within_a_text_stay():
    body = f'<p>{WORDS} See <a href="/a">the oven</a>, <a href="/b">the dough</a>, <a>too</a>.</p>'

    assert "See the oven, the dough, too." in told(page(f"<main>{body}</main>"))


def test_a_page_that_is_a_list_of_links_is_given_whole():
    assert told(page(MENU)).count("Section number") == 8


def test_a_page_without_head_and_body_loses_nothing():
    said = f"<html><title>Rye</title><nav>{MENU}</nav><main><p>{WORDS}</p></main></html>"

    assert told(said).startswith("Rye bread keeps")
    assert "Section" not in told(said)


def test_entries_of_a_list_are_all_given():
    body = "".join(f"<article><h2>Entry {n}</h2><p>{WORDS}</p></article>" for n in range(3))

    assert told(page(body)).count("## Entry") == 3


def test_a_main_part_that_is_empty_does_not_hide_the_rest():
    assert "second day" in told(page(f"<main>Wait</main><div><p>{WORDS}</p></div>"))


def test_headings_tables_and_code_are_marked():
    body = "<main><h2>A</h2><table><tr><th>x<th>y<tr><td>1<td>2</table><pre>a\n  ```b</pre></main>after"

    assert told(page(body)) == "## A\n\nx | y\n1 | 2\n\n````\na\n  ```b\n````"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title> Rye\n bread </title>", "Rye bread"),
        ('<meta property="og:title" content="Rye"><title>Rye - My shop</title>', "Rye"),
        ("<title></title>", "Heading"),
        (f"<title>{'x' * 5000}</title>", "x" * 300),
    ],
)
def test_a_page_has_a_title(head, title):
    assert read_here(page("<h1>Heading</h1>", head))[0] == title


async def test_a_page_is_read_by_the_confined_process_in_its_encoding():
    said = page(
        f"<main><h1>黑麦面包</h1><p>{'可以保存一个星期。' * 30}</p></main>", "<title>面包\u202e</title>"
    )

    reading = await read(said.replace("\u202e", "").encode("gbk"), charset="gbk")

    assert (reading.kind, reading.title) == ("html", "面包")
    assert "".join(part.text for part in reading.parts).startswith("# 黑麦面包\n\n可以保存一个星期。")


async def test_what_is_no_page_is_read_as_what_it_is():
    reading = await read("# Rye\n\nkeeps", "md")

    assert (reading.kind, reading.title) == ("md", "")
    assert "keeps" in "".join(part.text for part in reading.parts)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (page("<script>document.write('x')</script><div id=root></div>", ""), "document_no_text"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "document_not_supported"),
    ],
)
async def test_a_page_without_words_says_so(content, code):
    with pytest.raises(Refusal) as caught:
        await read(content)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 50_000 + WORDS,
        "<article>" * 5_000 + WORDS,
        "<header><h1>" * 5_000 + WORDS,
        "<a href=x>x</a>" * 50_000,
        "<ul><li><a>x" * 20_000,
        "<section>a" * 20_000,
    ],
)
@pytest.mark.timeout(60)  # a way of reading that is not linear would take hours
def test_a_page_that_is_built_to_be_slow_is_read_all_the_same(hostile):
    assert "second day" in told(page(f"<p>{WORDS}</p>{hostile}"))
