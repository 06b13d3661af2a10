"""Candidates by words, and their BM25 scores: the same for both databases, by the collections' own figures.

The databases' own ranks will not do: PostgreSQL's knows nothing of how rare a word is, and SQLite's counts
the documents of other workspaces too.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

from backend.knowledge.models import Chunk, Document

K1 = 1.2
B = 0.75
MOST_TERMS = 32
MOST_COUNTED = 20_000
"""Words whose pieces are remembered for the collections searched; strangers may ask for any."""
FEW_DOCUMENTS = 200
LOOKED_THROUGH = 8
"""Where many are chosen, so many times the pieces wanted are looked through for theirs first."""
MOST_HELD = 20_000
"""Pieces that the terms of one question may lead to."""


@dataclass
class Figures:
    """What BM25 must know of the collections searched: sizes, and how many pieces hold each word."""

    pieces: int
    words: int
    holding: dict[str, int] = field(default_factory=dict)

    @property
    def usual_length(self) -> float:
        """How many words a piece has."""
        return self.words / self.pieces if self.pieces else 1.0

    def weight(self, term: str) -> float:
        """How much a word tells: much when few pieces hold it."""
        holding = self.holding.get(term, 0)
        return math.log(1 + (self.pieces - holding + 0.5) / (holding + 0.5))


def terms_of(words: Iterable[str]) -> list[str]:
    """The different words of a question, at most MOST_TERMS, in their order."""
    return list(dict.fromkeys(words))[:MOST_TERMS]


def figures_of(ids: Sequence[UUID]) -> Figures:
    """The sizes of these collections."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(length), 0) FROM knowledge_chunk"  # noqa: S608  (only marks)
            f" WHERE knowledge_id IN ({_marks(ids)})",
            _keys(ids),
        )
        pieces, words = cursor.fetchone()
    return Figures(int(pieces), int(words))


def count_terms(ids: Sequence[UUID], terms: Iterable[str], figures: Figures) -> Figures:
    """The figures with how many pieces hold each of these terms; `figures` remembers what was counted."""
    holding = figures.holding
    if len(holding) > MOST_COUNTED:
        holding = figures.holding = {}
    terms = list(terms)
    for term in terms:
        if term not in holding:
            with connection.cursor() as cursor:
                if connection.vendor == "sqlite":
                    cursor.execute(
                        "SELECT count(*) FROM knowledge_words WHERE knowledge_words MATCH %s",
                        [_match(ids, [term])],
                    )
                else:
                    cursor.execute(
                        "SELECT count(*) FROM knowledge_chunk"  # noqa: S608
                        f" WHERE knowledge_id IN ({_marks(ids)}) AND terms @@ %s::tsquery",
                        [*_keys(ids), _lexeme(term)],
                    )
                holding[term] = int(cursor.fetchone()[0])
    return Figures(figures.pieces, figures.words, {term: holding[term] for term in terms})


def candidates(
    ids: Sequence[UUID],
    terms: Sequence[str],
    figures: Figures,
    limit: int,
    documents: Collection[UUID] | None = None,
) -> list[int]:
    """Ids of pieces that hold some of the rarer terms, the most promising first; of these documents only.

    A word that stands in most pieces names no candidates: it would take longest, and tell least.
    """
    known = _telling(terms, figures)
    if not known:
        return []
    if documents is not None and _are_many(ids, documents):
        # Many documents are slow to name to a database. Where so many count, the best pieces of all tell.
        best = _best(ids, known, figures, LOOKED_THROUGH * limit, None)
        inside = _inside(best, documents)
        if len(inside) >= limit or len(best) < LOOKED_THROUGH * limit:
            return inside[:limit]
    return _best(ids, known, figures, limit, documents)


def _are_many(ids: Sequence[UUID], documents: Collection[UUID]) -> bool:
    if len(documents) <= FEW_DOCUMENTS:
        return False
    return len(documents) * LOOKED_THROUGH / 2 > Document.objects.filter(knowledge_id__in=ids).count()


