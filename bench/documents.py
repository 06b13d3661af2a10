"""Knowledge: how fast pages are read and indexed in the background, and a search among 100,000 pieces."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from bench.installation import installation
from bench.results import Result, percentile, result

ROUNDS = 3
PAGES = 30
WORDS_ON_A_PAGE = 300
PIECES = 100_000
QUESTIONS = 50
WIDTH = 384

# Words as rare and as frequent as those of a language are (Zipf): the n-th comes every n-th time.
_VOCABULARY = [
    "".join(random.Random(n).choices(("ka", "lo", "mi", "ren", "su", "ta", "ve"), k=2 + n % 4)) + str(n)
    for n in range(20_000)
]
_FREQUENCIES = list(accumulate(1 / (n + 1) for n in range(len(_VOCABULARY))))

_COMMON = (  # noqa: SIM905 (a list of so many would fill a page)
    "the a of to and in is it that for on with as at by from this we you they our your when if order shop"
    " customer return price parcel refund day week month open close letter answer question paper table window"
    " garden water river mountain city street house school teacher doctor morning evening winter summer small"
    " large new old good early late near far first second third every other many few can will may must should"
    " send receive write read give take keep find make bring buy sell pay call ask help wait stay leave begin"
).split()


def ingestion() -> Iterator[Result]:
    """ingest.pages_per_min: text of 300 words a page, from its upload until it can be found."""
    with installation(only=("redis", "worker")) as here:
        rounds = [_minutes_to_ready(here.workspace_id, seed) for seed in range(ROUNDS + 1)][1:]
        yield result("ingest.pages_per_min", "pages/min", [PAGES / minutes for minutes in rounds])


def search() -> Iterator[Result]:
    """search.100k.p50: by words and by meaning at once, the question's own vector included."""
    with installation(only=("redis",)) as here:
        knowledge_id = _fill(here.workspace_id, documents=100, pieces=PIECES)
        ms = asyncio.run(_ask(here.workspace_id, str(knowledge_id)))
        yield result("search.100k.p50", "ms", [percentile(ms[i::3], 50) for i in range(3)])


