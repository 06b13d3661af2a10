"""What is remembered of documents leads to the same choice as looking at each of them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone

from backend.accounts.models import User, Workspace
from backend.knowledge import fields, services
from backend.knowledge.models import Document, DocumentStatus, KnowledgeBase
from nodes.sdk.document_fields import BUILT_IN, FieldKind
from nodes.sdk.document_filter import OPERATORS, WITHOUT_VALUE, DocumentFilter, fits
from nodes.sdk.errors import NodeError
from workers.knowledge.choosing import Chosen, chosen_documents
from workers.knowledge.register import Base, Register, Registers
from workers.knowledge.search import _bases
from workers.knowledge.shelf import Shelf

FIELDS: dict[str, list[tuple[str, FieldKind]]] = {
    "One": [("Team", "text"), ("Year", "number"), ("Until", "date"), ("Open", "boolean")],
    "Two": [("Team", "text"), ("Place", "text"), ("Year", "number")],
}
POOLS: dict[str, list[Any]] = {
    "text": ["Sales", "sales ", "ÄRGER", "ärger", "straße", "STRASSE", "İ", "5", "true", "md", "de"],
    "number": [0, 1, 1.0, 2024, -3.5, 0.1],
    "date": ["2024-01-31", "2024-02-01", "2025-12-24"],
    "boolean": [True, False],
}


class Town:
    """Two collections, their documents and the people who added them, and what may happen to them."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.home = Workspace.objects.create(name="Home")
        self.people = [User.objects.create(email=f"{name}@example.org") for name in ("ann", "bob")]
        self.bases = [self._collection(name) for name in FIELDS]

    def _collection(self, name: str) -> KnowledgeBase:
        made = services.create_knowledge(workspace_id=self.home.pk, name=name)
        for field, kind in FIELDS[name]:
            fields.add_field(made, name=field, kind=kind)
        Document.objects.bulk_create(self._document(made, n) for n in range(40))
        made.refresh_from_db()
        self.fill(made)
        return made

    def _document(self, knowledge: KnowledgeBase, n: int) -> Document:
        return Document(
            workspace=self.home,
            knowledge=knowledge,
            title=f"{n % 15}.md",
            file=str(uuid4()),
            size_bytes=1,
            sha256="",
            kind=self.dice.choice(["md", "pdf", ""]),
            language=self.dice.choice(["de", "zh", ""]),
            uploaded_by=self.dice.choice([*self.people, None]),
            created_at=timezone.now() - timedelta(days=self.dice.randrange(3)),
            status=self.dice.choice([DocumentStatus.READY] * 4 + [DocumentStatus.WAITING]),
        )

    def documents(self, knowledge: KnowledgeBase) -> list[UUID]:
        return sorted(Document.objects.filter(knowledge=knowledge).values_list("pk", flat=True))

    def fill(self, knowledge: KnowledgeBase) -> None:
        knowledge.refresh_from_db()
        for one in knowledge.fields:
            some = self.dice.sample(self.documents(knowledge), 12)
            value = self.dice.choice([*POOLS[one["kind"]], None])
            fields.set_values(knowledge, some, {one["name"]: value})

    def drop_a_field(self, knowledge: KnowledgeBase) -> None:
        knowledge.refresh_from_db()
        one = self.dice.choice(knowledge.fields)
        fields.remove_field(knowledge, one["name"])
        fields.add_field(knowledge, name=one["name"], kind=one["kind"])

    def move(self, _: KnowledgeBase) -> None:
        person = self.dice.choice(self.people)
        User.objects.filter(pk=person.pk).update(email=f"{uuid4()}@example.org")

    def delete(self, knowledge: KnowledgeBase) -> None:
        services.delete_document(Document.objects.get(pk=self.dice.choice(self.documents(knowledge))))

    def finish(self, knowledge: KnowledgeBase) -> None:
        waiting = Document.objects.filter(knowledge=knowledge, status=DocumentStatus.WAITING)
        if (one := waiting.order_by("pk").first()) is not None:
            Document.objects.filter(pk=one.pk).update(status=DocumentStatus.READY, language="fr")
            KnowledgeBase.objects.filter(pk=knowledge.pk).update(revision=F("revision") + 1)

    def something(self) -> Callable[[KnowledgeBase], None]:
        return self.dice.choice([self.fill, self.drop_a_field, self.move, self.delete, self.finish])

    def filter(self) -> DocumentFilter:
        kinds = {**BUILT_IN, **{name: kind for rows in FIELDS.values() for name, kind in rows}}
        conditions = [self._condition(kinds) for _ in range(self.dice.randrange(1, 4))]
        return DocumentFilter.model_validate(
            {"match": self.dice.choice(["all", "any"]), "conditions": conditions}
        )

    def _condition(self, kinds: dict[str, FieldKind]) -> dict[str, Any]:
        name = self.dice.choice(sorted(kinds))
        operator = self.dice.choice(OPERATORS[kinds[name]])
        pool = [*POOLS[kinds[name]], "", None]
        if name == "name":
            pool = ["3.MD", "1", ".md"]
        elif name == "uploaded_at":
            pool = [datetime.now(UTC).date().isoformat(), "2000-01-01"]
        elif name == "uploaded_by":
            pool = [User.objects.get(pk=self.people[0].pk).email, "BOB@example.org"]
        skip = self.dice.random() < 0.3
        value = None if operator in WITHOUT_VALUE else self.dice.choice(pool)
        return {"field": name, "operator": operator, "value": value, "skip_empty": skip}


