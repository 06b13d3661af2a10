"""A search looks in those documents alone that the step names by their fields."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from backend.accounts.models import Workspace
from backend.knowledge import fields
from backend.knowledge.models import Document, KnowledgeBase
from nodes.sdk.document_filter import DocumentFilter
from nodes.sdk.models import EmbedKind, Vectors
from nodes.sdk.scripted import ScriptedModels
from nodes.sdk.word_vectors import vectors_by_words
from tests.knowledge.library import add, finder, found, make, pinned, settled
from tests.runs.stack import Stack
from workers.knowledge import keyword
from workers.knowledge.search import Library, WorkspaceKnowledge
from workers.knowledge.words import words_of

MODES = ("keyword", "vector", "hybrid")


def teams(stack: Stack) -> KnowledgeBase:
    """Twelve documents that say nearly the same; every third is of the team Sales."""
    knowledge = make("Teams")
    fields.add_field(knowledge, name="Team", kind="text")
    fields.add_field(knowledge, name="Year", kind="number")
    documents = add(
        knowledge, *[(f"{n}.md", f"# Refund\n\nParcel refund rule number {n} applies.") for n in range(12)]
    )
    for n, document in enumerate(documents):
        assert settled(stack, document).status == "ready"
        team = "Sales" if n % 3 == 0 else "Shop"
        fields.set_values(knowledge, [document.pk], {"Team": team, "Year": 2000 + n})
    return knowledge


def where(*conditions: tuple[str, str, Any], match: str = "all") -> dict[str, Any]:
    rows = [{"field": field, "operator": operator, "value": value} for field, operator, value in conditions]
    return {"match": match, "conditions": rows}


def titles(passages: list[dict[str, Any]]) -> set[str]:
    return {one["document"] for one in passages}


def choosing_works_in_every_way(stack: Stack) -> None:
    """What must hold on each database."""
    knowledge = teams(stack)
    sales = {"0.md", "3.md", "6.md", "9.md"}
    for mode in MODES:
        search = {"mode": mode, "top_k": 4}
        is_sales = where(("Team", "is", "{{ start_1.query | truncate(5, '') }}"))

        assert titles(found(stack, "Sales refund rule", knowledge, only=is_sales, **search)) == sales, mode
        late = where(("Team", "is", "sales"), ("Year", "gt", 2005))
        assert titles(found(stack, "refund rule", knowledge, only=late, **search)) == {"6.md", "9.md"}, mode
        either = where(("Year", "is", 2001), ("name", "is", "2.md"), match="any")
        assert titles(found(stack, "refund rule", knowledge, only=either, **search)) == {"1.md", "2.md"}
        today = where(("uploaded_at", "before", "2000-01-01"))
        assert found(stack, "refund rule", knowledge, only=today, **search) == []
        everything = where(("kind", "is", "md"))
        assert len(found(stack, "refund rule", knowledge, only=everything, mode=mode, top_k=20)) == 12


@pytest.fixture(scope="module")
def worked(running: Stack) -> Stack:
    """A stack on which it was seen."""
    choosing_works_in_every_way(running)
    return running


def test_only_the_documents_that_fit_are_looked_in(worked: Stack):
    knowledge = KnowledgeBase.objects.get(name="Teams")

    assert Document.objects.filter(knowledge=knowledge).count() == 12


def test_a_value_that_was_changed_counts_at_once(worked: Stack):
    knowledge = KnowledgeBase.objects.get(name="Teams")
    document = Document.objects.get(knowledge=knowledge, title="0.md")
    only = where(("Team", "is", "Export"))
    assert found(worked, "refund rule", knowledge, only=only) == []

    fields.set_values(knowledge, [document.pk], {"Team": "Export"})

    assert titles(found(worked, "refund rule", knowledge, only=only)) == {"0.md"}


def looking_through_comes_to_the_same(knowledge: KnowledgeBase) -> None:
    """What must hold on each database: of many documents, too, the best pieces by words are theirs."""
    terms = keyword.terms_of(words_of("Sales refund rule number"))
    figures = keyword.count_terms([knowledge.pk], terms, keyword.figures_of([knowledge.pk]))
    everything = list(Document.objects.filter(knowledge=knowledge).values_list("pk", flat=True))
    for count in (1, 6, 12):
        for limit in (1, 2, 5):
            asked = [knowledge.pk], terms, figures, limit, set(everything[:count])
            named = keyword.candidates(*asked)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(keyword, "FEW_DOCUMENTS", 0)
                for times in (1, 2, 50):
                    patch.setattr(keyword, "LOOKED_THROUGH", times)
                    assert keyword.candidates(*asked) == named, (count, limit, times)
            assert len(named) == min(count, limit)


def test_of_many_documents_the_best_pieces_by_words_are_theirs(worked: Stack):
    looking_through_comes_to_the_same(KnowledgeBase.objects.get(name="Teams"))


@pytest.mark.parametrize(
    ("only", "code"),
    [
        (where(("Colour", "is", "red")), "document_field_missing"),
        (where(("Team", "gt", "3")), "bad_document_comparison"),
        (where(("Year", "gt", "{{ start_1.query }}")), "bad_document_value"),
    ],
)
def test_a_run_says_which_condition_makes_no_sense(worked: Stack, only: dict[str, Any], code: str):
    knowledge = KnowledgeBase.objects.get(name="Teams")
    home = Workspace.objects.get(pk=knowledge.workspace_id)

    run = worked.ended(worked.say(pinned(finder(knowledge, only=only), home), "refund"))

    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == code


@dataclass
class Meanwhile(ScriptedModels):
    """Words' vectors, before which something else happens in the workspace."""

    happens: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        super().__init__()

    async def embed(self, texts: Sequence[str], *, model: str = "", kind: EmbedKind = "passage") -> Vectors:
        await asyncio.to_thread(self.happens)
        return vectors_by_words(texts)


def test_a_document_that_comes_while_the_question_is_read_is_not_let_in_unjudged(running: Stack):
    knowledge = make("Coming")
    fields.add_field(knowledge, name="Team", kind="text")
    (open_to_sales,) = add(knowledge, ("sales.md", "# Refund\n\nParcel refund rule of Sales."))
    assert settled(running, open_to_sales).status == "ready"
    fields.set_values(knowledge, [open_to_sales.pk], {"Team": "Sales"})
    knowledge.refresh_from_db()
    assert knowledge.embedding_model  # else the search asks no model, and nothing can happen meanwhile

    def shop_uploads() -> None:
        (secret,) = add(knowledge, ("shop.md", "# Refund\n\nParcel refund rule of Shop."))
        assert settled(running, secret).status == "ready"

    search = WorkspaceKnowledge(Library(), knowledge.workspace_id, Meanwhile(shop_uploads))
    only = DocumentFilter.model_validate(where(("Team", "is", "Sales")))

    passages = asyncio.run(search.search([str(knowledge.pk)], "Parcel refund rule", only=only))

    assert {one.document for one in passages} == {"sales.md"}
    assert Document.objects.filter(knowledge=knowledge).count() == 2
