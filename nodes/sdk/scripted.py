"""The world around a step by a script: models, the web, documents, mail, memories, files, tables."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nodes.sdk.databases import Found, Query
from nodes.sdk.document_fields import FieldKind
from nodes.sdk.document_filter import DocumentFilter, Facts, day_of, fits
from nodes.sdk.errors import NodeError
from nodes.sdk.file_types import mime_of
from nodes.sdk.http import HttpResponse, SecretUse
from nodes.sdk.knowledge import Passage, SearchMode
from nodes.sdk.mail import Letter, Sent
from nodes.sdk.media_by_script import MediaByScript
from nodes.sdk.memory import Remembered
from nodes.sdk.models import ChatChunk, ChatRequest, EmbedKind, Price, Ranking, Task, ToolCall, Usage, Vectors
from nodes.sdk.sqlite_query import ask_sqlite_here
from nodes.sdk.tool_sources import MadeFile, SourceCall, ToolAnswer, no_such_tool
from nodes.sdk.uploads import FileText, file_missing
from nodes.sdk.values import Json
from nodes.sdk.word_vectors import ranked_by_words, vectors_by_words

Reply = str | Sequence[str | ChatChunk | ToolCall] | NodeError
"""One scripted reply: a text, its pieces, the tool calls that it wishes for, or the error instead of it."""


class ScriptedModels(MediaByScript):
    """Models that say what the script says, one reply a request, and remember what they were asked.

    Their vectors are made from words alone (`word_vectors.py`).
    """

    def __init__(self, replies: Sequence[Reply] = ()) -> None:
        self._replies = list(replies)
        self.requests: list[ChatRequest] = []

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        self.requests.append(request)
        if len(self.requests) > len(self._replies):
            raise NodeError("model_failed", "The script has no more replies.", retry=False)
        reply = self._replies[len(self.requests) - 1]
        if isinstance(reply, NodeError):
            raise reply
        for piece in [reply] if isinstance(reply, str) else reply:
            if not isinstance(piece, ToolCall):
                yield ChatChunk(text=piece) if isinstance(piece, str) else piece
        calls = () if isinstance(reply, str) else tuple(one for one in reply if isinstance(one, ToolCall))
        finish = "tool_calls" if calls else "stop"
        model = request.model or "scripted"
        yield ChatChunk(usage=Usage(), finish=finish, model=model, tool_calls=calls)

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        return vectors_by_words(texts, model=model or "words")

    async def rerank(self, query: str, texts: Sequence[str], *, model: str = "") -> Ranking:
        return ranked_by_words(query, texts, model=model or "words")

    async def which(self, model: str = "") -> str:
        return model or "scripted"

    async def price(self, model: str = "", *, task: Task = "chat") -> Price | None:
        return None


class ScriptedHttp:
    """A web that gives the answers of the script, one a request, and remembers what it was sent."""

    def __init__(self, answers: Sequence[HttpResponse] = ()) -> None:
        self._answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        data: bytes | str | None = None,
        secret: SecretUse | None = None,
        timeout_s: float = 30,
        max_bytes: int | None = None,
        follow_redirects: bool = True,
    ) -> HttpResponse:
        if len(self.sent) >= len(self._answers):
            raise NodeError(
                "address_refused", f"There is no network here: {method} {url}.", "Script an answer."
            )
        written = data.decode(errors="replace") if isinstance(data, bytes) else data
        told = {"method": method, "url": url, "headers": dict(headers or {}), "json": json, "data": written}
        told["secret"] = None if secret is None else vars(secret)
        self.sent.append(told)
        return self._answers[len(self.sent) - 1]


class NoHttp(ScriptedHttp):
    """Refuses every request."""


class ScriptedKnowledge:
    """Documents in which every question finds the same passages, best first.

    `documents` is what is known of each by its id; a collection has the fields that are filled there.
    """

    def __init__(
        self, passages: Sequence[Passage] = (), documents: Mapping[str, Facts] | None = None
    ) -> None:
        self._passages = list(passages)
        self._documents = documents or {}
        self.asked: list[tuple[tuple[str, ...], str, SearchMode]] = []

    async def search(
        self,
        knowledge_ids: Sequence[str],
        query: str,
        *,
        top_k: int = 5,
        mode: SearchMode = "hybrid",
        minimum: float = 0.0,
        only: DocumentFilter | None = None,
    ) -> list[Passage]:
        self.asked.append((tuple(knowledge_ids), query, mode))
        known = {passage.knowledge_id for passage in self._passages}
        if missing := [one for one in knowledge_ids if one not in known]:
            raise NodeError("knowledge_missing", f"There is no collection {missing[0]!r}.", "Choose another.")
        found = [one for one in self._passages if one.knowledge_id in knowledge_ids and one.score >= minimum]
        if only is not None and only.conditions:
            filled = {name: value for facts in self._documents.values() for name, value in facts.items()}
            kinds: dict[str, FieldKind] = {name: _kind_of(value) for name, value in filled.items()}
            is_chosen = fits(only, kinds, kinds)
            found = [one for one in found if is_chosen(self._facts(one))]
        return found[:top_k]

    def _facts(self, passage: Passage) -> Facts:
        return {"name": passage.document, **self._documents.get(passage.document_id, {})}


def _kind_of(value: Json) -> FieldKind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "date" if isinstance(value, str) and day_of(value) == value else "text"


class ScriptedMail:
    """A mail server that takes every letter, and remembers them."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        return Sent(f"<{len(self.letters)}@mail.example>")


