"""What a run remembers about the person it is with, and what it finds again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from backend.accounts.models import Member
from backend.memory.limits import LONGEST_PERSON, MOST_PER_PERSON
from backend.memory.models import Memory, MemoryWrite
from backend.runs.failpoint import failpoint
from backend.runs.models import Audience, Run
from backend.runs.reads import read
from backend.runs.sql import clean_text
from backend.runs.writer import Writer
from nodes.sdk.errors import NodeError
from nodes.sdk.memory import Remembered
from nodes.sdk.models import EmbedKind, Models, Vectors
from workers.knowledge import keyword
from workers.knowledge.fusion import fuse, sure_by_meaning
from workers.knowledge.keyword import Figures
from workers.knowledge.vectors import pack, unpack
from workers.knowledge.words import words_of

LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class Person:
    """Whom an app remembers things about."""

    workflow_id: UUID
    audience: str
    ref: str

    def rows(self, workspace_id: UUID) -> Any:
        """Their memories."""
        return Memory.objects.for_workspace(workspace_id).filter(
            workflow_id=self.workflow_id, audience=self.audience, audience_ref=self.ref
        )


@dataclass(frozen=True)
class RunMemory:
    """The memories of a run's person: the SDK's `Memory`. `owner` is the worker that holds the run."""

    workspace_id: UUID
    run_id: UUID
    owner: str
    writer: Writer
    models: Models

    async def remember(self, text: str, *, name: str = "", person: str = "", once: str) -> bool:
        text, name = clean_text(text), clean_text(name)
        meaning = await self._meaning(text, "", "passage")
        is_new = await self.writer.write(lambda _: self._keep(text, name, person, once, meaning))
        failpoint("memory.after")
        return is_new

    async def recall(
        self, query: str = "", *, name: str = "", person: str = "", most: int = 5, minimum: float = 0.0
    ) -> Sequence[Remembered]:
        rows: list[Memory] = await read(self._rows, name, person)
        query = query.strip()[:LONGEST_QUERY]
        if not query:
            return [_shown(row, 1.0) for row in rows[:most]]
        asked: dict[str, Sequence[float]] = {}
        for model in sorted({row.model for row in rows if row.model}):
            if found := await self._meaning(query, model, "query"):
                asked[model] = found[0]
        scores = score(rows, query, asked)
        best = sorted(range(len(rows)), key=lambda i: (-scores[i], i))[:most]
        return [_shown(rows[i], scores[i]) for i in best if scores[i] > 0 and scores[i] >= minimum]

    async def _meaning(self, text: str, model: str, kind: EmbedKind) -> Vectors | None:
        """None where no model tells the meaning just now: then words alone are looked at."""
        try:
            return await self.models.embed([text], model=model, kind=kind)
        except NodeError:
            return None

    def _rows(self, name: str, person: str) -> list[Memory]:
        run = Run.objects.for_workspace(self.workspace_id).only("workflow_id", "audience", "audience_ref")
        rows = person_of(run.get(pk=self.run_id), person).rows(self.workspace_id)
        if name.strip():
            rows = rows.filter(identity=identity_of(name, ""))
        return list(rows.order_by("-said_at", "-pk")[:MOST_PER_PERSON])

    def _keep(self, text: str, name: str, person: str, once: str, meaning: Vectors | None) -> bool:
        """One transaction: nobody else writes for this step, and the step never writes again."""
        runs = Run.objects.for_workspace(self.workspace_id).select_for_update()
        run = runs.only("workflow_id", "audience", "audience_ref", "lease_owner").get(pk=self.run_id)
        if run.lease_owner != self.owner:
            raise NodeError("worker_crashed", "Another worker has taken this run over.")
        step = hashlib.sha256(once.encode()).hexdigest()
        _, is_first = MemoryWrite.objects.get_or_create(run_id=run.pk, step=step)
        if not is_first:
            return False
        whose = person_of(run, person)
        words = words_of(text)
        Memory.objects.bulk_create(
            [
                Memory(
                    workspace_id=self.workspace_id,
                    workflow_id=whose.workflow_id,
                    audience=whose.audience,
                    audience_ref=whose.ref,
                    member_id=_member(self.workspace_id, whose),
                    run_id=run.pk,
                    name=name.strip(),
                    text=text,
                    identity=identity_of(name, text),
                    words=" ".join(words),
                    length=len(words),
                    model=meaning.model if meaning else "",
                    vector=pack(meaning[0]) if meaning else None,
                    said_at=Now(),
                )
            ],
            update_conflicts=True,
            unique_fields=["workflow", "audience", "audience_ref", "identity"],
            update_fields=["run", "member", "name", "text", "words", "length", "model", "vector", "said_at"],
        )
        rows = whose.rows(self.workspace_id).order_by("-said_at", "-pk")
        for pk in list(rows.values_list("pk", flat=True)[MOST_PER_PERSON:]):
            rows.filter(pk=pk).delete()
        failpoint("memory.before")
        return True


def person_of(run: Run, person: str) -> Person:
    """Whom a run is with. Only a program that uses the app over the API may say it itself."""
    ref = clean_text(person).strip()[:LONGEST_PERSON] if run.audience == Audience.KEY else run.audience_ref
    return Person(run.workflow_id, run.audience, ref)


def identity_of(name: str, text: str) -> str:
    """What marks a memory among those of its person: its name, or its text where it has none."""
    name = name.strip().casefold()
    told = f"name:{name}" if name else f"text:{' '.join(text.split()).casefold()}"
    return hashlib.sha256(told.encode()).hexdigest()


def score(rows: Sequence[Memory], query: str, asked: Mapping[str, Sequence[float]]) -> list[float]:
    """How sure it is of each row that it fits, from 0 to 1: by meaning and words, or by words alone."""
    terms = keyword.terms_of(words_of(query))
    kept = [f"{row.words} {' '.join(words_of(row.name))}".strip() for row in rows]
    held = [set(words.split(" ")) for words in kept]
    figures = Figures(
        len(rows), sum(row.length for row in rows), {term: sum(term in one for one in held) for term in terms}
    )
    words = {
        i: keyword.score(kept[i], row.length, terms, figures) if figures.words else 0.0
        for i, row in enumerate(rows)
    }
    meaning = {
        i: sure_by_meaning(_cosine(asked[row.model], unpack(bytes(row.vector))), row.model)
        for i, row in enumerate(rows)
        if row.vector is not None and row.model in asked
    }
    both = fuse(meaning, words)
    # What has no vector is found by its words alone, which then count whole.
    sure = [both[i] if i in meaning else words[i] for i in range(len(rows))]
    return [round(min(1.0, max(0.0, one)), 4) for one in sure]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=False))


def _member(workspace_id: UUID, whose: Person) -> UUID | None:
    if whose.audience != Audience.MEMBER:
        return None
    try:
        user_id = UUID(whose.ref)
    except ValueError:
        return None
    rows = Member.objects.for_workspace(workspace_id).filter(user_id=user_id)
    return rows.values_list("pk", flat=True).first()


def _shown(row: Memory, score: float) -> Remembered:
    return Remembered(row.text, row.name, row.said_at, score)
