"""How each search engine is asked, and where in its answer the results stand.

Facts from the public documentation of each: SearXNG (Search API), Brave Search API, Tavily, Serper, Google
Programmable Search (Custom Search JSON API).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode

from nodes.sdk import Json, SecretUse

Engine = Literal["searxng", "brave", "tavily", "serper", "google"]
Since = Literal["any", "day", "week", "month", "year"]


@dataclass(frozen=True)
class Question:
    """What is looked for. `page` counts from 0; some engines need `address`, `secret` or `engine_id`."""

    query: str
    count: int
    since: Since = "any"
    language: str = ""
    is_safe: bool = True
    address: str = ""
    secret: str = ""
    engine_id: str = ""
    page: int = 0


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    url: str
    json: Json = None
    secret: SecretUse | None = None


@dataclass(frozen=True)
class Kind:
    """An engine: its request, where the list of results stands, and what its parts are called."""

    ask: Callable[[Question], Asked]
    results: tuple[str, ...]
    url: str
    text: str
    date: str
    per_page: int
    """How many results one answer has at most."""

    def found(self, answer: Json) -> list[Mapping[str, Json]]:
        """The results of an answer; what is none is left out."""
        for name in self.results:
            answer = answer.get(name) if isinstance(answer, dict) else None
        return [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []


def _address(base: str, given: Mapping[str, str | int | None]) -> str:
    return f"{base}?{urlencode({name: value for name, value in given.items() if value not in (None, '')})}"


def _searxng(asked: Question) -> Asked:
    base = asked.address.strip().rstrip("/")
    given = {
        "q": asked.query,
        "format": "json",
        "pageno": asked.page + 1,
        "language": asked.language,
        "time_range": "" if asked.since == "any" else asked.since,
        "safesearch": 1 if asked.is_safe else 0,
    }
    return Asked("GET", _address(base if base.endswith("/search") else f"{base}/search", given))


def _brave(asked: Question) -> Asked:
    given = {
        "q": asked.query,
        "count": min(asked.count, BRAVE_MOST),
        "offset": asked.page or None,
        "search_lang": asked.language,
        "freshness": "" if asked.since == "any" else f"p{asked.since[0]}",
        "safesearch": "moderate" if asked.is_safe else "off",
    }
    url = _address("https://api.search.brave.com/res/v1/web/search", given)
    return Asked("GET", url, secret=SecretUse(asked.secret, "header", "X-Subscription-Token"))


def _tavily(asked: Question) -> Asked:
    given: dict[str, Json] = {"query": asked.query, "max_results": asked.count}
    if asked.since != "any":
        given["time_range"] = asked.since
    return Asked("POST", "https://api.tavily.com/search", given, SecretUse(asked.secret))


def _serper(asked: Question) -> Asked:
    given: dict[str, Json] = {"q": asked.query, "num": asked.count}
    if asked.since != "any":
        given["tbs"] = f"qdr:{asked.since[0]}"
    if asked.language:
        given["hl"] = asked.language
    url = "https://google.serper.dev/search"
    return Asked("POST", url, given, SecretUse(asked.secret, "header", "X-API-KEY"))


def _google(asked: Question) -> Asked:
    given = {
        "q": asked.query,
        "cx": asked.engine_id,
        "num": min(asked.count - asked.page * GOOGLE_MOST, GOOGLE_MOST),
        "start": asked.page * GOOGLE_MOST + 1 if asked.page else None,
        "dateRestrict": "" if asked.since == "any" else f"{asked.since[0]}1",
        "lr": f"lang_{asked.language}" if asked.language else "",
        "safe": "active" if asked.is_safe else "off",
    }
    url = _address("https://www.googleapis.com/customsearch/v1", given)
    return Asked("GET", url, secret=SecretUse(asked.secret, "query", "key"))


BRAVE_MOST: Final = 20
GOOGLE_MOST: Final = 10

ENGINES: Final[Mapping[Engine, Kind]] = {
    "searxng": Kind(_searxng, ("results",), "url", "content", "publishedDate", 10),
    "brave": Kind(_brave, ("web", "results"), "url", "description", "age", BRAVE_MOST),
    "tavily": Kind(_tavily, ("results",), "url", "content", "published_date", 20),
    "serper": Kind(_serper, ("organic",), "link", "snippet", "date", 20),
    "google": Kind(_google, ("items",), "link", "snippet", "", GOOGLE_MOST),
}
