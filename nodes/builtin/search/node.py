"""A search on the web, by the engine of one's choice."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from nodes.builtin.search.engines import ENGINES, Engine, Question, Since
from nodes.sdk import Field, Json, Node, NodeConfig, NodeContext, NodeError, NodeOutput, Problem
from nodes.sdk.errors import WEB_ERRORS
from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.web_answers import require_success, text_of

WITH_KEY = ["brave", "tavily", "serper", "google"]
MOST_PAGES = 3
LONGEST_TEXT = 2_000
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_ADDRESS = re.compile(r"https?://[^/?#\s{}\\@]+(/[^?#\s{}]*)?\Z", re.IGNORECASE)


class Page(NodeOutput):
    """A page that was found."""

    title: str = Field(title="Title")
    url: str = Field(title="Address")
    text: str = Field("", title="What it is about")
    date: str = Field("", title="Date")


class Search(Node):
    """Looks something up on the web, and gives the pages that were found."""

    type, title, group, effects = "search", "Search the web", "Do", "read"
    fails_with = (*WEB_ERRORS, "answer_not_json", "info_missing")
    sentence = "Searches the web for: {query}"
    is_tool = True

    class Config(NodeConfig):
        engine: Engine = Field(
            "searxng",
            title="Search engine",
            help="SearXNG needs no key: it is a search engine that you run yourself.",
            choices={
                "searxng": "SearXNG",
                "brave": "Brave Search",
                "tavily": "Tavily",
                "serper": "Serper (results of Google)",
                "google": "Google Programmable Search",
            },
        )
        address: str = Field(
            "",
            title="Address of your SearXNG",
            placeholder="https://search.example.com",
            max_length=500,
            show_when={"field": "engine", "is": "searxng"},
        )
        secret: str = Field(
            "",
            title="Key",
            help="The key that the search engine gave you, kept as a secret.",
            widget="secret",
            show_when={"field": "engine", "is": WITH_KEY},
        )
        engine_id: str = Field(
            "",
            title="Search engine ID",
            help="Google calls it cx; you find it where you set up the search engine.",
            max_length=200,
            show_when={"field": "engine", "is": "google"},
        )
        query: str = Field(
            title="What to look for",
            help="A few words find more than a whole sentence.",
            widget="template",
            placeholder="{{ start_1.query }}",
        )
        count: int = Field(5, title="How many pages", widget="number", ge=1, le=20)
        since: Since = Field(
            "any",
            title="How new",
            choices={
                "any": "From any time",
                "day": "Of the last day",
                "week": "Of the last week",
                "month": "Of the last month",
                "year": "Of the last year",
            },
            more=True,
        )
        language: str = Field(
            "",
            title="Language",
            help="Two letters, such as en or zh. Empty: any language.",
            placeholder="en",
            max_length=10,
            pattern=r"^[A-Za-z-]*$",
            more=True,
            show_when={"field": "engine", "is": ["searxng", "brave", "serper", "google"]},
        )
        is_safe: bool = Field(
            True,
            title="Leave out what is for adults only",
            more=True,
            show_when={"field": "engine", "is": ["searxng", "brave", "google"]},
        )
        timeout_s: float = Field(20, title="Wait at most (seconds)", widget="number", ge=1, le=120, more=True)

    class Output(NodeOutput):
        text: str = Field(title="Pages as text")
        count: int = Field(title="Number of pages")
        pages: list[Page] = Field(title="Pages")

    @classmethod
    def check(cls, config: Mapping[str, Json]) -> Sequence[Problem]:
        engine = config.get("engine", "searxng")
        problems: list[Problem] = []
        address = str(config.get("address") or "").strip()
        if engine == "searxng" and not _ADDRESS.match(address):
            code = "bad_web_address" if address else "missing_config"
            message = "The address of your SearXNG is missing, or is none."
            hint = "Write it out, such as https://search.example.com."
            problems.append(Problem(code, message, hint, field="address"))
        if engine in WITH_KEY and not config.get("secret"):
            hint = "Choose one, or make one for this service."
            message = "The secret with the key is missing."
            problems.append(Problem("no_secret_chosen", message, hint, field="secret"))
        if engine == "google" and not config.get("engine_id"):
            message = "The ID of the search engine is missing."
            hint = "Copy it from the settings of your search engine at Google."
            problems.append(Problem("missing_config", message, hint, field="engine_id"))
        return problems

    async def run(self, config: Config, ctx: NodeContext) -> Output:
        query = " ".join(config.query.split())
        if not query:
            raise NodeError(
                "info_missing",
                "There is nothing to look for: the words are empty.",
                "Fill in what to look for, or use “if empty” for the information in it.",
            )
        kind, pages = ENGINES[config.engine], dict[str, Page]()
        for number in range(MOST_PAGES):
            found = kind.found(await _ask(config, query, number, ctx))
            before = len(pages)
            for one in found:
                if (page := _page(one, kind.url, kind.text, kind.date)) is not None:
                    pages.setdefault(page.url, page)
            if len(pages) >= config.count or len(pages) == before or kind.per_page >= config.count:
                break
        best = list(pages.values())[: config.count]
        return self.Output(text=numbered(best), count=len(best), pages=best)


def numbered(pages: Sequence[Page]) -> str:
    """The pages ready for a prompt: each with its number, title and address, and what it is about."""
    return "\n\n".join(
        "\n".join(part for part in (f"[{n}] {page.title}", page.url, page.text) if part)
        for n, page in enumerate(pages, 1)
    )


async def _ask(config: Search.Config, query: str, page: int, ctx: NodeContext) -> Json:
    asked = ENGINES[config.engine].ask(
        Question(
            query=query,
            count=config.count,
            since=config.since,
            language=config.language,
            is_safe=config.is_safe,
            address=config.address,
            secret=config.secret,
            engine_id=config.engine_id,
            page=page,
        )
    )
    response = await ctx.http.request(
        asked.method,
        asked.url,
        headers={"Accept": "application/json"},
        json=asked.json,
        secret=asked.secret,
        timeout_s=config.timeout_s,
        max_bytes=2_000_000,
    )
    if config.engine == "searxng" and response.status == 403:
        raise NodeError(
            "http_403",
            "Your SearXNG does not give its results to programs.",
            "Add json to search.formats in its settings.yml, and start it again.",
        )
    require_success(response, urlsplit(asked.url).hostname or "The search engine")
    try:
        return data_of(text_of(response))
    except NotData:
        raise NodeError(
            "answer_not_json",
            "What the search engine answered are no results that can be read.",
            "Check the address of the search engine.",
        ) from None


def _page(found: Mapping[str, Any], url: str, text: str, date: str) -> Page | None:
    """A result in words; None where it leads nowhere."""
    address = found.get(url)
    if not isinstance(address, str) or not address.lower().startswith(("http://", "https://")):
        return None
    title = _plain(found.get("title")) or address
    return Page(title=title, url=address, text=_plain(found.get(text)), date=_plain(found.get(date)))


def _plain(said: Any) -> str:
    """Words without marks and line breaks; engines put what was looked for in bold."""
    if not isinstance(said, str):
        return ""
    text = " ".join(html.unescape(_TAG.sub("", said)).split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