class ScriptedMemory:
    """What is remembered of one person: a search finds what shares a word with it, the newest first."""

    def __init__(self, memories: Mapping[str, str] | None = None) -> None:
        self.kept = dict(memories or {})
        """Texts by their names, those said last at the end."""

    async def remember(self, text: str, *, name: str = "", person: str = "", once: str) -> bool:
        self.kept.pop(name or text, None)
        self.kept[name or text] = text
        return True

    async def recall(
        self, query: str = "", *, name: str = "", person: str = "", most: int = 5, minimum: float = 0.0
    ) -> Sequence[Remembered]:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        wanted = set(query.lower().split())
        found = [
            Remembered(text, "" if key == text else key, at)
            for key, text in reversed(self.kept.items())
            if (not name or key == name) and (not wanted or wanted & set(text.lower().split()))
        ]
        return found[:most]


class ScriptedFiles:
    """The files of a run: what is in each, by its id."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    async def read_page(self, content: bytes, *, ending: str, charset: str, most: int) -> FileText:
        """Without the reader: what stands between the tags, and the title."""
        page = content.decode(charset or "utf-8", "replace")
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
        text = " ".join(re.sub(r"<title>.*?</title>|<[^>]*>", " ", page, flags=re.DOTALL).split())
        if not text:
            raise NodeError("document_no_text", "There is no text in it.", "Check the page.")
        return FileText(text[:most], ending, None, len(text) > most, title=title[1] if title else "")

    async def write(self, name: str, content: bytes) -> dict[str, Json]:
        file_id = f"made_{len(self._texts) + 1}"
        self._texts[file_id] = content.decode(errors="replace")
        return {"file_id": file_id, "name": name, "mime": mime_of(content, name), "size": len(content)}

    async def read(self, value: Json) -> bytes:
        return self._text(value).encode()

    async def read_text(self, value: Json, *, most: int) -> FileText:
        text = self._text(value)
        return FileText(text[:most], is_cut=len(text) > most)

    def _text(self, value: Json) -> str:
        file_id = value.get("file_id") if isinstance(value, dict) else None
        if not isinstance(file_id, str) or file_id not in self._texts:
            raise file_missing(value)
        return self._texts[file_id]


class DatabaseInMemory:
    """A SQLite database that begins with what a script makes of it; any name leads to it."""

    def __init__(self, script: str) -> None:
        self._address = f"file:{uuid4()}?mode=memory&cache=shared"
        self._held = sqlite3.connect(self._address, uri=True)  # it is there as long as someone is connected
        self._held.executescript(script)

    async def ask(self, query: Query) -> Found:
        return ask_sqlite_here(self._address, query)

    def __del__(self) -> None:
        self._held.close()


class ScriptedToolSources:
    """Tools from elsewhere that give what the script says, one answer a call, and remember the calls.

    An answer says `text`, `data`, `files` by name; or `error` and `message` instead.
    """

    def __init__(self, answers: Sequence[Mapping[str, Any]] = ()) -> None:
        self._answers = list(answers)
        self.calls: list[dict[str, Json]] = []

    async def call(self, call: SourceCall) -> ToolAnswer:
        if not self._answers:
            raise no_such_tool(call.name)
        self.calls.append({"tool": call.name, "arguments": dict(call.arguments), "writes": call.writes})
        said = self._answers.pop(0)
        if "error" in said:
            raise NodeError(said["error"], said.get("message", "It failed."), "Look at what the tool says.")
        files = [MadeFile(name, text.encode()) for name, text in said.get("files", {}).items()]
        return ToolAnswer(said.get("text", ""), said.get("data"), files)

    def close(self) -> None:
        """Holds nothing."""