def one_by_one(bases: Sequence[Base], only: DocumentFilter) -> set[UUID]:
    """The documents that fit, each read and judged by itself."""
    known = {name: kind for base in bases for name, kind in base.fields.items()}
    return {pk for base in bases for pk in _fitting(base, only, known)}


def _fitting(base: Base, only: DocumentFilter, known: dict[str, FieldKind]) -> Iterator[UUID]:
    is_chosen = fits(only, base.fields, known)
    ready = Document.objects.filter(knowledge_id=base.id, status=DocumentStatus.READY)
    for one in ready.select_related("uploaded_by"):
        facts = {
            **one.field_values,
            "name": one.title,
            "kind": one.kind,
            "uploaded_at": one.created_at.astimezone(UTC).date().isoformat(),
            "uploaded_by": one.uploader,
            "language": one.language,
        }
        if is_chosen(facts):
            yield one.pk


def outcome(choose: Callable[[], Any]) -> Any:
    try:
        return set(choose())
    except NodeError as error:
        return error.code


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_the_choice_is_that_of_each_document_by_itself_whatever_happened_to_them(seed: int):
    town, registers, sizes = Town(Random(seed)), Registers(), set[int]()
    ids = [str(one.pk) for one in town.bases]

    for _ in range(60):
        town.something()(town.dice.choice(town.bases))
        bases, only = _bases(town.home.pk, ids), town.filter()
        want = outcome(lambda bases=bases, only=only: one_by_one(bases, only))
        got = outcome(lambda bases=bases, only=only: chosen_documents(bases, only, registers) or ())
        assert got == want, only
        sizes.add(len(got))

    assert len(sizes) > 5  # the filters tell documents apart


@pytest.mark.django_db
def test_documents_are_read_again_only_when_something_of_them_has_changed(
    django_assert_num_queries: Any,
):
    town, registers = Town(Random(1)), Registers()
    ids = [str(one.pk) for one in town.bases]
    only = DocumentFilter.model_validate({"conditions": [{"field": "Team", "operator": "is_empty"}]})
    bases = _bases(town.home.pk, ids)
    with django_assert_num_queries(2):
        before = chosen_documents(bases, only, registers)

    with django_assert_num_queries(0):
        assert chosen_documents(bases, only, registers) == before

    fields.set_values(town.bases[0], town.documents(town.bases[0]), {"Team": "Sales"})
    bases = _bases(town.home.pk, ids)
    with django_assert_num_queries(1):
        assert chosen_documents(bases, only, registers) != before


def test_the_registers_of_a_process_share_a_bound(monkeypatch: pytest.MonkeyPatch):
    read: list[UUID] = []

    def ten(knowledge_id: UUID, version: tuple[int, int]) -> Register:
        read.append(knowledge_id)
        return Register(version, [uuid4() for _ in range(10)], {}, [None] * 10)

    monkeypatch.setattr("workers.knowledge.register._read", ten)
    bases = [Base(uuid4(), 1, "") for _ in range(3)]
    registers = Registers(most_documents=20)

    for base in (*bases, bases[2], bases[0]):
        registers.register(base)

    assert read == [*(base.id for base in bases), bases[0].id]


@pytest.mark.parametrize("count", [0, 1, 3, 20, 39, 40])
def test_the_nearest_rows_are_those_of_the_documents_chosen_be_they_few_or_many(count: int):
    dice = np.random.default_rng(3)
    sizes = [int(one) for one in dice.integers(1, 6, size=40)]
    ends = np.cumsum(sizes)
    documents = [uuid4() for _ in sizes]
    spans = {one: (int(end) - size, int(end)) for one, end, size in zip(documents, ends, sizes, strict=True)}
    vectors = dice.normal(size=(int(ends[-1]), 16)).astype(np.float32)
    shelf = Shelf(1, "m", np.arange(100, 100 + len(vectors)), vectors, spans)
    wanted = dice.normal(size=16).astype(np.float32)
    chosen = {*Random(count).sample(documents, count), uuid4()}
    # What is known of them stands in another order, with one that has gone and without one that has come.
    known = [*Random(count).sample(documents[1:], len(documents) - 1), uuid4()]
    register, base = Register((1, 1), known, {}, [None] * len(known)), uuid4()
    marked = Chosen({base: (register, [one in chosen for one in known])})

    found = shelf.nearest(wanted.tolist(), 10, marked.on(shelf, base))

    assert marked == chosen & {*known}
    assert {one for one in documents if one in marked} == marked
    rows = [row for one in documents[1:] if one in chosen for row in range(*spans[one])]
    best = sorted(rows, key=lambda row: -float(vectors[row] @ wanted))[:10]
    assert [pk for pk, _ in found] == [100 + row for row in best]