def filtered() -> Iterator[Result]:
    """search.filtered.100k.*: the same search in those documents alone that some conditions choose.

    `none` is without a condition; beside it, in turn: a tenth of the documents by a text, nine in ten by a
    number, one by its name. Each question has values of its own, so nothing judged before is of use.
    """
    with installation(only=("redis",)) as here:
        for documents in (2_000, 20_000):
            ids = [
                str(_fill(here.workspace_id, documents // 2, PIECES // 2, name=f"{documents} {part}"))
                for part in range(2)
            ]
            ms = asyncio.run(_ask_chosen(here.workspace_id, ids, documents // 2))
            for name, taken in ms.items():
                rounds = [percentile(taken[i::3], 50) for i in range(3)]
                yield result(f"search.filtered.100k.{documents // 1000}k.{name}.p50", "ms", rounds)


def _minutes_to_ready(workspace_id: Any, seed: int) -> float:
    from backend.knowledge.models import Document, DocumentStatus
    from backend.knowledge.services import Upload, add_documents, create_knowledge

    dice = random.Random(seed)
    text = "\n\n".join(_page(dice) for _ in range(PAGES))
    data = text.encode()
    knowledge = create_knowledge(workspace_id=workspace_id, name=f"Bench {seed}")
    begin = time.monotonic()
    [document] = add_documents(knowledge, [Upload("pages.txt", len(data), [data])])
    while (found := Document.objects.get(pk=document.pk)).status != DocumentStatus.READY:
        if found.status == DocumentStatus.FAILED:
            raise RuntimeError(f"The document could not be read: {found.error}")
        time.sleep(0.05)
    return (time.monotonic() - begin) / 60


def _page(dice: random.Random) -> str:
    """Sentences of common words: a model's tokens come as they do in a letter, not as in noise."""
    sentences = []
    for _ in range(WORDS_ON_A_PAGE // 12):
        words = dice.choices(_COMMON, k=12)
        sentences.append(f"{' '.join(words).capitalize()}.")
    return " ".join(sentences)


def _fill(workspace_id: Any, documents: int, pieces: int, name: str = "Large") -> Any:
    """A collection of so many pieces, as if they had been read: words, and vectors in a thousand groups."""
    import numpy as np

    from backend.knowledge.models import Chunk, Document, DocumentStatus, Embedding
    from backend.knowledge.services import create_knowledge
    from workers.knowledge.words import words_of

    knowledge = create_knowledge(workspace_id=workspace_id, name=name)
    knowledge.embedding_model = "multilingual-e5-small"
    knowledge.fields = [{"name": "Team", "kind": "text"}, {"name": "Year", "kind": "number"}]
    knowledge.save()
    dice, noise = random.Random(name), np.random.default_rng(1)
    groups = noise.normal(size=(1_000, WIDTH))
    mine = {"workspace_id": workspace_id, "knowledge_id": knowledge.pk}
    ready = {"size_bytes": 1, "sha256": "", "status": DocumentStatus.READY, "kind": "txt", "language": "en"}
    made = Document.objects.bulk_create(
        Document(
            **mine,
            **ready,
            title=f"Part {part}",
            file=str(part),
            field_values={"Team": f"Team {part % 10}", "Year": 1_900 + part % 100},
        )
        for part in range(documents)
    )
    each = pieces // documents
    for first in range(0, pieces, 1_000):
        vectors = groups[noise.integers(1_000, size=1_000)] + noise.normal(scale=0.5, size=(1_000, WIDTH))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        texts = [_words(dice, 60) for _ in range(1_000)]
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        Chunk.objects.bulk_create(
            Chunk(
                **mine,
                document=made[i // each],
                index=i % each,
                text=text,
                start=0,
                end=len(text),
                words=" ".join(words),
                length=len(words),
                hash=digest,
            )
            for i, (text, digest) in enumerate(zip(texts, hashes, strict=True), first)
            for words in [list(words_of(text))]
        )
        Embedding.objects.bulk_create(
            Embedding(
                workspace_id=workspace_id,
                model=knowledge.embedding_model,
                hash=digest,
                vector=vector.astype("<f2").tobytes(),
            )
            for digest, vector in zip(hashes, vectors, strict=True)
        )
    return knowledge.pk


async def _ask_chosen(workspace_id: Any, ids: list[str], documents: int) -> dict[str, list[float]]:
    """Milliseconds of each question, by what its documents are chosen by; the first of each are left out."""
    from nodes.sdk.document_filter import DocumentFilter
    from workers.services import Outside

    def where(field: str, operator: str, value: Any) -> Any:
        return DocumentFilter.model_validate(
            {"conditions": [{"field": field, "operator": operator, "value": value}]}
        )

    ways = {
        "none": lambda n: None,
        "tenth": lambda n: where("Team", "is_one_of", f"Team {n % 10}, Team x{n}"),
        "most": lambda n: where("Year", "gte", 1_905 + n / 100),
        "one": lambda n: where("name", "is", f"Part {n * 7 % documents}"),
    }
    outside, dice = Outside(), random.Random(2)
    ms: dict[str, list[float]] = {name: [] for name in ways}
    try:
        models = outside.models(workspace_id)
        knowledge = outside.services(workspace_id).knowledge(models)
        for n in range(QUESTIONS // 2 + 3):
            question = _words(dice, 8)
            for name, way in ways.items():
                begin = time.perf_counter()
                found = await knowledge.search(ids, question, top_k=5, only=way(n))
                ms[name].append((time.perf_counter() - begin) * 1e3)
                if not found:
                    raise RuntimeError(f"A search by {name} found nothing.")
    finally:
        await outside.close()
    return {name: taken[3:] for name, taken in ms.items()}


async def _ask(workspace_id: Any, knowledge_id: str) -> list[float]:
    """Milliseconds of each question; the first few, which fill the memory, are left out."""
    from workers.services import Outside

    outside, dice, ms = Outside(), random.Random(2), []
    try:
        models = outside.models(workspace_id)
        knowledge = outside.services(workspace_id).knowledge(models)
        for _ in range(QUESTIONS + 3):
            begin = time.perf_counter()
            found = await knowledge.search([knowledge_id], _words(dice, 8), top_k=5)
            ms.append((time.perf_counter() - begin) * 1e3)
            if len(found) != 5:
                raise RuntimeError(f"A search found {len(found)} pieces.")
    finally:
        await outside.close()
    return ms[3:]


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choices(_VOCABULARY, cum_weights=_FREQUENCIES, k=count)) + "."
