"""How well documents are found: XQuAD's 240 paragraphs and 1,190 questions, in English and in Chinese.

    python -m bench.retrieval ../shared/data [--tune]

The paragraphs are cut, indexed and searched by the same code as people's documents. For each question the
paragraph it was asked about is looked for. Prints JSON lines: recall at 1 and at 5 and nDCG at 10, for the
search by words, by meaning and by both. `--tune` prints what each weight of the two comes to on every other
question; `held_out` figures are of the questions that are not among those.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
DEPTH = 10


@dataclass(frozen=True)
class Asked:
    """A question, and what both searches say of it: how sure they are of each paragraph."""

    gold: str
    meaning: Mapping[str, float]
    words: Mapping[str, float]


def main() -> int:
    """Indexes, asks, and prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--tune", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TREADLE_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        asyncio.run(_measure(given.data, given.tune))
    return 0


async def _measure(data: Path, tune: bool) -> None:
    from workers.models.embedder import LocalEmbedder

    embedder = LocalEmbedder()
    try:
        for language in LANGUAGES:
            paragraphs, questions = _read(data / f"xquad.{language}.json")
            began = time.monotonic()
            base = await _index(language, paragraphs, embedder)
            _say(f"retrieval.{language}.index", time.monotonic() - began, "s", len(paragraphs))
            asked = await _ask(base, questions, embedder)
            if tune:
                _tune(language, asked[::2])
            _report(language, asked)
    finally:
        await embedder.close()


def _read(path: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Paragraphs by their name, and (question, the name of its paragraph)."""
    paragraphs: dict[str, str] = {}
    questions: list[tuple[str, str]] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            name = f"p{len(paragraphs)}"
            paragraphs[name] = paragraph["context"]
            questions += [(one["question"], name) for one in paragraph["qas"]]
    return paragraphs, questions


async def _index(language: str, paragraphs: Mapping[str, str], embedder: Any) -> Any:
    from workers.models.embedder import NAME

    base, claims = await asyncio.to_thread(_store, language, paragraphs)
    from workers.knowledge import rows

    for claim in claims:
        group = await asyncio.to_thread(rows.without_meaning, claim, NAME, -1, 64)
        vectors = await embedder.embed([text for _, _, text in group], kind="passage")
        found = {digest: vector for (_, digest, _), vector in zip(group, vectors, strict=True)}
        await asyncio.to_thread(_finish, claim, found)
    return await asyncio.to_thread(_base, base)


def _store(language: str, paragraphs: Mapping[str, str]) -> tuple[Any, list[Any]]:
    """The paragraphs as documents that are cut and wait for their vectors."""
    from django.db.models.functions import Now

    from backend.accounts.models import Workspace
    from backend.knowledge.models import Document, KnowledgeBase
    from workers.knowledge import rows
    from workers.knowledge.reader import Piece
    from workers.knowledge.reading.split import split
    from workers.knowledge.reading.text import read_text
    from workers.knowledge.words import words_of

    workspace, _ = Workspace.objects.get_or_create(name="XQuAD")
    base = KnowledgeBase.objects.create(workspace=workspace, name=language)
    claims = []
    for name, text in paragraphs.items():
        document = Document.objects.create(
            workspace=workspace, knowledge=base, title=name, file="", size_bytes=len(text), wake_at=Now()
        )
        claim = rows.claim(document.pk, "bench", 3600)
        assert claim is not None
        pieces = [
            Piece(
                text=piece.text,
                heading=piece.heading,
                page=None,
                start=piece.start,
                end=piece.end,
                words=words_of(piece.text),
            )
            for piece in split(list(read_text(text)))
        ]
        rows.add_pieces(claim, "bench", 0, pieces, 1.0)
        rows.begin_indexing(claim, "bench", len(pieces))
        claims.append(claim)
    return base, claims


def _finish(claim: Any, vectors: dict[str, list[float]]) -> None:
    from workers.knowledge import rows
    from workers.models.embedder import NAME

    rows.settle_model(claim.knowledge_id, NAME)
    rows.add_meanings(claim, "bench", NAME, vectors, 1.0)
    rows.finish(claim, "bench")


def _base(base: Any) -> Any:
    from workers.knowledge.register import Base

    base.refresh_from_db()
    return Base(base.pk, base.revision, base.embedding_model)


async def _ask(base: Any, questions: Sequence[tuple[str, str]], embedder: Any) -> list[Asked]:
    from workers.knowledge.search import Library, WorkspaceKnowledge

    knowledge = WorkspaceKnowledge(Library(), base.id, embedder)
    titles = await asyncio.to_thread(_titles, base)
    asked: list[Asked] = []
    times: list[float] = []
    for question, gold in questions:
        vectors = await embedder.embed([question], kind="query")
        began = time.monotonic()
        meaning, words = await asyncio.to_thread(
            knowledge.candidates, [base], question, {base.model: vectors[0]}, "hybrid"
        )
        times.append((time.monotonic() - began) * 1000)
        asked.append(Asked(gold, _by_document(titles, meaning), _by_document(titles, words)))
    _say("retrieval.search.p50", statistics.median(times), "ms", len(times))
    return asked


def _titles(base: Any) -> dict[int, str]:
    from backend.knowledge.models import Chunk

    return dict(Chunk.objects.filter(knowledge_id=base.id).values_list("pk", "document__title"))


def _by_document(titles: Mapping[int, str], scores: Mapping[int, float]) -> dict[str, float]:
    """A paragraph counts as its best piece."""
    best: dict[str, float] = {}
    for pk, score in scores.items():
        title = titles[pk]
        best[title] = max(score, best.get(title, 0.0))
    return best


def _tune(language: str, asked: Sequence[Asked]) -> None:
    for weight in [n / 20 for n in range(21)]:
        for name, value in _figures(asked, weight).items():
            _say(f"retrieval.{language}.tune.{weight:.2f}.{name}", value, "", len(asked))


def _report(language: str, asked: Sequence[Asked]) -> None:
    from workers.knowledge.fusion import BY_MEANING

    for part, some in (("all", asked), ("held_out", asked[1::2])):
        for mode, weight in (("keyword", 0.0), ("vector", 1.0), ("fused", BY_MEANING)):
            for name, value in _figures(some, weight).items():
                _say(f"retrieval.{language}.{part}.{mode}.{name}", value, "", len(some))


def _figures(asked: Sequence[Asked], weight: float) -> dict[str, float]:
    ranks = [rank for one in asked for rank in _rank(one, weight)]
    return {
        "recall@1": sum(rank == 1 for rank in ranks) / len(asked),
        "recall@5": sum(rank <= 5 for rank in ranks) / len(asked),
        "ndcg@10": sum(1 / math.log2(rank + 1) for rank in ranks) / len(asked),
    }


def _rank(asked: Asked, weight: float) -> Iterator[int]:
    """Where the right paragraph stands among the first ten; nothing when it does not."""
    from workers.knowledge.fusion import fuse

    names = {name: n for n, name in enumerate(sorted(asked.meaning.keys() | asked.words.keys()))}
    meaning = {names[name]: score for name, score in asked.meaning.items()}
    words = {names[name]: score for name, score in asked.words.items()}
    scores = fuse(meaning, words, weight)
    gold = names.get(asked.gold)
    if gold is None:
        return
    better = sum(1 for one, score in scores.items() if (-score, one) < (-scores[gold], gold))
    if better < DEPTH:
        yield better + 1


def _say(name: str, value: float, unit: str, n: int) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "n": n}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