def _inside(pieces: Sequence[int], documents: Collection[UUID]) -> list[int]:
    """Those of the pieces that are of these documents, in their order."""
    of = dict(Chunk.objects.filter(pk__in=pieces).values_list("pk", "document_id"))
    return [pk for pk in pieces if of.get(pk) in documents]


def _best(
    ids: Sequence[UUID],
    known: Sequence[str],
    figures: Figures,
    limit: int,
    documents: Collection[UUID] | None,
) -> list[int]:
    within, named = _within(ids, documents)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT rowid FROM knowledge_words WHERE knowledge_words MATCH %s"  # noqa: S608
                f" AND rank MATCH 'bm25(0.0, 1.0)'{within} ORDER BY rank LIMIT %s",
                [_match(ids, known), *named, limit],
            )
        else:
            gain = " + ".join("CASE WHEN terms @@ %s::tsquery THEN %s ELSE 0 END" for _ in known)
            gains = [value for term in known for value in (_lexeme(term), figures.weight(term))]
            cursor.execute(
                "SELECT id FROM knowledge_chunk"  # noqa: S608
                f" WHERE knowledge_id IN ({_marks(ids)}) AND terms @@ %s::tsquery{within}"
                f" ORDER BY {gain} DESC, id LIMIT %s",
                [*_keys(ids), " | ".join(_lexeme(term) for term in known), *named, *gains, limit],
            )
        return [row[0] for row in cursor.fetchall()]


def _within(ids: Sequence[UUID], documents: Collection[UUID] | None) -> tuple[str, list[Any]]:
    """SQL that keeps a search to pieces of these documents, and its values; nothing where all are meant."""
    if documents is None:
        return "", []
    if connection.vendor != "sqlite":
        return " AND document_id = ANY(%s)", [list(documents)]
    # The plus sign: else each of these pieces would be looked up in the index of words by itself.
    pieces = (
        "SELECT id FROM knowledge_chunk"  # noqa: S608  (only marks)
        f" WHERE knowledge_id IN ({_marks(ids)}) AND document_id IN (SELECT value FROM json_each(%s))"
    )
    return f" AND +rowid IN ({pieces})", [*_keys(ids), json.dumps([one.hex for one in documents])]


def _telling(terms: Sequence[str], figures: Figures) -> list[str]:
    """The rarest of the terms, as far as the pieces that hold them are few enough to look through."""
    rarest = sorted((term for term in terms if figures.holding.get(term)), key=figures.holding.__getitem__)
    held = list(accumulate(figures.holding[term] for term in rarest))
    return rarest[: max(1, bisect_right(held, MOST_HELD))]


def score(words: str, length: int, terms: Sequence[str], figures: Figures) -> float:
    """BM25 as a share, from 0 to 1, of what a piece full of these terms would get."""
    most = sum(figures.weight(term) for term in terms) * (K1 + 1)
    if not most:
        return 0.0
    times = _times(words, set(terms))
    damping = K1 * (1 - B + B * length / figures.usual_length)
    return sum(figures.weight(term) * n * (K1 + 1) / (n + damping) for term, n in times.items()) / most


def _times(words: str, terms: set[str]) -> Mapping[str, int]:
    return Counter(word for word in words.split(" ") if word in terms)


def _match(ids: Sequence[UUID], terms: Sequence[str]) -> str:
    """An FTS5 query. Terms hold letters and digits only, and stand in quotes all the same."""
    scope = " OR ".join(f'"k{one.hex}"' for one in ids)
    return f"scope : ({scope}) AND words : ({' OR '.join(_quoted(term) for term in terms)})"


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _lexeme(term: str) -> str:
    """A word of a tsquery."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _marks(ids: Sequence[UUID]) -> str:
    return ", ".join(["%s"] * len(ids))


def _keys(ids: Sequence[UUID]) -> list[str | UUID]:
    return [one.hex for one in ids] if connection.vendor == "sqlite" else list(ids)
